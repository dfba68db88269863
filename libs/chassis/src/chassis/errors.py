"""The root of all errors that a client may see: what it is called, its status, and what is said of it.

Apart from `problems`, which renders them: a worker raises them and has no HTTP, nor the framework for it.
"""

from collections.abc import Mapping
from typing import ClassVar


class ServiceError(Exception):
    """The root. A leaf says its `code` and `status`; its text is meant for the client."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    headers: ClassVar[Mapping[str, str]] = {}
    """Said with every such answer."""
    retry_after_s: float | None = None

    @property
    def detail(self) -> str:
        """What the client is told."""
        return str(self)
