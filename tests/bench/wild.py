"""Lists and guides as large as they are found, made up: names in several scripts, headers now and then."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

COUNTRIES = ("uk", "de", "gr", "fr", "es", "it", "pl", "us", "br", "tr")
WORDS = ("Sport", "News", "Kino", "Télé", "Ελλάδα", "Cinema", "Música", "Россия", "Kids", "Nature")
QUALITIES = ("", " HD", " FHD", " 4K")
PROGRAMME_S = 1800
LOREM = "A long evening in which nothing happens that was not foretold, and everybody has a word on it. " * 4


def name_of(number: int) -> str:
    """Return the name of a channel: no two have the same."""
    word = WORDS[number % len(WORDS)]
    return f"{word} {number}{QUALITIES[number % len(QUALITIES)]}"


def tvg_id_of(number: int) -> str:
    """Return its id in guides."""
    return f"channel{number}.{COUNTRIES[number % len(COUNTRIES)]}"


def playlist(entries: int, logos: str = "http://logos.invalid") -> Iterator[str]:
    """Yield an M3U, line by line; its logos are below an address."""
    yield "#EXTM3U\n"
    for number in range(1, entries + 1):
        name, country = name_of(number), COUNTRIES[number % len(COUNTRIES)].upper()
        tvg_id = tvg_id_of(number) if number % 3 else ""
        yield (
            f'#EXTINF:-1 tvg-id="{tvg_id}" tvg-name="{name}" tvg-logo="{logos}/{number}.png" '
            f'group-title="{country}| {WORDS[number % len(WORDS)]}",{name}\n'
        )
        if number % 10 == 0:
            yield "#EXTVLCOPT:http-user-agent=Mozilla/5.0\n"
        yield f"http://127.0.0.1:9/live/somebody/secret/{number}.{'ts' if number % 7 == 0 else 'm3u8'}\n"


def write_playlist(path: Path, entries: int, logos: str = "http://logos.invalid") -> int:
    """Write one, and return its bytes."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(playlist(entries, logos))
    return path.stat().st_size


def write_guide(
    path: Path, channels: int, size_bytes: int, programmes: int = 10**6, text: str = LOREM
) -> int:
    """Write an XMLTV guide of `channels`, and return its bytes.

    It ends at about `size_bytes`, or with so many programmes of each channel, which are described by `text`.
    """
    starts = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<tv>\n')
        for number in range(1, channels + 1):
            names = f"<display-name>{name_of(number)}</display-name>"
            file.write(f'<channel id="{tvg_id_of(number)}">{names}</channel>\n')
        for place in range(programmes):
            if file.tell() >= size_bytes:
                break
            for number in range(1, channels + 1):
                start = starts + timedelta(seconds=place * PROGRAMME_S)
                file.write(_programme(number, place, start, text))
        file.write("</tv>\n")
    return path.stat().st_size


def _programme(number: int, place: int, start: datetime, text: str) -> str:
    stop = start + timedelta(seconds=PROGRAMME_S)
    return (
        f'<programme start="{start:%Y%m%d%H%M%S} +0000" stop="{stop:%Y%m%d%H%M%S} +0000" '
        f'channel="{tvg_id_of(number)}"><title lang="en">Programme {place} of {number}</title>'
        f'<desc lang="en">{text}</desc><category lang="en">Series</category>'
        f'<icon src="http://logos.invalid/{number}/{place}.jpg"/>'
        f'<episode-num system="xmltv_ns">0.{place}.</episode-num></programme>\n'
    )
