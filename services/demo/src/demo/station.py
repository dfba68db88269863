"""The station: all that the doors need, put together once in `create_app`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from demo.broadcast import Broadcast
from demo.channels import Channel, Kind
from demo.faults import Ledger
from demo.settings import Settings
from demo.studio import Studio


@dataclass(frozen=True)
class Station:
    """One demo. `channels` are in the order of the lists; `clock` gives Unix time."""

    settings: Settings
    channels: tuple[Channel, ...]
    studio: Studio
    broadcast: Broadcast
    ledger: Ledger
    clock: Callable[[], float]
    by_id: dict[str, Channel] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {channel.id: channel for channel in self.channels})

    @property
    def on_site(self) -> tuple[Channel, ...]:
        """The channels that the site has."""
        return tuple(channel for channel in self.channels if channel.on_site)

    @property
    def in_list(self) -> tuple[Channel, ...]:
        """The channels that the M3U list has: the site's first, so that both agree on the order."""
        return (*self.on_site, *(channel for channel in self.channels if not channel.on_site))

    @property
    def on_air(self) -> tuple[Channel, ...]:
        """The channels that the panel and the tuner have: those whose segments are plain MPEG-TS."""
        plain = (Kind.PLAIN, Kind.DISGUISED, Kind.MANY_HOSTS)
        return tuple(channel for channel in self.on_site if channel.kind in plain)
