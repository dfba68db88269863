"""Everything that the demo draws: backgrounds, name cards, counters, logos.

Drawn with Pillow, whose own font is embedded: no font on the machine is assumed. Shapes are drawn at
`_OVERSAMPLING` times their size and scaled down, since Pillow does not smooth edges.

A channel's picture is put together by ffmpeg from layers: a wide background over which the view wanders,
a card with the name, a dial that changes once a second, and a bead that glides so that a stutter shows.
"""

import functools
import io
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from demo.channels import Channel, Look

_OVERSAMPLING = 3
_WHITE = (255, 255, 255, 255)

Colour = tuple[int, int, int, int]


def draw_layers(channel: Channel, folder: Path, height: int, seconds: int) -> None:
    """Write the layers of `channel` for a picture of `height` lines (16:9) into `folder`.

    They are `back.png`, `card.png`, `bead.png` and one `dial-NNN.png` for each of `seconds`.
    """
    scale = height / 360
    background(channel.look, round(800 * scale), round(450 * scale)).save(folder / "back.png")
    card(channel, scale).save(folder / "card.png")
    bead(channel.look, scale).save(folder / "bead.png")
    for second in range(seconds):
        dial(channel.look, second, seconds, scale).save(folder / f"dial-{second:03}.png", compress_level=1)


