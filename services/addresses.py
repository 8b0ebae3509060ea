"""Which addresses are public: only globally routable unicast. Decided here, since `ipaddress` differs by version.

Sources: the special-purpose registries of IANA (RFC 6890 and later), and what clouds keep inside public ranges.
"""

import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the host of an Azure machine
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4, withdrawn
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved and broadcast
    )
)
# All other space of IPv6 is local, multicast, reserved or not given out.
_UNICAST_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, benchmarking, identifiers
        "2001:db8::/32",  # documentation
        "3ffe::/16",  # an experiment, returned
        "3fff::/20",  # documentation
    )
)

# Compatible, mapped and translated (NAT64) addresses end with the IPv4 address that they stand for.
_ENDING_IN_IPV4 = (IPv6Network("::/96"), IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))


def is_public(address: Address) -> bool:
    """Tell whether an address is globally routable unicast. One that carries IPv4 is as public as that is."""
    if isinstance(address, IPv4Address):
        return not is_within(address, _NOT_PUBLIC_V4)
    if carried := _carried(address):
        return all(is_public(inner) for inner in carried)
    return address in _UNICAST_V6 and not is_within(address, _NOT_PUBLIC_V6)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Tell whether an address is in one of the networks. A mapped one is the IPv4 address that a socket makes of it."""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return any(address in network for network in networks)


def read_literal(host: str) -> Address | None:
    """Read an address in any spelling that resolvers take for one, as 127.1 or 0x7f000001; None when it is a name."""
    with suppress(ValueError):
        return ip_address(host)
    with suppress(ValueError, OSError):
        return IPv4Address(socket.inet_aton(host))
    return None


def _carried(address: IPv6Address) -> Sequence[IPv4Address]:
    """Give the IPv4 addresses to which packets for an address of a transition mechanism really go."""
    if any(address in network for network in _ENDING_IN_IPV4):
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or ()
