"""The tokens there are: those of `ACCESS_TOKENS`, and those that were added in Redis.

Of a secret only the hash is kept, and hashes are what is looked up: time says nothing of a secret. Nothing
here shows one: of a setting that is wrong only the name is told.

Tokens in Redis are followed by `chassis.following`, so that nothing asks Redis while somebody waits. Whoever
was revoked leaves a stone behind (`revoked`): it closes a token of the setting too, and keeps the gateway
closed when the last token goes. The trap: a Redis that comes back empty must not open it either, so what was
known stays until somebody says otherwise.
"""

import math
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, SecretStr

ENTRY = re.compile(r"([A-Za-z0-9_.-]+):([!-+.0-~-]+)")
"""A name and a secret: of the secret, what can be seen of ASCII, but for what separates (comma, slash)."""

OPENED = b""
"""The field that says, in place of all tokens, that there are none on purpose."""
OWN = "(own)"
"""What our own programs are called."""


@dataclass(frozen=True, slots=True)
class Token:
    """Who it belongs to, and what it is good for."""

    name: str
    digest: bytes = field(repr=False)
    streams: int = 0
    """How many may watch with it at once; 0 is any number."""
    groups: frozenset[str] = frozenset()
    """The only groups that it shows, in lower case; without any, all."""
    expires_at: float = math.inf
    added_at: float = 0.0
    revoked: bool = False

    @classmethod
    def read(cls, name: str, packed: bytes) -> "Token":
        """Read what Redis has of it.

        Raises
        ------
        ValueError, KeyError, TypeError
            If that is nothing of ours.
        """
        said = orjson.loads(packed)
        return cls(
            name,
            bytes.fromhex(said["hash"]),
            int(said.get("streams") or 0),
            frozenset(group.casefold() for group in said.get("groups") or ()),
            float(said.get("expires_at") or math.inf),
            float(said.get("added_at") or 0.0),
            bool(said.get("revoked")),
        )

    def written(self, groups: Iterable[str] = ()) -> bytes:
        """Return it for Redis; `groups` as they are to be shown."""
        said: dict[str, Any] = {"hash": self.digest.hex(), "added_at": self.added_at}
        said |= {"streams": self.streams or None, "groups": list(groups) or None}
        said |= {"expires_at": None if math.isinf(self.expires_at) else self.expires_at}
        said |= {"revoked": self.revoked or None}
        return orjson.dumps({key: value for key, value in said.items() if value is not None})

    def shows(self, group: str) -> bool:
        """Whether it is good for a group."""
        return not self.groups or group.casefold() in self.groups


class Tokens:
    """Who may come in. Without any token, everything is open.

    `known` is False while those in Redis were never read: until then nobody can say who may.
    """

    def __init__(self, said: Iterable[tuple[str, str]] = (), *, followed: bool = False) -> None:
        self._setting = tuple(Token(name, digest(secret)) for name, secret in said)
        self._shared: tuple[Token, ...] = ()
        self._own: Token | None = None
        self._by_digest: dict[bytes, Token] = {}
        self._closed = False
        self.known = not followed
        self._arrange()

    @classmethod
    def of(cls, said: SecretStr, *, followed: bool = False) -> "Tokens":
        """Return those of the setting; `followed` where those in Redis are to come."""
        return cls(entries(said), followed=followed)

    def __bool__(self) -> bool:
        return self._closed or not self.known

    def token_of(self, secret: str) -> Token | None:
        """Return whose secret it is; None if it is nobody's, or not any more."""
        found = self._by_digest.get(digest(secret))
        return found if found is not None and found.expires_at > time.time() else None

    def is_good(self, token: Token) -> bool:
        """Whether a token that was let in would still be."""
        found = self._by_digest.get(token.digest)
        return not self or (found is not None and found.expires_at > time.time())

    def take(self, records: Mapping[bytes, bytes], own: bytes | None = None) -> bool:
        """Take what Redis has; return whether it is new. Nothing at all is a Redis that has lost it."""
        self._own = Token(OWN, digest(own.decode())) if own else self._own
        before = self._by_digest, self._closed, self.known
        if records:
            self._shared = tuple(_readable(records))
        self.known = True
        self._arrange()
        return before != (self._by_digest, self._closed, self.known)

    def _arrange(self) -> None:
        gone = {token.name for token in self._shared if token.revoked}
        alive = [token for token in self._shared if not token.revoked]
        # What Redis says of a name is newer than the setting, which stays until the next start.
        named = gone | {token.name for token in alive}
        alive += [token for token in self._setting if token.name not in named]
        self._closed = bool(self._setting or self._shared)
        self._by_digest = {token.digest: token for token in alive}
        if self._own is not None:
            self._by_digest[self._own.digest] = self._own


def _readable(records: Mapping[bytes, bytes]) -> Iterable[Token]:
    """Read records; what can't be read lets nobody in, but keeps the door closed."""
    for name, packed in records.items():
        if name == OPENED:
            continue
        try:
            yield Token.read(name.decode(), packed)
        except (ValueError, KeyError, TypeError, AttributeError):
            yield Token(name.decode(errors="replace"), b"", revoked=True)


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
    """Return the headers with which whoever has the setting gets in: those of its first token."""
    found = entries(said)
    return {"Authorization": f"Bearer {found[0][1]}"} if found else {}


def digest(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
