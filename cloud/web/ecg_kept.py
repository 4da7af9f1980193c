"""The ECG that gateways keep and do not send by themselves: asking for it, and what became of the asking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cloud.access.visits import VisitedPatient
from cloud.api.commands import CommandLife, life_of
from cloud.api.waveforms import LONGEST_MS
from cloud.ports import CommandState
from cloud.services import Services
from cloud.web.words import N_, Sentence
from vitals.errors import ValidationError

__all__ = ["Requested", "ask_round", "requested"]

_KIND: Final = "ecg"
_MOST_SHOWN: Final = 5
_MOST_READ: Final = 100
_SAID: Final[Mapping[CommandLife, str]] = MappingProxyType(
    {
        CommandLife.DONE: N_("The gateway sends it: it shows here as it comes in."),
        CommandLife.PARTLY: N_("The gateway sends what it still has of it."),
        CommandLife.PENDING: N_("Under way: the gateway has not answered yet."),
        CommandLife.REFUSED: N_(
            "Not possible: the gateway has nothing of it any more, or too much else to send just now."
        ),
        CommandLife.FAILED: N_("Not possible: the gateway tried and failed. Ask again later."),
        CommandLife.EXPIRED: N_(
            "Not possible: the gateway did not answer within a day. Ask again once it is connected."
        ),
    }
)
"""Of several gateways asked for the same, what the first of these has come to is what counts."""
_BEST: Final = tuple(_SAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A time that a device's ECG was asked for, and what became of it."""

    from_ms: int
    to_ms: int
    device: str
    asked_ms: int
    said: Sentence


def ask_round(services: Services, visit: VisitedPatient, middle_ms: int) -> None:
    """Ask for the minutes round a moment, up to now.

    Raises
    ------
    ValidationError, NothingWornError, TooManyAskedError
        If nothing was asked.
    """
    now_ms = services.clock.wall_ms()
    from_ms = max(0, middle_ms - LONGEST_MS // 2)
    if from_ms >= now_ms:
        raise ValidationError("that time is still to come: ask for what is past")
    to_ms = min(from_ms + LONGEST_MS, now_ms)
    services.waveform_requests.ask(visit.patient.id, _KIND, from_ms, to_ms, visit.viewer.person)


def requested(services: Services, patient_id: str) -> Sequence[Requested]:
    """Return the times last asked for, newest asking first; what was asked more than once, once."""
    now_ms = services.clock.wall_ms()
    by_part = dict[tuple[str, int, int], list[CommandState]]()
    for each in services.waveform_requests.made(patient_id, _MOST_READ):
        body = each.command.body
        if body["kind"] == _KIND:
            by_part.setdefault((body["device"], body["from_ms"], body["to_ms"]), []).append(each)
    return [_requested(states, now_ms) for states in list(by_part.values())[:_MOST_SHOWN]]


def _requested(states: Sequence[CommandState], now_ms: int) -> Requested:
    newest = states[0].command
    life = min((life_of(each, now_ms) for each in states), key=_BEST.index)
    return Requested(
        from_ms=newest.body["from_ms"],
        to_ms=newest.body["to_ms"],
        device=newest.body["device"],
        asked_ms=newest.issued_ms,
        said=Sentence(message=_SAID[life]),
    )
