"""Which addresses may be connected to: those that everybody can reach.

Asked of the very address that a socket is about to connect to, so that neither a name that changes between two look-ups
nor a redirect gets past it.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

Address = IPv4Address | IPv6Address
Network = Any  # an IPv4Network or IPv6Network: what `ip_network` returns
EVERYWHERE: Final[tuple[Network, ...]] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_TRANSLATED: Final = (  # an IPv4 address in the last 32 bits; the second, for one's own network, leads anywhere
    IPv6Network("64:ff9b::/96"),
)
_NOWHERE: Final[tuple[Network, ...]] = (
    ip_network("0.0.0.0/8"),
    ip_network("100.64.0.0/10"),  # of providers, between them and their customers
    ip_network("192.0.0.0/24"),
    ip_network("192.88.99.0/24"),
    ip_network("198.18.0.0/15"),
    ip_network("240.0.0.0/4"),
    ip_network("::/96"),  # IPv4 in IPv6 as it was once written
    ip_network("64:ff9b:1::/48"),
    ip_network("100::/64"),
    ip_network("fec0::/10"),
    ip_network("5f00::/16"),
)


class NotPublicError(OSError):
    """The address is in a network that others can't reach."""


def is_public(address: Address) -> bool:
    """Can everybody reach it? What is written in it in another form has to be public too."""
    if any(address.version == net.version and address in net for net in _NOWHERE):
        return False
    if isinstance(address, IPv6Address):
        inner = _within(address)
        if inner:
            return all(is_public(one) for one in inner)
    return address.is_global and not (
        address.is_multicast or address.is_private or address.is_reserved or address.is_link_local
    )


def _within(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that it leads to: mapped, by 6to4, by Teredo, by NAT64."""
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if any(address in net for net in _TRANSLATED):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


class Guard:
    """Makes the sockets of one fetch; `allowed`: networks to which it may connect beside those that all can reach."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self.allowed = allowed
        self.refused = False

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for this address. Raises NotPublicError."""
        family, kind, proto, _, where = info
        if not self._may(where[0]):
            self.refused = True
            raise NotPublicError(f"not a public address: {where[0]}")
        return socket.socket(family=family, type=kind, proto=proto)

    def _may(self, host: str) -> bool:
        address = ip_address(host.partition("%")[0])
        return is_public(address) or any(
            address.version == net.version and address in net for net in self.allowed
        )
