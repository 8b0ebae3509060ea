"""Which addresses are public, by table, and for every spelling of them."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import addresses
from tests.fakes.corpus import CARRYING, NOT_PUBLIC_V4, NOT_PUBLIC_V6, PUBLIC

_INTERNAL = [
    IPv4Network(text) for text in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "0.0.0.0/8")
]
ADDRESSES = st.one_of(st.ip_addresses(v=4), *(st.ip_addresses(network=network) for network in _INTERNAL))


@st.composite
def spellings(draw: st.DrawFn, address: IPv4Address) -> str:
    """Spell an address in one of the ways that resolvers take: its last part may stand for up to four bytes."""
    count = draw(st.integers(1, 4))
    data = address.packed
    parts = [*data[: count - 1], int.from_bytes(data[count - 1 :], "big")]
    return ".".join(draw(st.sampled_from(_numerals(part))) for part in parts)


def _numerals(part: int) -> list[str]:
    return [str(part), f"0{part:o}", f"000{part:o}", f"0x{part:x}", f"0X{part:X}", f"0x000{part:x}"]


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses(text: str) -> None:
    assert addresses.is_public(ip_address(text))


@pytest.mark.parametrize("text", [*NOT_PUBLIC_V4, *NOT_PUBLIC_V6, *CARRYING])
def test_addresses_that_are_not_public(text: str) -> None:
    assert not addresses.is_public(ip_address(text))


@given(st.data(), ADDRESSES)
def test_every_spelling_is_read_as_the_address(data: st.DataObject, address: IPv4Address) -> None:
    assert addresses.read_literal(data.draw(spellings(address))) == address


@given(ADDRESSES)
def test_an_ipv6_address_is_as_public_as_the_ipv4_address_in_it(address: IPv4Address) -> None:
    bits = int(address)
    embedded = (bits, 0xFFFF << 32 | bits, 0x64FF9B << 96 | bits, 0x2002 << 112 | bits << 80)
    carrying = [IPv6Address(bits) for bits in embedded]
    assert [addresses.is_public(one) for one in carrying] == [addresses.is_public(address)] * 4


@given(ADDRESSES)
def test_standard_ideas_of_what_is_not_global_are_ours_too(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not addresses.is_public(address)


@pytest.mark.parametrize(
    "text",
    ["", "a", "example.com", "08", "1.2.3.256", "256.1", "4294967296", "0x", "0xg", "1.2.3.4.5", "1..2", "::g", "1:2"],
)
def test_names_are_no_literals(text: str) -> None:
    assert addresses.read_literal(text) is None


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("127.0.0.2", True),
        ("::ffff:127.0.0.2", True),
        ("::1", True),
        ("127.0.0.3", False),
        ("::127.0.0.2", False),
        ("64:ff9b::127.0.0.2", False),
        ("2002:7f00:2::", False),
        ("::2", False),
    ],
)
def test_networks_hold_addresses_and_mapped_ones(address: str, inside: bool) -> None:
    networks = [ip_network("127.0.0.2/32"), ip_network("::1/128")]
    assert addresses.is_within(ip_address(address), networks) is inside
