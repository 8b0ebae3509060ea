"""Draws what stands in for an image where no image model is configured: a picture that says so, with its prompt."""

import hashlib
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from typing import Any

NAME = "placeholder"
SIZE = 512
BAND = 44
TITLE = "PLACEHOLDER - no image model configured"
# What is drawn of a prompt, in lines of so many letters.
MAX_LETTERS = 600
MAX_LINES = 12
WIDTH = SIZE - 48
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
    font = _font(ImageFont, 24)
    words = _wrap(prompt, lambda text: canvas.textlength(text, font))
    canvas.multiline_text((24, BAND + 28), words, fill="black", font=font, spacing=8)
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


def _wrap(prompt: str, measure: Callable[[str], float]) -> str:
    """Break a prompt into the lines that fit, the last of them with three dots when there are more."""
    lines = [""]
    for word in _to_shown(prompt).split():
        rest = word
        if lines[-1] and measure(f"{lines[-1]} {word}") <= WIDTH:
            lines[-1] += f" {word}"
            continue
        while rest and len(lines) <= MAX_LINES + 1:
            fits = _count_fitting(rest, measure)
            lines.append(rest[:fits])
            rest = rest[fits:]
    lines = lines[1:]
    return "\n".join(lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], "..."])


def _count_fitting(word: str, measure: Callable[[str], float]) -> int:
    """Count the letters of a word that fit into a line, one at least."""
    return max(1, bisect_right(range(1, len(word) + 1), WIDTH, key=lambda count: measure(word[:count])))


def _to_shown(prompt: str) -> str:
    """Give the letters that are drawn: without accents, which the font has not, and without what cannot be seen."""
    cut = prompt[:MAX_LETTERS] + (" ..." if len(prompt) > MAX_LETTERS else "")
    plain = (letter for letter in unicodedata.normalize("NFKD", cut) if not unicodedata.combining(letter))
    return "".join(letter if letter.isprintable() else " " for letter in plain)
