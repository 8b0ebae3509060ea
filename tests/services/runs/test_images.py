"""Images that a run may send along."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptwire.v1.run_pb2 import ImageInput
from services.images import media
from services.runs import images
from services.urls import MAX_URL
from tests.fakes.corpus import NO_URLS

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"GIF89arest", "image/gif"),
        (b"GIF87arest", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPrest", "image/webp"),
    ],
)
def test_bytes_become_a_data_url_of_their_kind(data: bytes, kind: str) -> None:
    image = ImageInput(data=data)
    assert images.find_fault(image) is None
    head, _, encoded = images.to_url(image).partition(",")
    assert head == f"data:{kind};base64"
    assert b64decode(encoded) == data


def test_the_record_gets_a_note_in_place_of_bytes() -> None:
    note = images.to_note(ImageInput(data=PNG))
    assert note.startswith("image:sha256:")
    assert note == images.to_note(ImageInput(data=PNG))
    assert len(note) == 77


@pytest.mark.parametrize(
    "url", ["https://example.com/a.png?x=1", "http://example.com/", "https://127.0.0.1/", "http://0/"]
)
def test_a_url_stays_as_it_is_wherever_it_leads(url: str) -> None:
    image = ImageInput(url=url)
    assert images.find_fault(image) is None
    assert images.to_url(image) == images.to_note(image) == image.url


@pytest.mark.parametrize(
    "image",
    [
        ImageInput(),
        ImageInput(data=b""),
        ImageInput(data=b"<svg/>"),
        ImageInput(data=b"RIFF\x00\x00\x00\x00WAVE"),
        ImageInput(data=PNG + bytes(media.MAX_BYTES)),
        *(ImageInput(url=text) for text in NO_URLS if "\ud800" not in text),
        ImageInput(url="https://example.com/a\nb"),
        ImageInput(url="https://example.com/" + "a" * MAX_URL),
    ],
)
def test_what_is_no_image_is_refused(image: ImageInput) -> None:
    assert images.find_fault(image)


@given(st.text() | st.builds("http{}".format, st.text()))
def test_any_text_is_a_url_or_a_fault(url: str) -> None:
    assert images.find_fault(ImageInput(url=url)) != ""
