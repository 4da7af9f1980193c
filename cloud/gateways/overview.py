"""How every gateway stands, in one value each; and what of it somebody must know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.gateways.authority import DAY_MS, Authority
from cloud.ports import GatewayBook, GatewayCertificate, GatewayStanding

__all__ = ["GatewayIdentity", "GatewayState", "identities", "known_alarms", "token_troubles", "troubles_of"]

SOON_MS: Final = 14 * DAY_MS
"""A gateway renews when a third of its certificate's life is left: at less it has failed for long."""
_TOLD_MS: Final = 2 * DAY_MS
_AUTHORITY_SOON_MS: Final = 180 * DAY_MS
ENDING: Final = "certificate-ending"
TWINS: Final = "two-of-one"


class GatewayState(StrEnum):
    """What a gateway is to the authority."""

    ENROLLED = "enrolled"
    EXPIRED = "expired"
    REVOKED = "revoked"
    INVITED = "invited"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayIdentity:
    """A gateway that was let in, invited or revoked; `expires_ms`: when its newest certificate ends."""

    gateway: str
    enrolled_ms: int | None
    expires_ms: int | None
    revoked_ms: int | None
    severed_ms: int | None
    twinned_ms: int | None
    patients: frozenset[str] | None
    invited_until_ms: int | None
    replayed_ms: int | None
    now_ms: int

    @property
    def state(self) -> GatewayState:
        """What it is now."""
        if self.revoked_ms is not None:
            return GatewayState.REVOKED
        if self.enrolled_ms is None:
            return GatewayState.INVITED
        is_good = self.expires_ms is not None and self.expires_ms > self.now_ms
        return GatewayState.ENROLLED if is_good else GatewayState.EXPIRED

    @property
    def is_ending(self) -> bool:
        """Whether its certificate ends soon, or has ended, and it did not renew it."""
        if self.state is GatewayState.EXPIRED:
            return True
        is_enrolled = self.state is GatewayState.ENROLLED and self.expires_ms is not None
        return is_enrolled and (self.expires_ms or 0) - self.now_ms < SOON_MS

    @property
    def has_twin(self) -> bool:
        """Whether two computers used its certificate lately."""
        return self.twinned_ms is not None and self.now_ms - self.twinned_ms < DAY_MS


_Finding = Callable[[GatewayIdentity], bool]


def identities(book: GatewayBook, now_ms: int) -> Sequence[GatewayIdentity]:
    """Return how every gateway stands, by id."""
    standings, certificates = book.standings(), _newest_good(book.certificates())
    waiting: dict[str, int] = {}
    replayed: dict[str, int] = {}
    for each in book.invitations():
        if each.used_ms is None and each.expires_ms > now_ms:
            waiting[each.gateway] = max(each.expires_ms, waiting.get(each.gateway, 0))
        if each.replayed_ms is not None:
            replayed[each.gateway] = max(each.replayed_ms, replayed.get(each.gateway, 0))
    return [
        _identity(
            standings.get(name) or GatewayStanding(gateway=name),
            certificates.get(name),
            waiting.get(name),
            replayed.get(name),
            now_ms,
        )
        for name in sorted(standings.keys() | certificates.keys() | waiting.keys())
    ]


def troubles_of(
    found: Sequence[GatewayIdentity], authority: Authority | None, now_ms: int
) -> tuple[str, ...]:
    """Return, in words, what administrators must know of gateways and of the authority."""
    said = [
        words.format(each, _day(each)) for each in found for words, is_so in _TROUBLES.items() if is_so(each)
    ]
    if authority is not None and authority.expires_ms - now_ms < _AUTHORITY_SOON_MS:
        said.append(
            f"gateways: the authority ends {_date(authority.expires_ms)}: `carewire cloud authority renew`"
        )
    return tuple(said)


def token_troubles(found: Sequence[GatewayIdentity], ending: Mapping[str, int]) -> tuple[str, ...]:
    """Return, in words, which gateways' last token for HTTP ends or has ended, of those not revoked."""
    revoked = {each.gateway for each in found if each.state is GatewayState.REVOKED}
    return tuple(
        f"gateways: {gateway}'s token for HTTP ends {_date(ends_ms)}: make another with "
        f"`carewire cloud gateway add {gateway}`, and put it where its http.token_file is"
        for gateway, ends_ms in sorted(ending.items())
        if gateway not in revoked
    )


def known_alarms(found: Sequence[GatewayIdentity]) -> Mapping[str, frozenset[str]]:
    """Return which alarms of each gateway its family is to be told, as the service itself knows them."""
    return {
        each.gateway: frozenset(alarm for alarm, is_so in _ALARMS.items() if is_so(each)) for each in found
    }


_ALARMS: Final[Mapping[str, _Finding]] = MappingProxyType(
    {
        ENDING: lambda each: each.is_ending,
        TWINS: lambda each: each.has_twin and each.state is not GatewayState.REVOKED,
    }
)
_TROUBLES: Final[Mapping[str, _Finding]] = MappingProxyType(
    {
        "gateways: {0.gateway}'s certificate ends {1} and was not renewed: see its log, or enrol it again": (
            lambda each: each.is_ending
        ),
        "gateways: two computers use {0.gateway}'s certificate: a card was copied; enrol one of them anew": (
            lambda each: each.has_twin and each.state is not GatewayState.REVOKED
        ),
        "gateways: somebody came with a code for {0.gateway} that was used: if none of yours, revoke it": (
            lambda each: each.replayed_ms is not None and each.now_ms - each.replayed_ms < _TOLD_MS
        ),
    }
)


def _newest_good(certificates: Sequence[GatewayCertificate]) -> Mapping[str, GatewayCertificate]:
    newest: dict[str, GatewayCertificate] = {}
    for each in certificates:
        if each.revoked_ms is None:
            newest.setdefault(each.gateway, each)
    return newest


def _identity(
    standing: GatewayStanding,
    certificate: GatewayCertificate | None,
    invited_until_ms: int | None,
    replayed_ms: int | None,
    now_ms: int,
) -> GatewayIdentity:
    return GatewayIdentity(
        gateway=standing.gateway,
        enrolled_ms=standing.enrolled_ms,
        expires_ms=None if certificate is None else certificate.expires_ms,
        revoked_ms=standing.revoked_ms,
        severed_ms=standing.severed_ms,
        twinned_ms=standing.twinned_ms,
        patients=standing.patients,
        invited_until_ms=invited_until_ms,
        replayed_ms=replayed_ms,
        now_ms=now_ms,
    )


def _day(each: GatewayIdentity) -> str:
    return "" if each.expires_ms is None else _date(each.expires_ms)


def _date(t_ms: int) -> str:
    return f"{datetime.fromtimestamp(t_ms / 1000, UTC):%Y-%m-%d}"
