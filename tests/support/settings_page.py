"""The tables of `docs/settings.md`, made of the code: `make docs`. A test makes them anew and compares.

A field's meaning is the text under it. A default that is empty, or found at the start, is said in words
(`IN_WORDS`).
"""

import ast
import inspect
import socket
from pathlib import Path

from catalog.settings import Settings as CatalogSettings
from chassis.settings import BackedSettings, ServiceSettings
from demo.settings import Settings as DemoSettings
from embedded.settings import Settings as EmbeddedSettings
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from realtime.settings import RealtimeSettings
from streamer.settings import Settings as StreamerSettings
from support.servers import repository

PAGE = repository() / "docs/settings.md"

CLASSES: dict[str, type[BaseSettings]] = {
    "chassis.settings.ServiceSettings": ServiceSettings,
    "chassis.settings.BackedSettings": BackedSettings,
    "catalog.settings.Settings": CatalogSettings,
    "streamer.settings.Settings": StreamerSettings,
    "realtime.settings.RealtimeSettings": RealtimeSettings,
    "demo.settings.Settings": DemoSettings,
    "embedded.settings.Settings": EmbeddedSettings,
}

EMPTY = "none"
END = "\n\n"
"""What ends a table."""
IN_WORDS = {
    (ServiceSettings, "NODE_NAME"): "the host's name",
    (StreamerSettings, "EGRESS"): "the same for all",
    (DemoSettings, "DEMO_FFMPEG"): "the system's, else the wheel's",
    (EmbeddedSettings, "API_URL"): "as each request says",
    (EmbeddedSettings, "BACKEND_HOST_URI"): "the local streamers",
    (EmbeddedSettings, "REDIS_URL"): "started here",
    (EmbeddedSettings, "CACHE_REDIS_URL"): "started here",
    (EmbeddedSettings, "NATS_URL"): "started here",
    (EmbeddedSettings, "DEMO_DIR"): "a folder in `DATA_DIR`",
}


def own_fields(settings: type[BaseSettings]) -> dict[str, str]:
    """Return the variables that a class adds to its parents, and their defaults as they are written."""
    inherited = {name for parent in settings.__mro__[1:] for name in getattr(parent, "model_fields", ())}
    fields = settings.model_fields
    return {
        name.upper(): written(field.default)
        for name, field in fields.items()
        if changed(name, settings, inherited)
    }


def changed(name: str, settings: type[BaseSettings], inherited: set[str]) -> bool:
    """Whether a field is a class's own."""
    return name not in inherited or name in settings.__annotations__


def written(default: object) -> str:
    """Return a default as an operator writes it; nothing where it is empty, or this machine's."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, bool):
        return str(default).upper()
    if isinstance(default, float):
        return f"{default:g}"
    if isinstance(default, tuple):
        return " ".join(map(str, default))
    return "" if default is None or default == socket.gethostname() else str(default)


def meanings(settings: type[BaseSettings]) -> dict[str, str]:
    """Return what the text under each field of a class says."""
    body = ast.parse(inspect.getsource(settings).strip()).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = (
                text.value.value
                if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
                else ""
            )
            found[field.target.id.upper()] = " ".join(str(said).split()).removesuffix(".")
    return found


def table(settings: type[BaseSettings]) -> str:
    """Return a class's table."""
    said = meanings(settings)
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, default in own_fields(settings).items():
        shown = f"`{default}`" if default else IN_WORDS.get((settings, name), EMPTY)
        lines.append(f"| `{name}` | {shown} | {said[name]} |")
    return "\n".join(lines)


def page(text: str) -> str:
    """Return the page with every table as the code has it."""
    for name, settings in CLASSES.items():
        before, mark, after = text.partition(f"\n`{name}`")
        head, gap, rest = after.partition("\n\n|")
        assert mark, f"no table of {name}"
        assert gap, f"no table of {name}"
        text = f"{before}{mark}{head}\n\n{table(settings)}{rest[rest.index(END) :]}"
    return text


if __name__ == "__main__":
    Path(PAGE).write_text(page(PAGE.read_text()))
