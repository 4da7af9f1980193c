"""Where a request comes from: what a proxy says of it counts only if the proxy is one of ours."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.requests import HTTPConnection

__all__ = ["UNKNOWN", "client_address", "network_of"]

Network = IPv4Network | IPv6Network
UNKNOWN: Final = "unknown"
"""Where nobody says who calls, as over a Unix socket: all such callers are one."""
_PREFIX: Final = {4: 24, 6: 48}
"""What one household or one hirer of addresses has at once: fewer bits would punish neighbours."""


def client_address(request: HTTPConnection, proxies: Sequence[Network]) -> str:
    """Return the address a request comes from.

    The last hop is known; each proxy of ours vouches for the one before it. Whatever a stranger wrote into
    X-Forwarded-For himself stands left of what our first proxy added, and is never reached.
    """
    hop = "" if request.client is None else request.client.host
    said = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    told = [part.strip() for part in said if part.strip()]
    while told and _is_ours(hop, proxies):
        hop = told.pop()
    return hop if _is_address(hop) else UNKNOWN


def network_of(address: str) -> str:
    """Return the network that tries from an address are counted by: /24, or /48 of IPv6."""
    if not _is_address(address):
        return UNKNOWN
    place = ip_address(address)
    mapped = getattr(place, "ipv4_mapped", None) or place
    return str(ip_network(f"{mapped}/{_PREFIX[mapped.version]}", strict=False))


def _is_ours(hop: str, proxies: Sequence[Network]) -> bool:
    return _is_address(hop) and any(ip_address(hop) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text
