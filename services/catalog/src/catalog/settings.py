"""What the catalog can be told: by the operator's names, read once."""

from pathlib import Path
from typing import Annotated

from chassis.ratelimit import RateSetting
from chassis.settings import BackedSettings, ListOf, check_socks5
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from catalog.sources.listing import parse_sources
from catalog.sources.spec import SourceSpec


def check_base(value: str) -> str:
    """Accept an http address; a slash at its end is dropped.

    Raises
    ------
    ValueError
        If it is none.
    """
    if value.startswith(("http://", "https://")) and len(value.split("/")) > 2 and value.split("/")[2]:
        return value.rstrip("/")
    raise ValueError("accepted: an address such as http://host:port")


SITE = "daddylive"
"""What the source of `DADDYLIVE_URI` is called."""


def check_sources(value: object, info: ValidationInfo) -> object:
    """Accept a YAML file's path or `kind=address` pairs; they are read again later, here only judged.

    Raises
    ------
    ValueError
        With what is wrong with them.
    """
    if isinstance(value, str):
        _differ(bool(info.data.get("daddylive_uri")), parse_sources(value))
    return value


def check_pairs(value: str) -> str:
    """Accept what `SOURCES` accepts.

    Raises
    ------
    ValueError
        With what is wrong with it.
    """
    parse_sources(value)
    return value


def _differ(has_site: bool, specs: tuple[SourceSpec, ...]) -> None:  # noqa: FBT001  (there is no other)
    if has_site and any(spec.name == SITE for spec in specs):
        raise ValueError(f"a source is called {SITE}, as is that of DADDYLIVE_URI: name it otherwise")


def check_streamer(value: str) -> str:
    """Accept `http://host:port`, `host:port` and `unix:/path`.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if value.startswith("unix:/"):
        return value
    return check_base(value if "://" in value else f"http://{value}")


Base = Annotated[str, AfterValidator(check_base)]


class Settings(BackedSettings):
    """The catalog's API and its workers."""

    api_url: Base | None = None
    """The public base address; without it, each request's own."""
    daddylive_uri: Base | None = None
    """The site source."""
    sources: Annotated[str, BeforeValidator(check_sources)] = ""
    """A YAML file's path, or `kind=address` pairs separated by white space."""
    demo_sources: Annotated[str, AfterValidator(check_pairs)] = ""
    """What is read where neither `DADDYLIVE_URI` nor `SOURCES` is set: the demo, in the container stacks."""
    demo: bool = False
    """Whether those that are set are the demo alone: the page then says so, and how to add a source."""
    socks5: SecretStr | None = None
    """`host:port` or `user:password@host:port`, for every source that names no other."""
    data_dir: Path = Path(".data")
    """Where ids, numbers and logos survive on disk."""
    streamers: Annotated[ListOf, AfterValidator(lambda all_: tuple(map(check_streamer, all_)))] = ()
    """Inside addresses of streamers, for probing: `http://host:port`, `host:port` or `unix:/path`."""
    rate_limit: RateSetting = "100/minute"
    """How often one client may ask the API: `N/second`, `N/minute`, `N/hour`, or `off`."""
    refresh_s: Annotated[float, Field(gt=0)] = 300
    """How often a source is read that says nothing else."""
    guide_refresh_s: Annotated[float, Field(gt=0)] = 14_400
    """How often a guide is read that says nothing else: it is large, and changes once a day."""
    guide_deadline_s: Annotated[float, Field(gt=0)] = 240
    """How long reading one guide may take."""
    source_deadline_s: Annotated[float, Field(gt=0)] = 60
    """How long reading one source may take."""
    probe_s: Annotated[int, Field(ge=1, le=60)] = 30
    """How often channels are looked at."""
    probe_rest: Annotated[int, Field(ge=0)] = 5
    """How many unwatched channels each round of probing looks at."""
    tuners: Annotated[int, Field(ge=1, le=255)] = 8
    """How many tuners the HDHomeRun that we look like has: what one player takes at a time."""
    lineup_most: Annotated[int, Field(ge=0)] = 480
    """How many channels that one lists, since Plex takes no more; 0 for all."""
    ssdp: bool = False
    """Whether players on the local network are told of it (SSDP); a container needs host networking."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 3232
    """The front door's port, for SSDP: there is no request to take an address from."""
    alive_file: Path | None = None
    """A file that a worker touches as often as it renews its lease: what its health check looks at."""
    logo_bytes: Annotated[int, Field(gt=0)] = 4 * 1024 * 1024
    """The largest logo taken from an upstream."""

    @property
    def shows_demo(self) -> bool:
        """Whether the demo is all that there is to see."""
        return self.demo or self._falls_back

    @property
    def _falls_back(self) -> bool:
        return bool(self.demo_sources) and not self.daddylive_uri and not self.sources

    def specs(self) -> tuple[SourceSpec, ...]:
        """Return all sources, in order: the site first, then `SOURCES` as they are now.

        With neither, `DEMO_SOURCES`.

        Raises
        ------
        ValueError
            If the YAML file was changed into something that is wrong, or can't be read any more.
        """
        listed = parse_sources(self.demo_sources if self._falls_back else self.sources)
        _differ(bool(self.daddylive_uri), listed)
        site = [SourceSpec(kind="daddylive", name=SITE, url=self.daddylive_uri)] if self.daddylive_uri else []
        specs = (*site, *listed)
        if self.socks5:
            default = {"socks5": check_socks5(self.socks5.get_secret_value())}
            specs = tuple(spec if spec.socks5 else spec.model_copy(update=default) for spec in specs)
        return specs
