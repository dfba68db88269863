"""The table of the demo's channels: who they are, what they look like, and what is odd about them.

Each kind stands for something that real upstreams do and that a gateway must get through. The first
channel is the plainest and is ready first. Those with a numeric id are on the site; the M3U list has them
too, and those with a name for an id besides. All names are invented.

`extra_channels` adds as many more names as a scale test wants: they replay the media of the plain ones
under addresses of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a channel is delivered."""

    PLAIN = "plain"
    MULTIVARIANT = "multivariant"
    AES_EXPLICIT = "aes-explicit-iv"
    AES_IMPLICIT = "aes-implicit-iv"
    DISGUISED = "disguised"
    MANY_HOSTS = "many-hosts"
    FRAGMENTED = "fmp4"
    BYTE_RANGE = "byte-range"
    LOW_LATENCY = "low-latency"
    AUDIO_ONLY = "audio-only"
    DASH = "dash"
    TRANSPORT = "mpeg-ts"
    FLAPPING = "flapping"
    DEAD_FIRST = "dead-first-stream"


@dataclass(frozen=True)
class Look:
    """Two glows on a dark ground, as `#rrggbb`, and the note that the channel plays."""

    ground: str
    glow: str
    accent: str
    note_hz: int


@dataclass(frozen=True)
class Channel:
    """One channel.

    Parameters
    ----------
    segment_s
        Nominal segment length; the last segment of a loop takes what is left.
    seamless
        Whether timestamps go on over the end of the loop; if not, there is a discontinuity.
    replays
        The id of the channel whose media this one plays, if it has none of its own.
    """

    id: str
    name: str
    group: str
    kind: Kind
    tagline: str
    look: Look
    country: str = ""
    segment_s: float = 4.0
    seamless: bool = True
    replays: str | None = None

    @property
    def on_site(self) -> bool:
        """Whether the site has it; all others are in the list alone."""
        return self.id.isdigit()

    @property
    def reel_id(self) -> str:
        """Whose media it plays."""
        return self.replays or self.id

    @property
    def guide_id(self) -> str:
        """Its id in the guide, and its `tvg-id` in the list."""
        words = "".join(letter if letter.isalnum() else " " for letter in self.name.lower()).split()
        return "-".join(words) + ".demo"

    @property
    def initials(self) -> str:
        """One or two letters for the badge."""
        words = [word for word in self.name.replace('"', "").split() if word[0].isalnum()]
        return "".join(word[0] for word in words if word.lower() != "the")[:2].upper()


CHANNELS = (
    Channel(
        "51", "Aurora One", "News", Kind.PLAIN, "News around the clock",
        Look("#07142b", "#14b8a6", "#8b5cf6", 262), country="GB",
    ),
    Channel(
        "52", "Summit Sports", "Sports", Kind.MULTIVARIANT, "Every match, every height",
        Look("#0b1f14", "#22c55e", "#facc15", 294), country="US",
    ),
    Channel(
        "53", "Cobalt Cinema", "Movies", Kind.AES_EXPLICIT, "Films after dark",
        Look("#06103a", "#3b82f6", "#22d3ee", 330), country="US", seamless=False,
    ),
    Channel(
        "54", "Nightfall Movies", "Movies", Kind.AES_IMPLICIT, "Mysteries and thrillers",
        Look("#14061f", "#a21caf", "#f43f5e", 349), country="FR", segment_s=6.0,
    ),
    Channel(
        "55", "Pebble Kids", "Kids", Kind.DISGUISED, "Small stories, big laughs",
        Look("#2b1206", "#fb923c", "#fde047", 392), country="GB",
    ),
    Channel(
        "56", "Studio #5", "Entertainment", Kind.MANY_HOSTS, "Shows, talk and quizzes",
        Look("#2a0716", "#ec4899", "#fb7185", 440), country="DE", segment_s=10.0, seamless=False,
    ),
    Channel(
        "57", "Tide & Timber", "Documentary", Kind.FRAGMENTED, "Sea, forest and craft",
        Look("#04201f", "#0ea5e9", "#84cc16", 494), country="NO",
    ),
    Channel(
        "58", "Ribbon Music", "Music", Kind.BYTE_RANGE, "Songs in one long take",
        Look("#1f0a2e", "#d946ef", "#38bdf8", 523), country="ES", seamless=False,
    ),
    Channel(
        "59", "Velocity Live", "Sports", Kind.LOW_LATENCY, "Close to the moment",
        Look("#1c0606", "#ef4444", "#f97316", 587), country="IT",
    ),
    Channel(
        "60", "Harbour Radio", "Music", Kind.AUDIO_ONLY, "Sound only, all day",
        Look("#061a2b", "#0284c7", "#f59e0b", 330), country="GB",
    ),
    Channel(
        "meridian", "Meridian World", "News", Kind.DASH, "Headlines from everywhere",
        Look("#0a1733", "#6366f1", "#2dd4bf", 349), country="US",
    ),
    Channel(
        "lantern", "Lantern Classics", "Movies", Kind.TRANSPORT, "Yesterday's favourites",
        Look("#241a05", "#eab308", "#f97316", 392), country="US",
    ),
    Channel(
        "firefly", "Firefly TV", "Entertainment", Kind.FLAPPING, "On and off, like its namesake",
        Look("#101c06", "#a3e635", "#fbbf24", 440), country="IE",
    ),
    Channel(
        "second-wind", "Second Wind", "Sports", Kind.DEAD_FIRST, "Always another way",
        Look("#04222b", "#06b6d4", "#4ade80", 494), country="AU",
    ),
    Channel(
        "garden", "Garden, Home, Table", "Lifestyle", Kind.PLAIN, "Grow it, build it, cook it",
        Look("#0f2410", "#65a30d", "#f472b6", 523), country="GB", segment_s=6.0,
    ),
    Channel(
        "quiet", 'The "Quiet" Channel', "Lifestyle", Kind.PLAIN, "Slow pictures, soft sounds",
        Look("#0d1320", "#64748b", "#a5b4fc", 294), country="SE",
    ),
)  # fmt: skip

_FIRST_EXTRA = 1001


def extra_channels(count: int, channels: Sequence[Channel] = CHANNELS) -> tuple[Channel, ...]:
    """Return `count` more site channels that replay the media of the plain ones among `channels` in turn."""
    plain = [channel for channel in channels if channel.kind is Kind.PLAIN]
    return tuple(_extra(index, plain[index % len(plain)]) for index in range(count if plain else 0))


def _extra(index: int, source: Channel) -> Channel:
    return Channel(
        str(_FIRST_EXTRA + index),
        f"Relay {index + 1:03}",
        "Relays",
        Kind.PLAIN,
        source.tagline,
        source.look,
        segment_s=source.segment_s,
        replays=source.id,
    )
