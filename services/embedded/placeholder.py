"""Draws what stands in for an image where no image model is configured: a picture that says so, with its prompt."""

import hashlib
import textwrap
from importlib.util import find_spec
from io import BytesIO
from typing import Any

NAME = "placeholder"
SIZE = 512
BAND = 44
TITLE = "PLACEHOLDER - no image model configured"
# What is drawn of a prompt, in lines of so many letters.
MAX_LETTERS = 600
COLUMNS = 36
REMEDY = "install promptwire with its extra `embedded`, or configure a provider of images"


class Unavailable(RuntimeError):
    """What draws is not installed; the message says what to do."""


def available() -> bool:
    """Whether the package that draws is installed."""
    return find_spec("PIL") is not None


def draw(prompt: str) -> bytes:
    """Draw the placeholder of a prompt, as PNG: the same prompt gives the same bytes. Raises Unavailable."""
    if not available():
        raise Unavailable(f"placeholders for images cannot be drawn; {REMEDY}")
    from PIL import Image, ImageDraw, ImageFont, PngImagePlugin  # noqa: PLC0415 - only who draws loads it

    image = Image.new("RGB", (SIZE, SIZE), _color(prompt))
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, 0, SIZE, BAND), fill=(190, 30, 30))
    canvas.text((14, 12), TITLE, fill="white", font=_font(ImageFont, 20))
    canvas.multiline_text((24, BAND + 28), _wrap(prompt), fill="black", font=_font(ImageFont, 24), spacing=8)
    about = PngImagePlugin.PngInfo()
    about.add_text("Software", "Promptwire placeholder")
    data = BytesIO()
    image.save(data, "PNG", pnginfo=about)
    return data.getvalue()


def _font(fonts: Any, size: int) -> Any:
    return fonts.load_default(size)


def _color(prompt: str) -> tuple[int, int, int]:
    """Give a light colour that a prompt always has."""
    red, green, blue = hashlib.sha256(prompt.encode(errors="replace")).digest()[:3]
    return 160 + red % 80, 160 + green % 80, 160 + blue % 80


def _wrap(prompt: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in prompt[: MAX_LETTERS + 1])
    words = shown[:MAX_LETTERS] + ("..." if len(shown) > MAX_LETTERS else "")
    return "\n".join(textwrap.wrap(words, COLUMNS))
