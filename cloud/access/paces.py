"""How much of the service one caller may ask for, so that nobody's asking keeps another waiting.

Whoever proves who they are has an allowance of their own for each sort of effort; whoever does not shares
that of their address. So a program that asks without end costs its owner neither the pages nor the alerts,
and a stranger behind the same address costs nobody. What gateways bring is never held up here: the batch desk
has bounds of its own. Every process counts for itself.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from typing import Final

from starlette.requests import HTTPConnection

from cloud.access.addresses import Network, client_address
from cloud.access.errors import TooManyRequestsError
from cloud.access.pace import Allowance, Pace
from cloud.access.sessions import Viewer

__all__ = ["ALLOWANCES", "STRANGERS", "Effort", "Paces", "address_of"]


class Effort(StrEnum):
    """What answering costs, and who is kept waiting by a refusal."""

    LOOK = "look"
    ASK = "ask"
    RECKON = "reckon"
    LISTEN = "listen"


ALLOWANCES: Final[Mapping[Effort, Allowance]] = MappingProxyType(
    {
        Effort.LOOK: Allowance(
            at_once=300, each_s=0.1
        ),  # pages and alerts: what hands and open pages ask for
        Effort.ASK: Allowance(at_once=600, each_s=0.05),
        Effort.RECKON: Allowance(at_once=30, each_s=2.0),  # over days or years of readings
        Effort.LISTEN: Allowance(at_once=60, each_s=1.0),  # streams; a page that lost its own comes every 4 s
    }
)
STRANGERS: Final = Allowance(at_once=240, each_s=0.25)
_IPV6_OF_ONE: Final = 64
_REFUSAL: Final = "you ask for more than is served at once: wait as long as Retry-After says, then go on"


@dataclass(slots=True)
class Paces:
    """Counts what callers ask for. May be asked from any thread."""

    monotonic_s: Callable[[], float]
    _of_people: Mapping[Effort, Pace] = field(init=False)
    _of_strangers: Pace = field(init=False)

    def __post_init__(self) -> None:
        self._of_people = {
            effort: Pace(allowance=allowance, monotonic_s=self.monotonic_s)
            for effort, allowance in ALLOWANCES.items()
        }
        self._of_strangers = Pace(allowance=STRANGERS, monotonic_s=self.monotonic_s)

    def count(self, viewer: Viewer, effort: Effort) -> None:
        """Count a request of somebody known; a program with a token of its own counts for itself.

        Raises
        ------
        TooManyRequestsError
            If their allowance for such an effort is used up.
        """
        key = viewer.person.id if viewer.limits is None else viewer.session
        _refuse_if(self._of_people[effort].take(key))

    def count_stranger(self, address: str) -> None:
        """Count a request of nobody known.

        Raises
        ------
        TooManyRequestsError
            If the allowance of those at this address is used up.
        """
        _refuse_if(self._of_strangers.take(address))


def address_of(request: HTTPConnection, proxies: Sequence[Network] = ()) -> str:
    """Return whose address this is: of IPv6 the network, for one caller has all of it."""
    host = client_address(request, proxies)
    try:
        found = ip_address(host)
    except ValueError:
        return host
    return host if found.version == 4 else str(ip_network((found, _IPV6_OF_ONE), strict=False))  # noqa: PLR2004


def _refuse_if(wait_s: float) -> None:
    if wait_s:
        raise TooManyRequestsError(_REFUSAL, again_s=math.ceil(wait_s))
