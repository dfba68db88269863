"""What the journeys see, as pictures in `docs/screenshots`: only if wanted, so that a test leaves no trace.

`make screenshots` wants them. A picture is small: the documents load with it.
"""

import io
import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page
from support.servers import repository

FOLDER = repository() / "docs" / "screenshots"
BYTES_MOST = 150_000
TILE = (320, 180)
LARGEST = (1920, 1920)
"""A television's picture is written at half its size."""
SETTLED = """() => [...document.images]
    .filter((image) => {
      const { top, left } = image.getBoundingClientRect();
      return top < innerHeight && left < innerWidth;
    })
    .every((image) => image.complete && getComputedStyle(image).visibility === 'visible')"""
"""What is out of sight is fetched when somebody comes near it: it is not waited for."""
WANTED = "SCREENSHOTS"
"""The variable that asks for them."""


def keep(page: Page, name: str) -> None:
    """Write what a page shows, if anybody wants it."""
    if os.environ.get(WANTED):
        page.wait_for_function(SETTLED)
        _save(_taken(page), name)


def keep_sheet(pictures: Sequence[bytes], name: str, *, columns: int) -> None:
    """Write many small pictures as one, row by row."""
    if not os.environ.get(WANTED):
        return
    width, height = TILE
    tiles = [Image.open(io.BytesIO(picture)).convert("RGB").resize(TILE) for picture in pictures]
    sheet = Image.new("RGB", (width * columns, height * -(-len(tiles) // columns)))
    for index, tile in enumerate(tiles):
        sheet.paste(tile, (index % columns * width, index // columns * height))
    _save(sheet, name)


def _taken(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")


def _save(picture: Image.Image, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    picture.thumbnail(LARGEST)
    path: Path = FOLDER / f"{name}.webp"
    picture.save(path, quality=82, method=6)
    assert path.stat().st_size < BYTES_MOST, f"{path.name} is too large for the documents"
