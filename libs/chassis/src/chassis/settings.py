"""Settings: one frozen class per service, read once from the environment.

A wrong value stops the start with one line that names the variable, the value and what is accepted;
a secret's value is never shown.
"""

import re
import socket
import sys
from ipaddress import ip_network
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chassis.tokens import AccessTokens

EXIT_MISCONFIGURED = 2
"""Exit status: trying again won't help."""

PRIVATE_RANGES = "127.0.0.0/8 ::1/128 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"
SOCKS5 = re.compile(r"(?:[^:@\s]+:[^@\s]*@)?(?:\[[0-9a-fA-F:]+\]|[^:@\s/]+):\d{1,5}")
SECRET_NAME = re.compile(r"secret|token|password|socks5|redis_url|nats_url", re.IGNORECASE)


def split_list(value: object) -> object:
    """Split `a b, c` into its items; anything but text is left for pydantic to judge."""
    return [item for item in re.split(r"[\s,]+", value) if item] if isinstance(value, str) else value


def check_listen(value: str) -> str:
    """Accept `host:port` and `unix:/path`.

    Raises
    ------
    ValueError
        If it is neither.
    """
    host, _, port = value.rpartition(":")
    if value.startswith("unix:/") or (host and port.isdigit() and int(port) < 65_536):
        return value
    raise ValueError("accepted: host:port or unix:/path")


def check_socks5(value: str) -> str:
    """Accept `host:port` and `user:password@host:port`; an IPv6 host stands in brackets.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if SOCKS5.fullmatch(value):
        return value
    raise ValueError("accepted: host:port or user:password@host:port")


def check_networks(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept networks and single addresses; return all in CIDR notation, which is all that Caddy knows.

    Raises
    ------
    ValueError
        If one is neither.
    """
    try:
        return tuple(str(ip_network(value, strict=False)) for value in values)
    except ValueError:
        raise ValueError("accepted: networks such as 10.0.0.0/8, separated by spaces or commas") from None


def hosts_of(address: SecretStr) -> set[str]:
    """Return every host that an address of stores names: of a cluster, or of sentinels, there are several."""
    nodes = address.get_secret_value().split(",")
    found = (urlsplit(node if "://" in node else f"//{node}").hostname for node in nodes)
    return {host for host in found if host}


ListOf = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)]
"""Items separated by spaces or commas."""

Networks = Annotated[ListOf, AfterValidator(check_networks)]

Listen = Annotated[str, AfterValidator(check_listen)]


class ServiceSettings(BaseSettings):
    """What every service can be told. A service's own class adds to it."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    listen: Listen = "0.0.0.0:8000"
    """`host:port`, or `unix:/path`."""
    node_name: str = socket.gethostname()
    """What this process is called in logs, metrics and `/health/detailed`."""
    log_format: Literal["json", "console"] = "json"
    """`json` or `console`."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """`debug`, `info`, `warning` or `error`."""
    trusted_proxies: Networks = tuple(PRIVATE_RANGES.split())
    """Networks whose `X-Forwarded-*` is believed. Services are only ever reached through Caddy."""
    drain_s: float = 2.0
    """How long a process that was told to stop still answers, its readiness failing."""
    shutdown_s: int = 30
    """How long it may finish what it is sending, after that."""


class BackedSettings(ServiceSettings):
    """For the services that stand on Redis and NATS."""

    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    """`redis://`, `rediss://`, `unix://` or `sentinel://host:port,host:port/service`."""
    nats_url: SecretStr = SecretStr("nats://127.0.0.1:4222")
    """One or more servers, separated by commas."""
    nats_replicas: Annotated[int, Field(ge=1, le=5)] = 1
    """How many servers of a NATS cluster keep the announcements: 3 outlive the loss of one."""
    access_tokens: AccessTokens = SecretStr("")
    """`name:secret …`: who may come in. Without any, everybody."""


S = TypeVar("S", bound=BaseSettings)


def load(settings: type[S], **values: Any) -> S:
    """Read `settings` from the environment, or end the process with one line that says what is wrong."""
    try:
        return settings(**values)
    except ValidationError as error:
        for line in explain(error):
            print(line, file=sys.stderr)  # noqa: T201  (logging isn't set up before settings are)
        raise SystemExit(EXIT_MISCONFIGURED) from None


def explain(error: ValidationError) -> list[str]:
    """One line per wrong value: variable, value, what is accepted."""
    lines = []
    for fault in error.errors(include_url=False):
        name = str(fault["loc"][0]) if fault["loc"] else "settings"
        value = "(hidden)" if SECRET_NAME.search(name) else repr(fault["input"])
        lines.append(f"{name.upper()}={value}: {fault['msg'].removeprefix('Value error, ')}")
    return lines
