"""A playlist or manifest, read from its source and made into what players get: every address sealed.

An address that the source refuses may have expired: it is looked for again, by the stream's page and by the
rendition's name. A segment keeps the address that it was first given, also where another node read the
playlist before.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from streamer import manifest
from streamer.errors import UpstreamNotPlaylist, UpstreamRefused
from streamer.playlist import variables
from streamer.playlist.continuity import Continuity, follow
from streamer.playlist.grammar import Playlist, believed, integer, parse, write
from streamer.playlist.recognition import found_instead, is_playlist
from streamer.playlist.rewrite import Context, Reference, rewrite
from streamer.playlist.window import kept_on
from streamer.resolve import Located
from streamer.seal import Sealer, addresses_in
from streamer.shelf import Copy, Place
from streamer.tickets import LASTING_S, LIVE_S, TEMPLATE_S, Thing, Ticket, Tickets, expiry
from streamer.upstream import Upstream

MANIFEST = "mpd"
"""The rendition of a DASH stream: its manifest is one for all."""
STATIC_MANIFEST_S = 30.0
KEPT_ON_TARGETS = 5
"""For how many target durations without anything new what was served before a change is listed after it."""

Locate = Callable[[Place], Awaitable[Located]]
"""Returns where a place's stream is, and its headers."""


