"""The first thing on a page: one sentence that answers what its reader came to ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.ports import Alert, AlertState, Family, Patient, Person, Point, Priority
from cloud.web.conditions import condition_name
from cloud.web.words import N_, Sentence, lasting

__all__ = ["QUIET_AFTER_MS", "Headline", "Heard", "alert_headline", "by_urgency", "headline"]

QUIET_AFTER_MS: Final = 120_000
"""A heart rate older than this is no answer to "how is he now"."""

_RANK: Final = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The sentence, and the alert it speaks of, if it does; not `is_told`: what it would say is not open."""

    sentence: Sentence
    alert: Alert | None = None
    is_calm: bool = False
    is_told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the sensors last said: the newest heart rate, and whether one is on the body, or may be.

    `measured_ms` is when anything besides the heart was last measured.
    """

    newest: Point | None
    is_worn: bool = True
    measured_ms: int | None = None


def by_urgency(alert: Alert) -> tuple[bool, int, bool, int]:
    """Sort key: unacknowledged first, then by priority, the body before the equipment, the longest first."""
    return (
        not alert.state.awaits_a_person,
        _RANK[alert.priority],
        alert.family is Family.TECHNICAL,
        alert.began_ms,
    )


def headline(
    person: Person,
    patient: Patient,
    open_alerts: Sequence[Alert] | None,
    heard: Heard | None,
    now_ms: int,
) -> Headline:
    """Answer `person`'s question about `patient`; with no sensor worn there is nothing to call usual.

    Nothing is called usual either by half of what is known: alerts or what was heard may not be open (None).
    """
    own = person.patient_id == patient.id
    if open_alerts:
        return _of_alerts(sorted(open_alerts, key=by_urgency), patient, now_ms, own=own)
    if open_alerts is None:
        return Headline(sentence=_said(patient, N_("{who}: alerts are not open to you.")), is_told=False)
    if heard is None:
        return Headline(sentence=_said(patient, N_("{who}: no open alert.")), is_calm=True)
    return _of_silence(patient, heard, now_ms, own=own) or _of_wear(patient, heard, own=own)


def alert_headline(person: Person, patient: Patient, alert: Alert, now_ms: int) -> Sentence:
    """Say of one alert how it stands."""
    own = person.patient_id == patient.id
    if alert.state is not AlertState.RESOLVED or alert.resolved_ms is None:
        return _of_alerts([alert], patient, now_ms, own=own).sentence
    message = (
        N_("It is over: {what}. It lasted {long}.") if own else N_("{who}: {what}. Over; it lasted {long}.")
    )
    long = lasting(alert.resolved_ms - alert.began_ms)
    return _said(patient, message, what=condition_name(alert), long=long)


def _of_silence(patient: Patient, heard: Heard, now_ms: int, *, own: bool) -> Headline | None:
    """Say that nothing new is heard, if so."""
    if heard.newest is None and heard.measured_ms is not None:
        message = (
            N_("No alert. Your last reading is {long} old.")
            if own
            else N_("{who}: no alert, the last reading is {long} old.")
        )
        return Headline(sentence=_said(patient, message, long=lasting(now_ms - heard.measured_ms)))
    if heard.newest is None:
        message = (
            N_("No reading of yours has arrived yet.") if own else N_("{who}: no reading has arrived yet.")
        )
        return Headline(sentence=_said(patient, message))
    silence_ms = now_ms - heard.newest.t_ms
    if silence_ms <= QUIET_AFTER_MS:
        return None
    message = (
        N_("Nothing has been heard from your sensor for {long}.")
        if own
        else N_("{who}: nothing heard for {long}.")
    )
    return Headline(sentence=_said(patient, message, long=lasting(silence_ms)))


def _of_wear(patient: Patient, heard: Heard, *, own: bool) -> Headline:
    if not heard.is_worn:
        message = N_("Your sensor is not worn.") if own else N_("{who}: the sensor is not worn.")
        return Headline(sentence=_said(patient, message))
    message = N_("Everything looks as usual for you.") if own else N_("{who}: everything looks as usual.")
    return Headline(sentence=_said(patient, message), is_calm=True)


def _said(patient: Patient, message: str, **fields: object) -> Sentence:
    return Sentence(message=message, fields={"who": patient.display_name, **fields})


def _of_alerts(alerts: Sequence[Alert], patient: Patient, now_ms: int, *, own: bool) -> Headline:
    first = alerts[0]
    fields = {
        "who": patient.display_name,
        "what": condition_name(first),
        "long": lasting(now_ms - first.began_ms),
        "more": len(alerts) - 1,
    }
    message = _MESSAGES[own, first.state.awaits_a_person]
    sentence = Sentence(message=message, fields=fields)
    if len(alerts) > 1:
        sentence = Sentence(message=N_("{first} And {more} more."), fields={"first": sentence, **fields})
    return Headline(sentence=sentence, alert=first)


_MESSAGES: Final = {
    (False, True): N_("{who}: {what} for {long}, not yet acknowledged."),
    (False, False): N_("{who}: {what} for {long}, being looked after."),
    (True, True): N_("For {long}: {what}. Nobody has answered yet."),
    (True, False): N_("For {long}: {what}. Somebody is looking after it."),
}
