"""Which of what is owed is to be looked at now: what is new, what can have changed, and what is due again.

What is held waits for a time (`Held.until_ms`) or for something else to happen. What happens to the
patient's alerts shows in what is owed; what happens elsewhere (somebody is granted access) does not, so a
hold is looked at again after as long as it has lasted, within bounds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cloud.alerts.telling.stages import Held
from cloud.ports import AlertState, Owing

__all__ = ["LONGEST_LOOK_MS", "SHORTEST_LOOK_MS", "Agenda", "look_again_ms"]

SHORTEST_LOOK_MS: Final = 5_000
LONGEST_LOOK_MS: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    """A hold: of which state, since when, and from when to when it need not be looked at."""

    state: AlertState
    since_ms: int
    seen_ms: int
    again_ms: int

    def is_due(self, state: AlertState, now_ms: int) -> bool:
        """Tell whether to look; a clock that was set back has everything looked at."""
        return state is not self.state or not self.seen_ms <= now_ms < self.again_ms


@dataclass(slots=True, kw_only=True)
class Agenda:
    """What was held, and when to look at it again. Lost with the process: then all is looked at once."""

    _noted: dict[str, _Noted] = field(default_factory=dict)

    def due(self, owing: Sequence[Owing], now_ms: int) -> Sequence[Owing]:
        """Return all that is owed of every patient of whom anything is due, and forget what is not owed."""
        held = {one.alert_id: self._noted[one.alert_id] for one in owing if one.alert_id in self._noted}
        self._noted = held
        patients = {
            one.patient_id
            for one in owing
            if one.alert_id not in held or held[one.alert_id].is_due(one.state, now_ms)
        }
        return [one for one in owing if one.patient_id in patients]

    def note(self, held: Iterable[Held], now_ms: int) -> None:
        """Take note of what was held just now."""
        for one in held:
            before = self._noted.get(one.alert.id)
            is_same = before is not None and before.state is one.alert.state and before.since_ms <= now_ms
            since_ms = before.since_ms if before is not None and is_same else now_ms
            self._noted[one.alert.id] = _Noted(
                state=one.alert.state,
                since_ms=since_ms,
                seen_ms=now_ms,
                again_ms=look_again_ms(one, since_ms, now_ms),
            )


def look_again_ms(held: Held, since_ms: int, now_ms: int) -> int:
    """Return when to look again at what has been held since a time: the waits double, unless it says."""
    wait_ms = min(max(now_ms - since_ms, SHORTEST_LOOK_MS), LONGEST_LOOK_MS)
    return now_ms + wait_ms if held.until_ms is None else min(held.until_ms, now_ms + LONGEST_LOOK_MS)
