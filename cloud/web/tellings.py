"""Who was told of an alert, as a page lists it: whom, by which way, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.ports import HELD_CHANNEL, Alert, HandOff
from cloud.services import Services
from cloud.web.undelivered import failure
from cloud.web.words import N_, OfAlerts, Phrase, Sentence

__all__ = ["Telling", "tellings"]

_HANDED_OVER: Final = Sentence(message=N_("handed over"))
_FAILED: Final = Sentence(message=N_("failed"))
_HELD_BACK: Final = Sentence(message=N_("held back"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One of them. `who` is None if it was held back from everyone; `why` is what held it back or failed."""

    who: str | None
    way: Phrase | None
    became: Sentence
    why: Phrase | None
    at_ms: int


def tellings(services: Services, alert: Alert) -> Sequence[Telling]:
    """Return them in the order in which they happened."""
    return [_telling(services, each) for each in services.alerts.hand_offs_of(alert.id)]


def _telling(services: Services, given: HandOff) -> Telling:
    person = services.directory.person(given.person_id) if given.person_id else None
    who = person.display_name if person else None
    if given.is_hold:
        return Telling(who=who, way=None, became=_HELD_BACK, why=_hold(given), at_ms=given.at_ms)
    why = None if given.error is None else failure(given.error)
    became = _HANDED_OVER if given.error is None else _FAILED
    return Telling(who=who, way=_way(given.channel), became=became, why=why, at_ms=given.at_ms)


def _hold(given: HandOff) -> OfAlerts:
    reason = given.channel.removeprefix(HELD_CHANNEL)
    return OfAlerts(told=lambda reader: reader.words.holds.get(reason, reason))


def _way(channel: str) -> OfAlerts:
    """Return what a channel is called; one of another program, by its name."""
    return OfAlerts(
        told=lambda reader: {str(key): said for key, said in reader.words.channels.items()}.get(
            channel, channel
        )
    )
