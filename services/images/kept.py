"""An image as runs know it, once its bytes are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept image: `id` is the SHA-256 of its bytes in hexadecimal digits; `placeholder` as the contract has it."""

    id: str
    media_type: str
    size_bytes: int
    placeholder: bool
