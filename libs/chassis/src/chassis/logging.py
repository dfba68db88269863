"""Logging: structlog, `noun.past_verb` with fields; JSON in containers, readable on a terminal.

Credentials and query strings are taken out of every value that looks like an address, whoever logs it.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*://)(?:[^/@\s]*@)?([^\s?#\"']*)(\?[^\s\"']*)?", re.IGNORECASE)


def redact(text: str) -> str:
    """Take credentials and queries out of all addresses in `text`."""
    return ADDRESS.sub(lambda m: f"{m[1]}{m[2]}{'?…' if m[3] else ''}", text)


def redact_fields(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact every text field of a log line."""
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = redact(value)
    return event


def setup_logging(log_format: str, level: str) -> None:
    """Send structlog's and the standard library's lines to stdout, in one shape."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if log_format == "json" else "%H:%M:%S"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact_fields,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), pad_event_to=28)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "arq", "uvicorn.error", "engineio", "socketio", "nats"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_a_fault_of_ours)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _a_fault_of_ours(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn says of an answer that was broken off on purpose: the upstream's fault."""
    return "without completing response" not in record.getMessage()


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger; `name` is the room it speaks from."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return logger
