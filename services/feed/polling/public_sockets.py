"""Where a feed may lead, judged when its socket is made: no name, redirect or DNS change gets around it."""

from __future__ import annotations

import ipaddress
import socket

import aiohttp

REFUSED = "an address of a private network, which no feed may have (KHABAR_FEEDS_PRIVATE=yes allows it)"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddress(OSError):
    """The host of a feed lies in a network that is nobody else's business."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is public; one that wraps an IPv4 address is judged by that."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif found in _NAT64:
            found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        elif found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def public_socket(info: aiohttp.AddrInfoType) -> socket.socket:
    """Make a socket for a connection to *info*; raises PrivateAddress."""
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise PrivateAddress(REFUSED)
    return socket.socket(family=family, type=kind, proto=protocol)
