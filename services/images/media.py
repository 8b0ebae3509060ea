"""What counts as an image, told by how its bytes begin."""

MAX_BYTES = 10 * 1024 * 1024


def find_fault(data: bytes) -> str | None:
    """Say what is wrong with an image's bytes; None when nothing is."""
    if len(data) > MAX_BYTES:
        return f"must be at most {MAX_BYTES} bytes; it has {len(data)}"
    return None if media_type(data) else "must be a PNG, JPEG, GIF or WebP image"


def media_type(data: bytes) -> str | None:
    """Tell the kind of an image; None when it is none of the four."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
