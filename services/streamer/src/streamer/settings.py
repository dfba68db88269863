"""What an operator can tell a streamer."""

from typing import Annotated

from chassis.settings import BackedSettings, ListOf
from pydantic import Field, SecretStr


class Settings(BackedSettings):
    """The streamer's settings. Every one is an environment variable of the same name."""

    cache_redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/1")
    """Playlists and segments shared by all nodes. Lost without harm."""
    secret_key: SecretStr | None = None
    """Seals tickets. Without it the cluster makes one and keeps it in Redis."""
    egress: str = ""
    """What this node's way out to the internet is called, where nodes have several. Empty: all the same."""
    cache_mb: Annotated[int, Field(ge=0, le=1_048_576)] = 256
    """Memory for segments."""
    proxy_content: bool = True
    """Whether segments go through here. Without, playlists name the upstream's."""
    blocked_hosts: ListOf = ()
    """Further hosts that no source may lead to, besides our own Redis and NATS."""

    connect_s: float = 4.0
    """How long a connection to a source may take."""
    first_byte_s: float = 8.0
    """How long a source may take to begin its answer, or pause in it."""
    pool_connections: int = 64
    """Connections to one source."""
