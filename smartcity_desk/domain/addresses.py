"""Which addresses of the network a stranger's link may lead to: public ones, and nothing else.

A link in a report is written by anybody. Followed to an address inside of the building it would ask, in the unit's
name, for what only the building may ask for (a router, a printer, a cloud's own metadata). The special addresses are
those of IANA's registries, as the standard library knows them.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 2_000
PORTS: Final = frozenset({80, 443})
"""Of the well-known ones, those that speak HTTP; from 1024 on every port may."""
_NAT64: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_OLD: Final = (
    ip_network("::/96"),  # an IPv4 address in the compatible form that nobody uses any more
    ip_network("fec0::/10"),  # what private addresses of a site once were
)
_RELAYS: Final = ip_network("192.88.99.0/24")


def is_public(address: str) -> bool:
    """Whether an address belongs to the open internet. What is no address is not public.

    An IPv6 address that stands for an IPv4 one (mapped, translated, tunnelled) is as public as that one.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if "%" in address:
        return False  # a zone: it holds on this machine only
    return all(_is_open(one) for one in (found, *_inside(found)))


def _is_open(one: IPv4Address | IPv6Address) -> bool:
    if any(one.version == net.version and one in net for net in (*_OLD, _RELAYS)):
        return False
    return one.is_global and not (
        one.is_private
        or one.is_loopback
        or one.is_link_local
        or one.is_multicast
        or one.is_reserved
        or one.is_unspecified
    )


def _inside(found: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address carries."""
    if isinstance(found, IPv4Address):
        return ()
    carried = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if any(found in net for net in _NAT64):
        carried.append(IPv4Address(int(found) & 0xFFFFFFFF))
    return tuple(one for one in carried if one is not None)


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine by its name or its number."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def host_of(url: str) -> tuple[str, int] | None:
    """Host and port of an address that may be followed at all, or None for any other.

    It has to be http(s), short, without a name and password in it, and on a port that speaks HTTP.
    """
    if len(url) > LONGEST or any(letter.isspace() or ord(letter) < 0x20 or letter == "\\" for letter in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    return (parts.hostname, port) if port in PORTS or port >= 1024 else None


def literal(host: str) -> list[str]:
    """The address that a host's number spells, in whatever way (octal, hexadecimal, one large number); else none."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except (OSError, ValueError):
        return []
