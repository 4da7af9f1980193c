"""What is broken, what waits for somebody, and what to know: found in every part, the worst first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cloud.attention import alarming
from cloud.gateways.overview import GatewayState, identities
from cloud.ports import FAILED, RolloutState
from cloud.services import Services
from cloud.web.headline import QUIET_AFTER_MS
from cloud.web.words import N_, NN_, Plural, Sentence, lasting
from vitals.errors import StorageError

__all__ = ["LOW_BATTERY_PERCENT", "Finding", "findings", "silent_gateways"]

BEHIND_MS: Final = 900_000
"""A gateway that is heard delivers within minutes: what waits for longer has a reason."""
LOW_BATTERY_PERCENT: Final = 15
ALARMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alarm.ledger-changed": N_("{gateway} says that the ledger is not what it was."),
        "alarm.trust-damaged": N_("{gateway} no longer knows whom to take settings and models from."),
    }
)
"""What a gateway says of itself, by the counter it says it by."""
_MOST_ROLLOUTS: Final = 50
_MOST_BREAKS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence, and where more of it stands; `is_broken`: something does not work, or waits for you."""

    sentence: Sentence
    path: str
    is_broken: bool = True


_Look = Callable[[Services], Iterator[Finding]]


def findings(services: Services) -> Sequence[Finding]:
    """Return everything that is found; a part whose store does not answer is found broken by that."""
    found: list[Finding] = []
    for path, look in _LOOKS.items():
        try:
            found += look(services)
        except StorageError:
            found.append(Finding(sentence=_UNANSWERED, path=path))
    return sorted(found, key=lambda one: not one.is_broken)


def silent_gateways(services: Services) -> Mapping[str, int]:
    """Return for how long each gateway is silent that is let in and was heard before, the longest first."""
    now_ms = services.clock.wall_ms()
    out = {
        each.gateway
        for each in identities(services.enrolment.book, now_ms)
        if each.state is GatewayState.REVOKED
    }
    silent = {
        gateway: now_ms - heard_ms
        for gateway, heard_ms in services.gateways.heard_gateways().items()
        if gateway not in out and now_ms - heard_ms > QUIET_AFTER_MS
    }
    return dict(sorted(silent.items(), key=lambda each: -each[1]))


def _parts(services: Services) -> Iterator[Finding]:
    yield from _some(
        len(services.troubles()),
        NN_("{n} part of the service is not well.", "{n} parts of the service are not well."),
        "/admin/health",
    )


def _gateways(services: Services) -> Iterator[Finding]:
    silent = silent_gateways(services)
    if silent:
        (first, longest_ms), *more = silent.items()
        message = NN_("{n} gateway silent for {long}.", "{n} gateways silent, the longest for {long}.")
        yield Finding(
            sentence=Sentence(message=message, fields={"n": len(silent), "long": lasting(longest_ms)}),
            path="/admin/gateways?show=silent" if more else f"/admin/gateways/{first}",
        )
    now_ms = services.clock.wall_ms()
    needing = [
        each.gateway
        for each in identities(services.enrolment.book, now_ms)
        if each.state is not GatewayState.REVOKED and (each.is_ending or each.has_twin)
    ]
    yield from _some(
        len(needing),
        NN_(
            "{n} gateway cannot keep its access, or shares it.",
            "{n} gateways cannot keep their access, or share it.",
        ),
        "/admin/gateways" if len(needing) > 1 else f"/admin/gateways/{needing[0] if needing else ''}",
    )
    behind = [
        gateway
        for gateway in services.gateways.heard_gateways()
        if gateway not in silent and _is_behind(services, gateway, now_ms)
    ]
    yield from _some(
        len(behind),
        NN_("{n} gateway is behind with what it keeps.", "{n} gateways are behind with what they keep."),
        "/admin/gateways" if len(behind) > 1 else f"/admin/gateways/{behind[0] if behind else ''}",
    )


