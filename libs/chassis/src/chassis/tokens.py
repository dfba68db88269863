"""The tokens there are: `ACCESS_TOKENS`, read and judged.

Secrets are kept as hashes, and compared in a time that says nothing of them. Nothing here shows one: of a
setting that is wrong only the name is told.
"""

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, SecretStr

ENTRY = re.compile(r"([A-Za-z0-9_.-]+):([!-+.0-~-]+)")
"""A name and a secret: of the secret, what can be seen of ASCII, but for what separates (comma, slash)."""


class Tokens:
    """Names and secrets. Without any, everything is open."""

    def __init__(self, entries: Iterable[tuple[str, str]] = ()) -> None:
        self._hashes = tuple((name, _hash(secret)) for name, secret in entries)

    @classmethod
    def of(cls, said: SecretStr) -> "Tokens":
        """Return those of the setting."""
        return cls(entries(said))

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def name_of(self, secret: str) -> str | None:
        """Return whose secret it is; None if it is nobody's."""
        given = _hash(secret)
        owners = [name for name, known in self._hashes if hmac.compare_digest(known, given)]
        return owners[0] if owners else None


def entries(said: SecretStr) -> list[tuple[str, str]]:
    """Return the names and secrets of the setting, in order.

    Raises
    ------
    ValueError
        If an entry is none, or a name comes twice; without showing which.
    """
    words = re.split(r"[\s,]+", said.get_secret_value())
    matches = [ENTRY.fullmatch(word) for word in words if word]
    found = [(match[1], match[2]) for match in matches if match]
    if len(found) < len(matches):
        raise ValueError("accepted: name:secret, separated by spaces or commas; no slash in a secret")
    if len({name for name, _ in found}) < len(found):
        raise ValueError("accepted: name:secret, each name once")
    return found


def check_tokens(said: SecretStr) -> SecretStr:
    """Accept what `entries` can read.

    Raises
    ------
    ValueError
        As `entries`.
    """
    entries(said)
    return said


AccessTokens = Annotated[SecretStr, AfterValidator(check_tokens)]


def bearer(said: SecretStr) -> dict[str, str]:
    """Return the headers with which one of our own programs asks another: those of the first token.

    They share `ACCESS_TOKENS`, so that an operator's token opens their doors for each other, too.
    """
    found = entries(said)
    return {"Authorization": f"Bearer {found[0][1]}"} if found else {}


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
