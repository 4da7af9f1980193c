"""Where a message may go: to hosts of the open internet, and to those near by that the settings name.

An address that people type in would else be a way to make the service speak to what only it can reach.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple

from vitals.errors import DeliveryError, MessageRefusedError

__all__ = ["Place", "Reach"]

_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""NAT64 of whoever brings us to the internet (RFC 6052)."""
_GIVEN_OUT: Final = (IPv6Network("2000::/3"), _TRANSLATED)
"""All of IPv6 that stands for hosts of the open internet (IANA); the rest leads who knows where."""


class Place(NamedTuple):
    """A network address that a host name stands for now: what `socket.socket` and its `connect` take."""

    family: int
    address: tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which hosts may be spoken to. `private_hosts` are names and addresses, as they stand in a URL."""

    private_hosts: frozenset[str] = frozenset()

    def is_near(self, host: str) -> bool:
        """Tell whether a host is one that the settings name."""
        return host.lower() in self.private_hosts

    def places(self, host: str, port: int) -> Sequence[Place]:
        """Return the addresses of a host, all of which may be spoken to. Connect to these, not to the name.

        Raises
        ------
        DeliveryError
            It has none now.
        MessageRefusedError
            One of them is of this machine or a network of one's own, and the settings do not name the host.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise DeliveryError(
                "the receiver's host has no address: correct its name, or see to DNS"
            ) from None
        places = [Place(family, (str(at[0]), int(at[1]))) for family, _, _, _, at in found]
        if not self.is_near(host) and not all(_is_open(place.address[0]) for place in places):
            raise MessageRefusedError(
                "the receiver is on this machine or a private network: "
                "have an administrator name its host in private_hosts of the channel's settings"
            )
        return places


def _is_open(address: str) -> bool:
    """Tell whether an address is of the open internet, whatever it is wrapped in."""
    ip = ip_address(address.partition("%")[0])
    is_given_out = isinstance(ip, IPv4Address) or any(ip in each for each in _GIVEN_OUT)
    return is_given_out and all(one.is_global and not one.is_multicast for one in (ip, *_within(ip)))


def _within(ip: IPv4Address | IPv6Address) -> Sequence[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(ip, IPv4Address):
        return ()
    teredo = ip.teredo or ()
    translated = IPv4Address(ip.packed[-4:]) if ip in _TRANSLATED else None
    return [one for one in (ip.ipv4_mapped, ip.sixtofour, *teredo, translated) if one is not None]