def _alarms(services: Services) -> Iterator[Finding]:
    for gateway, key in alarming(services.gateways):
        sentence = Sentence(message=ALARMS[key], fields={"gateway": gateway})
        yield Finding(sentence=sentence, path=f"/admin/gateways/{gateway}")


def _is_behind(services: Services, gateway: str, now_ms: int) -> bool:
    told = services.gateways.gateway_report(gateway)
    oldest_ms = None if told is None else told[0].oldest_unsent_ms
    return oldest_ms is not None and now_ms - oldest_ms > BEHIND_MS


def _quarantine(services: Services) -> Iterator[Finding]:
    yield from _some(
        sum(share.records for share in services.quarantine.shares()),
        NN_("{n} record could not be taken in and is set aside.", "{n} records are set aside."),
        "/admin/quarantine",
    )


def _devices(services: Services) -> Iterator[Finding]:
    yield from _some(
        len({each.device for each in services.unbound.unbound_devices()}),
        NN_(
            "{n} device measures, and nobody is said to wear it.",
            "{n} devices measure, and nobody is said to wear them.",
        ),
        "/admin/devices?show=nobodys",
    )
    low = [
        each
        for each in services.directory.every_device()
        if each.patient_id is not None
        and each.battery_percent is not None
        and each.battery_percent <= LOW_BATTERY_PERCENT
    ]
    yield from _some(
        len(low),
        NN_("{n} device that is worn needs a new battery.", "{n} devices that are worn need new batteries."),
        "/admin/devices?show=low",
    )


def _rollouts(services: Services) -> Iterator[Finding]:
    book = services.rollouts.book
    failing = [
        each
        for each in book.rollouts(_MOST_ROLLOUTS)
        if each.state in {RolloutState.RUNNING, RolloutState.PAUSED}
        and any(one.progress in FAILED for one in book.progress_of(each.id).values())
    ]
    yield from _some(
        len(failing),
        NN_("{n} roll-out does not go well everywhere.", "{n} roll-outs do not go well everywhere."),
        "/admin/rollouts",
    )


def _emergencies(services: Services) -> Iterator[Finding]:
    waiting = sum(1 for each in services.glass.all(_MOST_BREAKS) if each.reviewed_ms is None)
    yield from _some(
        waiting,
        NN_(
            "{n} emergency opening waits to be looked into.", "{n} emergency openings wait to be looked into."
        ),
        "/admin/emergencies",
    )


def _people(services: Services) -> Iterator[Finding]:
    yield from _some(
        len(services.entrance.people.waiting()),
        NN_("{n} person was invited and has not come yet.", "{n} people were invited and have not come yet."),
        "/admin/people?show=waiting",
        is_broken=False,
    )


def _settings(services: Services) -> Iterator[Finding]:
    yield from _some(
        len(services.warnings),
        NN_("{n} setting is not safe.", "{n} settings are not safe."),
        "/admin/health",
        is_broken=False,
    )


def _some(count: int, message: Plural, path: str, *, is_broken: bool = True) -> Iterator[Finding]:
    if count:
        yield Finding(
            sentence=Sentence(message=message, fields=MappingProxyType({"n": count})),
            path=path,
            is_broken=is_broken,
        )


_UNANSWERED: Final = Sentence(message=N_("A part of this cannot be looked at: its store does not answer."))
# The worst first: what keeps everybody from being watched, then what keeps somebody.
_LOOKS: Final[Mapping[str, _Look]] = MappingProxyType(
    {
        "/admin/health": _parts,
        "/admin/gateways": _gateways,
        "/admin/gateways#alarms": _alarms,
        "/admin/quarantine": _quarantine,
        "/admin/devices": _devices,
        "/admin/rollouts": _rollouts,
        "/admin/emergencies": _emergencies,
        "/admin/people": _people,
        "/admin/health#settings": _settings,
    }
)
