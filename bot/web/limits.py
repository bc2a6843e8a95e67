"""How much anybody may ask for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

LONGEST_ADDRESS: Final = 2 * 1024  # bytes of a path with its query
LARGEST_BODY: Final = 64 * 1024
WITHIN: Final = 10.0  # seconds a request may take
CONNECTIONS: Final = 100  # at once
MOST_CONNECTIONS: Final = 2 * CONNECTIONS  # for a moment, until it is seen which of them are idle
CHANCE: Final = 0.2  # seconds: that moment
A_SECOND: Final = 20  # requests of one client
MOST_CLIENTS: Final = 10_000  # remembered


@dataclass
class _Bucket:
    left: float
    at: float


class Rates:
    """Each client may ask so often a second, and so often at once."""

    def __init__(self, a_second: float = A_SECOND, at_once: int = A_SECOND) -> None:
        self.a_second, self.at_once = a_second, at_once
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def takes(self, client: str, at: float) -> bool:
        """One more request is within what the client may."""
        bucket = self._buckets.pop(client, None) or _Bucket(self.at_once, at)
        bucket.left = min(self.at_once, bucket.left + (at - bucket.at) * self.a_second)
        bucket.at = at
        self._buckets[client] = bucket
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True


def client_of(peer: str, forwarded: str, proxies: tuple[IPv4Network | IPv6Network, ...]) -> str:
    """Who asks: the sender, or whom a proxy that is believed names last; of IPv6 addresses, the network."""
    found = _address(peer)
    if found is not None and any(found in network for network in proxies):
        found = _address(forwarded.rpartition(",")[2].strip()) or found
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False))
    return str(found or peer)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