def background(look: Look, width: int, height: int) -> Image.Image:
    """Return soft glows on a dark ground. Made small and scaled up: it has no detail to lose."""
    image = Image.new("RGB", (80, 45), look.ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((-14, -16, 38, 26), fill=look.glow)
    draw.ellipse((50, 18, 96, 60), fill=look.accent)
    draw.ellipse((20, 34, 48, 56), fill=look.glow)
    draw.ellipse((60, -14, 84, 6), fill=_mix(look.glow, look.accent))
    image = image.filter(ImageFilter.GaussianBlur(9)).resize((width, height), Image.Resampling.BICUBIC)
    shade = Image.new("RGB", image.size, look.ground)
    return Image.blend(image, shade, 0.22)


def card(channel: Channel, scale: float) -> Image.Image:
    """Return the still layer: badge, name and tagline at the lower left, what it is at the upper left."""
    width, height = round(640 * scale), round(360 * scale)
    image = _lower_shade(width, height)
    badge = logo(channel).resize((round(84 * scale),) * 2, Image.Resampling.LANCZOS)
    image.alpha_composite(badge, (round(32 * scale), round(222 * scale)))
    draw = ImageDraw.Draw(image)
    name_font, room = _fitting(channel.name, round(46 * scale), round(470 * scale))
    left = round(134 * scale)
    draw.text(
        (left, round(252 * scale)), channel.name, font=name_font, fill=_WHITE, anchor="lm", stroke_width=room
    )
    draw.text(
        (left, round(291 * scale)),
        channel.tagline,
        font=_font(18 * scale),
        fill=(255, 255, 255, 205),
        anchor="lm",
    )
    _pill(image, f"{channel.group}  ·  {channel.kind}", (round(32 * scale), round(30 * scale)), scale)
    return image


def dial(look: Look, second: int, seconds: int, scale: float) -> Image.Image:
    """Return the counter of one second: its number, in a ring that fills over the loop."""
    size = round(132 * scale)
    big = size * _OVERSAMPLING
    image = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    stroke = big // 16
    draw.ellipse((0, 0, big - 1, big - 1), fill=(0, 0, 0, 90))
    ring = (stroke, stroke, big - stroke, big - stroke)
    draw.arc(ring, 0, 360, fill=(255, 255, 255, 60), width=stroke)
    turn = -90 + 360 * (second + 1) / seconds
    draw.arc(ring, -90, turn, fill=_rgba(look.accent), width=stroke)
    draw.text(
        (big / 2, big * 0.47),
        f"{second:02}",
        font=_font(big * 0.42),
        fill=_WHITE,
        anchor="mm",
        stroke_width=big // 200,
    )
    draw.text((big / 2, big * 0.76), "seconds", font=_font(big * 0.1), fill=(255, 255, 255, 170), anchor="mm")
    return image.resize((size, size), Image.Resampling.LANCZOS)


def bead(look: Look, scale: float) -> Image.Image:
    """Return the small light that glides along the lower edge."""
    size = round(36 * scale)
    image = Image.new("RGBA", (size, size), _rgba(look.accent, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((size * 0.25, size * 0.25, size * 0.75, size * 0.75), fill=_rgba(look.accent))
    image = image.filter(ImageFilter.GaussianBlur(size / 9))
    ImageDraw.Draw(image).ellipse((size * 0.38, size * 0.38, size * 0.62, size * 0.62), fill=_WHITE)
    return image


def label(text: str, scale: float) -> Image.Image:
    """Return a small pill, such as the name of a quality."""
    image = Image.new("RGBA", (round(84 * scale), round(30 * scale)), (0, 0, 0, 0))
    _pill(image, text, (0, 0), scale)
    return image


def logo(channel: Channel, size: int = 256) -> Image.Image:
    """Return the channel's badge: its initials on a rounded square of its colours, around it nothing."""
    big = size * _OVERSAMPLING
    shape = Image.new("L", (big, big), 0)
    margin = big // 32
    ImageDraw.Draw(shape).rounded_rectangle((margin, margin, big - margin, big - margin), big // 4, fill=255)
    face = _diagonal(channel.look, big).convert("RGBA")
    shine = Image.new("RGBA", face.size, (0, 0, 0, 0))
    ImageDraw.Draw(shine).ellipse((-big * 0.3, -big * 0.75, big * 1.1, big * 0.42), fill=(255, 255, 255, 40))
    face.alpha_composite(shine)
    draw = ImageDraw.Draw(face)
    draw.text(
        (big / 2, big * 0.52),
        channel.initials,
        font=_font(big * 0.46),
        fill=_WHITE,
        anchor="mm",
        stroke_width=big // 90,
    )
    image = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    image.paste(face, mask=shape)
    return image.resize((size, size), Image.Resampling.LANCZOS)


@functools.lru_cache(maxsize=64)
def logo_png(channel: Channel) -> bytes:
    """Return the channel's badge as a PNG."""
    file = io.BytesIO()
    logo(channel).save(file, "PNG", optimize=True)
    return file.getvalue()


def _diagonal(look: Look, size: int) -> Image.Image:
    """Return a gradient from one colour of `look` at the upper left to the other at the lower right."""
    small = Image.new("RGB", (2, 2))
    middle = _mix(look.glow, look.accent)
    colours = (_rgb(look.glow), middle, middle, _rgb(look.accent))
    for index, colour in enumerate(colours):
        small.putpixel((index % 2, index // 2), colour)
    return small.resize((size, size), Image.Resampling.BILINEAR)


def _lower_shade(width: int, height: int) -> Image.Image:
    """Return a layer that darkens the lower third, so that white text stands out on any glow."""
    column = Image.new("L", (1, height))
    column.putdata([round(150 * max(0.0, line / height - 0.45) / 0.55) for line in range(height)])
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    image.putalpha(column.resize((width, height)))
    return image


def _pill(image: Image.Image, text: str, corner: tuple[int, int], scale: float) -> None:
    """Draw `text` on a rounded translucent plate whose upper left is at `corner`."""
    font = _font(15 * scale)
    left, top = corner
    width, height = font.getlength(text) + 24 * scale, 28 * scale
    plate = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle((left, top, left + width, top + height), height / 2, fill=(0, 0, 0, 110))
    draw.text((left + width / 2, top + height / 2), text, font=font, fill=(255, 255, 255, 225), anchor="mm")
    image.alpha_composite(plate)


def _fitting(text: str, size: int, width: int) -> tuple[ImageFont.FreeTypeFont, int]:
    """Return the largest font up to `size` in which `text` is at most `width` wide, and its stroke."""
    length = _font(size).getlength(text)
    size = math.floor(min(size, size * width / length))
    return _font(size), max(1, size // 40)


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType: it cannot scale its font")
    return font


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _rgba(colour: str, alpha: int = 255) -> Colour:
    return (*_rgb(colour), alpha)


def _mix(one: str, other: str) -> tuple[int, int, int]:
    red, green, blue = ((a + b) // 2 for a, b in zip(_rgb(one), _rgb(other), strict=True))
    return red, green, blue