class Reader:
    """Reads what stands at a place. `again` is asked where a stream is after an address was refused."""

    def __init__(
        self, upstream: Upstream, tickets: Tickets, locate: Locate, again: Locate, *, proxy_content: bool
    ) -> None:
        self._upstream = upstream
        self._tickets = tickets
        self._locate = locate
        self._again = again
        self._proxy_content = proxy_content
        self._given: dict[Place, tuple[bytes, dict[str, str]]] = {}
        self._texts: dict[Place, tuple[Place, str, str]] = {}

    def forget(self, place: Place) -> None:
        """Forget which addresses were given out there."""
        self._given.pop(place, None)
        self._texts.pop(place, None)

    async def read(self, place: Place, via: int, hint: str, old: Copy | None, question: str) -> Copy:
        """Return what stream `via` has. `hint` is the rendition's last known address; empty: the stream's.

        Raises
        ------
        UpstreamError
            If there is no playlist to be had.
        """
        here = place if via == place.stream else replace(place, stream=via)
        must_be_media = old is not None and not old.multivariant and place.rendition != MANIFEST
        if here == place:
            text, base, context = await self._own(place, hint, question)
        else:
            here, text, base = await self._counterpart(here, must_be_media=must_be_media)
            context = Context(within=here.rendition)
        known, self._texts[place] = self._texts.get(place), (here, text, base)
        if old is not None and known == (here, text, base) and old.via == via:
            return replace(old, read_at=time.monotonic(), unchanged_s=old.unchanged_s + old.age_s())
        if place.rendition == MANIFEST:
            return self._sealed_manifest(here, text, base)
        return self._sealed(place, here, parse(text), base, context, old)

    async def look(self, place: Place) -> None:
        """See whether a stream has a playlist at all.

        Raises
        ------
        UpstreamError
            If it has none.
        """
        entry = place if place.rendition == MANIFEST else replace(place, rendition="")
        located = await self._locate(entry)
        await self._text(located, located.address, entry, "")

    async def _own(self, place: Place, hint: str, question: str) -> tuple[str, str, Context]:
        """Read from the stream that the place names; look for it where it has moved."""
        located = await self._locate(place)
        address, imported = variables.carried(hint)
        try:
            text, base = await self._text(located, address or located.address, place, question)
        except UpstreamRefused:
            located, address = await self._found_again(place)
            text, base = await self._text(located, address, place, question)
        return text, base, Context(imported, within=place.rendition)

    async def _counterpart(self, here: Place, *, must_be_media: bool) -> tuple[Place, str, str]:
        """Read from another stream what comes nearest: the same rendition, else its best variant."""
        entry = here if here.rendition == MANIFEST else replace(here, rendition="")
        located = await self._locate(entry)
        text, base = await self._text(located, located.address, entry, "")
        playlist = parse(text)
        if here.rendition == MANIFEST or not playlist.is_multivariant:
            return entry, text, base
        if not here.rendition and not must_be_media:
            return entry, text, base
        name, address = nearest(playlist, base, here.rendition)
        chosen = replace(here, rendition=name)
        text, base = await self._text(located, address, chosen, "")
        return chosen, text, base

    async def _text(self, located: Located, address: str, place: Place, question: str) -> tuple[str, str]:
        async with await self._upstream.open(located.stream, _with_query(address, question)) as answer:
            text = await answer.text()
            if not (manifest.is_manifest if place.rendition == MANIFEST else is_playlist)(text):
                raise UpstreamNotPlaylist(answer.host, found_instead(text))
            return text, answer.address

    async def _found_again(self, place: Place) -> tuple[Located, str]:
        """Look for an address that expired: the stream's own, and the rendition's by its name."""
        located = await self._again(place)
        if place.rendition in ("", MANIFEST):
            return located, located.address
        entry = Place(place.channel, place.stream)
        text, base = await self._text(located, located.address, entry, "")
        found = {reference.rendition: reference.address for reference in references(parse(text), base)}
        if place.rendition not in found:
            raise UpstreamNotPlaylist("the source", "a list without this rendition")
        return located, found[place.rendition]

    def _sealed_manifest(self, place: Place, text: str, base: str) -> Copy:
        until = expiry(time.time(), TEMPLATE_S if manifest.is_live(text) else LASTING_S)

        def seal(address: str) -> str:
            thing, where = Thing.TEMPLATE, (place.channel, place.stream, place.rendition)
            ticket = Ticket(thing, *where, -1, address, until=until)
            return self._tickets.seal(ticket)

        try:
            sealed = manifest.rewrite(text, base, seal)
        except ValueError as error:
            raise UpstreamNotPlaylist(base, "broken XML") from error
        period_s = STATIC_MANIFEST_S if sealed.period_s is None else sealed.period_s
        return Copy(
            content=sealed.content,
            sequence=0,
            target_s=min(believed(period_s), STATIC_MANIFEST_S),
            multivariant=False,
            ended=sealed.period_s is None,
            read_at=time.monotonic(),
            via=place.stream,
        )

    def _sealed(
        self, place: Place, here: Place, playlist: Playlist, base: str, context: Context, old: Copy | None
    ) -> Copy:
        """Return the playlist as players get it at `place`, read from `here`."""
        state: Continuity | None = None
        if not playlist.is_multivariant:
            before = old.continuity if old is not None else None
            said = Continuity.from_json(before) if before else None
            since_s = old.unchanged_s + old.age_s() if old is not None else 0.0
            state, playlist = follow(said, playlist, f"{here.stream}:{here.rendition}", since_s)
        offset = state.offset if state is not None else 0
        # What is whole, or grows into it (4.4.3.5), may be played for hours without another look at the list.
        lasts = playlist.ended or playlist.tag("EXT-X-PLAYLIST-TYPE") is not None
        until = expiry(time.time(), LASTING_S if lasts else LIVE_S)
        sealer = Sealer(
            here,
            self._tickets,
            self._known(place, old),
            proxy_content=self._proxy_content,
            offset=offset,
            until=until,
        )
        playlist = rewrite(playlist, base, sealer, context)
        if old is not None and state is not None and state.begins_list(playlist) and self._is_fresh(old):
            playlist = kept_on(parse(old.content.decode()), playlist)
        content = write(playlist).encode()
        unchanged = old is not None and old.content == content
        copy = Copy(
            content=content,
            sequence=playlist.media_sequence,
            target_s=playlist.pace_s,
            multivariant=playlist.is_multivariant,
            ended=playlist.ended,
            next_sequence=playlist.next_sequence,
            next_part=playlist.next_part,
            blocking=playlist.can_block_reload,
            parts=playlist.tag("EXT-X-PART-INF") is not None,
            read_at=time.monotonic(),
            unchanged_s=old.unchanged_s + old.age_s() if old is not None and unchanged else 0.0,
            via=here.stream,
            continuity=state.to_json() if state is not None else None,
        )
        self._given[place] = copy.etag, sealer.given
        return copy

    def _known(self, place: Place, old: Copy | None) -> dict[str, str]:
        """Return the addresses that were given out: here, or in the list that another node made since."""
        etag, given = self._given.get(place, (b"", {}))
        if old is None or old.etag == etag:
            return given
        return addresses_in(old.content, self._tickets)

    def _is_fresh(self, old: Copy) -> bool:
        """Whether what was served before a change is still of use; without proxying, its source is gone."""
        return self._proxy_content and old.unchanged_s + old.age_s() < KEPT_ON_TARGETS * old.target_s


def nearest(playlist: Playlist, base: str, rendition: str) -> tuple[str, str]:
    """Return name and address of the rendition that says the same of itself, else of the best variant.

    Raises
    ------
    UpstreamNotPlaylist
        If there is none.
    """
    nested = [one for one in references(playlist, base) if one.thing is Thing.PLAYLIST]
    same = [one for one in nested if one.rendition == rendition]
    rates = [
        (integer(line.attributes().get("BANDWIDTH", ""), 0), at)
        for at, line in enumerate(line for line in playlist.lines if line.name == "EXT-X-STREAM-INF")
    ]
    variants = [one for one in nested if one.rendition.rpartition(".")[2].startswith("v")]
    if not same and (not rates or not variants):
        raise UpstreamNotPlaylist("the source", "a list without variants")
    chosen = same[0] if same else variants[min(max(rates)[1], len(variants) - 1)]
    return chosen.rendition, chosen.address


def references(playlist: Playlist, base: str) -> list[Reference]:
    """Return all that a playlist refers to."""
    found: list[Reference] = []
    rewrite(playlist, base, found.append)
    return found


def _with_query(address: str, question: str) -> str:
    if not question:
        return address
    return f"{address}{'&' if '?' in address else '?'}{question}"
