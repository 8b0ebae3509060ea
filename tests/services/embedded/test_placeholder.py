"""The picture that stands in for an image."""

import subprocess
import sys
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from services.embedded import placeholder

BLACK = (0, 0, 0)


def read(data: bytes) -> PngImagePlugin.PngImageFile:
    image = Image.open(BytesIO(data), formats=["PNG"])
    image.load()
    assert isinstance(image, PngImagePlugin.PngImageFile)
    return image


def colors(prompt: str) -> set[object]:
    counts = read(placeholder.draw(prompt)).getcolors(placeholder.SIZE**2)
    assert counts is not None
    return {color for _, color in counts}


def test_it_is_a_png_that_says_what_it_is() -> None:
    image = read(placeholder.draw("A picture of a green and big cat"))
    assert image.size == (placeholder.SIZE, placeholder.SIZE)
    assert image.text == {"Software": "Promptwire placeholder"}
    assert image.getpixel((2, 2)) == (190, 30, 30)


def test_the_same_prompt_gives_the_same_bytes_and_another_one_others() -> None:
    assert placeholder.draw("cat") == placeholder.draw("cat")
    cat, dog = read(placeholder.draw("cat")), read(placeholder.draw("dog"))
    corner = (placeholder.SIZE - 1, placeholder.SIZE - 1)
    assert cat.getpixel(corner) != dog.getpixel(corner)


def test_the_prompt_can_be_read_in_it() -> None:
    assert BLACK not in colors("")
    assert BLACK in colors("cat")


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "\0\x1b[2J\r\n\t" * 100,
        "\ud800 half a letter",
        "\u202egnp.exe",
        "漢字 \U0001f408 \u0301" * 50,
        "W" * 1_000_000,
        "cat " * 250_000,
        "\n" * 1_000_000,
        "a" + "\u0300" * 100_000,
    ],
)
def test_no_prompt_hurts(prompt: str) -> None:
    data = placeholder.draw(prompt)
    assert read(data).size == (placeholder.SIZE, placeholder.SIZE)
    assert len(data) < 100_000


@settings(max_examples=30)
@given(st.text(st.characters(), max_size=2000))
def test_any_text_can_be_drawn(prompt: str) -> None:
    assert read(placeholder.draw(prompt)).size == (placeholder.SIZE, placeholder.SIZE)


def test_without_what_draws_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placeholder, "available", lambda: False)
    with pytest.raises(placeholder.Unavailable, match="extra `embedded`"):
        placeholder.draw("cat")


def test_only_who_draws_loads_what_draws() -> None:
    program = "import sys, services.providers.registry, services.providers.local; sys.exit('PIL' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
