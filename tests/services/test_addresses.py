"""Which addresses are public, by table, and for every spelling of them."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import addresses

PUBLIC = (
    "1.0.0.0 1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 140.82.121.3 "
    "168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 "
    "192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 "
    "203.0.112.255 203.0.114.0 223.255.255.255 "
    "2000:: 2001:200:: 2001:4860:4860::8888 2001:db7:ffff:: 2001:db9:: 2003:: 2400:cb00:: 2606:4700:4700::1111 "
    "2620:fe::fe 2a00:1450:4001:830::200e 3ffd:: 3fff:1000:: "
    "::ffff:8.8.8.8 ::8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1 2001:0:808:808::f7f7:f7f7"
)

NOT_PUBLIC = (
    # the ends of every network that is not
    "0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.0.0.1 127.255.255.255 "
    "168.63.129.16 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.192 192.0.0.255 "
    "192.0.2.0 192.0.2.255 192.88.99.0 192.88.99.255 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.0 "
    "198.51.100.255 203.0.113.0 203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255 100.100.100.200 "
    # unspecified, loopback, discarded, local, site-local, multicast, and what nobody has been given
    ":: ::1 100:: 100::1 100:0:0:1:: fc00:: fd00:ec2::254 fd20:ce::254 fdff:ffff:: fe80:: fe80::1 fe80::1%1 febf:ffff:: "
    "fec0:: feff:ffff:: ff00:: ff02::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1fff:ffff:: 4000:: 5f00:: 8000:: 200::1 "
    # protocols, benchmarking, identifiers, documentation
    "2001:1::1 2001:2:: 2001:3:: 2001:4:112:: 2001:10:: 2001:20:: 2001:30:: 2001:1ff:ffff:: 2001:db8:: 2001:db8:ffff:: "
    "3ffe:: 3fff:: 3fff:fff:ffff:: "
    # mapped, compatible, translated, 6to4 and Teredo, by the IPv4 addresses that they carry
    "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0.0.0.0 ::127.0.0.1 ::10.0.0.1 ::ffff:0:8.8.8.8 "
    "64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::8.8.8.8 64:ff9b:1::10.0.0.1 64:ff9b:0:1:: "
    "2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe:: 2002:c0a8:101:: "
    "2001:0:808:808::80ff:fffe 2001:0:808:808::f5ff:fffe 2001:0:7f00:1::f7f7:f7f7 2001:0:a00:1::f7f7:f7f7"
)

INTERNAL = [IPv4Network(text) for text in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "0.0.0.0/8")]
ADDRESSES = st.one_of(st.ip_addresses(v=4), *(st.ip_addresses(network=network) for network in INTERNAL))


@st.composite
def spellings(draw: st.DrawFn, address: IPv4Address) -> str:
    """Spell an address in one of the ways that resolvers take: its last part may stand for up to four bytes."""
    count = draw(st.integers(1, 4))
    data = address.packed
    parts = [*data[: count - 1], int.from_bytes(data[count - 1 :], "big")]
    return ".".join(draw(st.sampled_from(_numerals(part))) for part in parts)


def _numerals(part: int) -> list[str]:
    return [str(part), f"0{part:o}", f"000{part:o}", f"0x{part:x}", f"0X{part:X}", f"0x000{part:x}"]


@pytest.mark.parametrize("text", PUBLIC.split())
def test_public_addresses(text: str) -> None:
    assert addresses.is_public(ip_address(text))


@pytest.mark.parametrize("text", NOT_PUBLIC.split())
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
    # Versions of Python differ by small networks; none of them calls one of these global.
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not addresses.is_public(address) or address in IPv4Network("192.0.0.0/24")


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
def test_networks_hold_addresses_and_mapped_ones(address: str, *, inside: bool) -> None:
    networks = [ip_network("127.0.0.2/32"), ip_network("::1/128")]
    assert addresses.is_within(ip_address(address), networks) is inside
