"""Learning what is usual for one patient: weeks of readings summed up once, and kept up after that."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from cloud.early_warning.history import HOUR_MS, History, NightRead
from cloud.early_warning.quantities import LEARNT
from vitals.features.baseline import KEPT_DAYS, PersonalBaseline
from vitals.scores.night_signal import Night, NightAlert, night_signal

__all__ = ["AGAIN_AFTER_MS", "Learner", "Learnt"]

AGAIN_AFTER_MS: Final = HOUR_MS
"""How long what was learnt is believed before it is kept up."""
_LATE_MS: Final = 48 * HOUR_MS
"""How late a gateway's records may come and still be learnt; what comes later counts after a restart."""
_MOST_NIGHTS: Final = 90
"""The rule's median is of all nights there are; of these many at most here."""


@dataclass(slots=True)
class Learnt:
    """What is known of one patient, of each quantity ever measured, as of `until_ms`; None before that."""

    baselines: dict[str, PersonalBaseline] = field(default_factory=dict)
    nights: dict[date, NightRead] = field(default_factory=dict)
    until_ms: int | None = None

    def is_due(self, now_ms: int) -> bool:
        """Tell whether it is to be learnt or kept up; a clock that went back makes it so too."""
        return self.until_ms is None or not 0 <= now_ms - self.until_ms < AGAIN_AFTER_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """Learns from one patient's history, which takes seconds the first time."""

    history: History

    def learn(self, patient_id: str, learnt: Learnt, now_ms: int) -> None:
        """Bring what is known up to now.

        Raises
        ------
        StorageError
            If the store cannot answer: it is to be learnt again.
        """
        since_ms, nights = KEPT_DAYS * 24 * HOUR_MS, _MOST_NIGHTS
        if learnt.until_ms is not None and now_ms >= learnt.until_ms:
            missed_ms = now_ms - learnt.until_ms + _LATE_MS
            since_ms, nights = min(since_ms, missed_ms), min(nights, missed_ms // (24 * HOUR_MS) + 1)
        self._learn_nights(patient_id, learnt, now_ms, nights)
        flagged = _flagged(learnt)
        for quantity in LEARNT:
            means = self.history.by_hour(patient_id, quantity, now_ms - since_ms, now_ms)
            if not means and quantity.key not in learnt.baselines:
                continue
            baseline = learnt.baselines.setdefault(quantity.key, PersonalBaseline(quantity.least_spread))
            for from_ms, mean in means.items():
                local = self.history.local.at(from_ms)
                baseline.learn(local.toordinal(), local.hour, mean)
            for night in flagged:
                baseline.flag(night.date.toordinal())
        learnt.until_ms = now_ms

    def night(self, learnt: Learnt, now_ms: int) -> Night | None:
        """Return the newest night that is over; None if it was not measured."""
        nights = _judged(learnt)
        return nights[-1] if nights and nights[-1].date == self.history.last_night(now_ms) else None

    def _learn_nights(self, patient_id: str, learnt: Learnt, now_ms: int, nights: int) -> None:
        last_night = self.history.last_night(now_ms)
        dates = [last_night - timedelta(days=back) for back in range(nights)]
        learnt.nights |= {night.date: night for night in self.history.nights(patient_id, dates)}
        for old in sorted(learnt.nights)[:-_MOST_NIGHTS]:
            del learnt.nights[old]


def _judged(learnt: Learnt) -> tuple[Night, ...]:
    return night_signal({night.date: night.mean for night in learnt.nights.values()})


def _flagged(learnt: Learnt) -> list[Night]:
    """Nights whose days are not learnt from: an illness must not become what is usual."""
    return [night for night in _judged(learnt) if night.is_settled and night.alert is not NightAlert.GREEN]
