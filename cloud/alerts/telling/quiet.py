"""Whom an alert is not to disturb now: quiet hours, and what somebody does not want to hear of at all.

High priority disturbs everybody, whatever they set.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from cloud.alerts.telling.batch import Batch, HoldReason, Hush, Parcel, Situation
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Preferences, Priority

__all__ = ["LOUDNESS", "Quiet", "hush_of"]

LOUDNESS: Final = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2}


class Quiet:
    """The stage that says whom to let sleep; `local` is the time by which people's nights are."""

    def __init__(self, local: LocalTime) -> None:
        self._local = local

    def __call__(self, batch: Batch, situation: Situation) -> Batch:
        """Note with each parcel whom not to disturb."""
        return replace(batch, going=tuple(self._marked(one, situation) for one in batch.going))

    def _marked(self, parcel: Parcel, situation: Situation) -> Parcel:
        lead = parcel.alerts[0]
        circle = situation.circle(lead.patient_id)
        found = (
            (one.id, hush_of(circle.preferences_of(one.id), lead.priority, situation.now_ms, self._local))
            for one in circle.people
        )
        return replace(parcel, hushed={who: hush for who, hush in found if hush is not None})


def hush_of(wants: Preferences, priority: Priority, now_ms: int, local: LocalTime) -> Hush | None:
    """Return why somebody is not to be disturbed by alerts of a priority now; None: they may be."""
    if priority is Priority.HIGH:
        return None
    if LOUDNESS[priority] < LOUDNESS[wants.least_priority]:
        because = f"this person wants to hear of {wants.least_priority} priority and above"
        return Hush(reason=HoldReason.UNWANTED, because=because)
    until_ms = _quiet_until_ms(wants, now_ms, local)
    if until_ms is None:
        return None
    return Hush(reason=HoldReason.QUIET_HOURS, because="this person's quiet hours", until_ms=until_ms)


def _quiet_until_ms(wants: Preferences, now_ms: int, local: LocalTime) -> int | None:
    """Return when the quiet hours end in which somebody is now; None: they are in none."""
    from_minute, until_minute = wants.quiet_from_minute, wants.quiet_until_minute
    if from_minute is None or until_minute is None or from_minute == until_minute:
        return None
    today = local.at(now_ms).date()
    for day in (today - timedelta(days=1), today):
        ends_on = day if from_minute < until_minute else day + timedelta(days=1)
        until_ms = local.minute_ms(ends_on, until_minute)
        if local.minute_ms(day, from_minute) <= now_ms < until_ms:
            return until_ms
    return None
