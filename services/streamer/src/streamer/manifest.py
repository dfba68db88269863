"""DASH manifests (ISO/IEC 23009-1), with every address sealed. Pure.

A template is filled in by the player, so its segments can't be sealed one by one: the template itself is
sealed, and the player fills in an address that carries nothing but the values. What comes back is put into
the template that we sealed, so nothing else can be reached with it.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree as ET

from streamer.errors import TicketInvalid

IDENTIFIER = re.compile(r"\$(RepresentationID|Number|Time|Bandwidth|SubNumber)(%0\d+d)?\$")
DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")
VALUE = re.compile(r"(?!\.+$)[\w.@=+-]{1,128}")
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
SCHEMES_WITH_ADDRESS = ("urn:mpeg:dash:utc:http", "urn:mpeg:dash:utc:sntp", "urn:mpeg:dash:utc:ntp")
EXTENSIONS = {"m4s", "mp4", "m4v", "m4a", "cmfv", "cmfa", "webm", "vtt", "ts"}
NAMESPACES = {
    "urn:mpeg:dash:schema:mpd:2011": "",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
    "urn:mpeg:cenc:2013": "cenc",
    "urn:scte:scte35:2014:xml+bin": "scte35",
}

XLINK = "{http://www.w3.org/1999/xlink}"
SOURCES = ("Initialization", "RepresentationIndex", "BitstreamSwitching")
TEMPLATES = ("media", "initialization", "index", "bitstreamSwitching")
NAMES = ("schemeIdUri", "profiles", "supplementalProfiles", XSI + "schemaLocation")
"""Attributes whose addresses are names: nobody goes there."""

COPIED_MOST = 100_000
"""Elements that may be written twice."""

SealAddress = Callable[[str], str]
"""A whole address in, a ticket's text out."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as players get it. `period_s` is how often it may change; None if it never does."""

    content: bytes
    period_s: float | None


def is_manifest(text: str) -> bool:
    """Whether it looks like a manifest."""
    return "<MPD" in text[:4096]


def is_live(text: str) -> bool:
    """Whether it goes on: as far as can be told before it is parsed."""
    return re.search(r"<MPD\b[^>]*\btype\s*=\s*[\"']dynamic", text[:65_536]) is not None


def rewrite(text: str, base: str, seal: SealAddress) -> Manifest:
    """Seal every address of a manifest that came from `base`.

    Raises
    ------
    ValueError
        If it is no XML, or none that a manifest is.
    """
    for uri, prefix in NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    try:
        root = ET.fromstring(text.lstrip("\ufeff \r\n"))  # noqa: S314  (expat bounds entities; the size is bounded)
        _Walk(seal).descend(root, base)
        _take_out(root, "Location", "PatchLocation", "ContentSteering")
        _tell_time(root)
        if XLINK[1:-1] in text:
            _take_out_links(root)
        _clear(root)
        content = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    except (ET.ParseError, RecursionError) as error:
        raise ValueError("no XML, or nested without end") from error
    period_s = _seconds(root.get("minimumUpdatePeriod")) if root.get("type") == "dynamic" else None
    return Manifest(content, period_s)


class _Walk:
    def __init__(self, seal: SealAddress) -> None:
        self._seal = seal
        self._copied = 0

    def descend(self, element: ET.Element, base: str) -> None:
        """Seal what is in `element`; addresses in it are relative to `base`, or to its own BaseURL."""
        own = _children(element, "BaseURL")
        if own:
            base = urljoin(base, (own[0].text or "").strip())
            self._copied += _hand_down(element)
            if self._copied > COPIED_MOST:
                raise ValueError("one template for too many representations")
        for child in own:
            element.remove(child)
        for child in list(element):
            self._child(child, base)

    def _child(self, child: ET.Element, base: str) -> None:
        name = child.tag.rpartition("}")[2]
        if name == "SegmentTemplate":
            self._seal_all(child, TEMPLATES, base, self._template)
        elif name == "SegmentURL":
            self._seal_all(child, ("media", "index"), base, self._whole)
        elif name in SOURCES:
            self._seal_all(child, ("sourceURL",), base, self._whole)
        self.descend(child, base)

    def _seal_all(self, child: ET.Element, names: tuple[str, ...], base: str, seal: SealAddress) -> None:
        for name in names:
            if said := child.get(name):
                child.set(name, seal(urljoin(base, said)))

    def _template(self, address: str) -> str:
        names = [match[0] for match in IDENTIFIER.finditer(address)]
        return f"/content/{self._seal(address)}/{'/'.join(names) or 'once'}.{_extension(address)}"

    def _whole(self, address: str) -> str:
        return f"/content/{self._seal(address)}/once.{_extension(address)}"


def fill(template: str, said: str) -> str:
    """Put the values of a player's request into the template that was sealed.

    Raises
    ------
    TicketInvalid
        If they are not what the template asks for.
    """
    values = said.split("/")
    wanted = IDENTIFIER.findall(template)
    if not wanted:
        return template
    if len(values) != len(wanted) or not all(map(VALUE.fullmatch, values)):
        raise TicketInvalid
    waiting = iter(values)
    filled = IDENTIFIER.sub(lambda _: quote(next(waiting)), template)
    return filled.replace("$$", "$")


def _hand_down(element: ET.Element) -> int:
    """Give an element whose BaseURL changes things its own copy of the template above; see the caller.

    Returns how many elements were copied: a large template of many representations could fill the memory.
    """
    copied = 0
    if element.tag.endswith("AdaptationSet"):
        for template in _children(element, "SegmentTemplate"):
            for representation in _children(element, "Representation"):
                if _children(representation, "BaseURL") and not _children(representation, "SegmentTemplate"):
                    copied += sum(1 for _ in template.iter())
                    if copied > COPIED_MOST:
                        return copied
                    representation.append(copy.deepcopy(template))
    return copied


def _children(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if child.tag.rpartition("}")[2] == name]


def _take_out(root: ET.Element, *names: str) -> None:
    for name in names:
        for child in _children(root, name):
            root.remove(child)


def _take_out_links(root: ET.Element) -> None:
    """Leave out what is elsewhere (5.5); what is here in its place stays."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.get(XLINK + "href") is not None and not len(child):
                parent.remove(child)
        for name in [name for name in parent.keys() if name.startswith(XLINK)]:  # noqa: SIM118  (no dict)
            del parent.attrib[name]


def _clear(root: ET.Element) -> None:
    """Leave no address that was not sealed: of licences, of beacons, of who made it."""
    for element in root.iter():
        for name, said in element.items():
            if "//" in said and _leads(said) and name not in NAMES:
                del element.attrib[name]
        if element.text and "://" in element.text:
            element.text = None
        if element.tail and "://" in element.tail:
            element.tail = None


def _leads(said: str) -> bool:
    return "://" in said or said.startswith("//")


def _tell_time(root: ET.Element) -> None:
    """Tell the time ourselves where the manifest names a server for it."""
    for timing in _children(root, "UTCTiming"):
        if timing.get("schemeIdUri", "").startswith(SCHEMES_WITH_ADDRESS):
            timing.set("schemeIdUri", "urn:mpeg:dash:utc:direct:2014")
            timing.set("value", datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"))


def _seconds(duration: str | None) -> float:
    match = DURATION.fullmatch(duration or "")
    if not match:
        return 5.0
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds


def _extension(address: str) -> str:
    said = PurePosixPath(urlsplit(address).path).suffix.lstrip(".").lower()
    return said if said in EXTENSIONS else "m4s"
