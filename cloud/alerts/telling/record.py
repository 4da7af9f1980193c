"""The stage that remembers: what was handed over, what was held back and why, and when to look again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cloud.alerts.telling.batch import Batch, Held, Situation
from cloud.ports import HELD_CHANNEL, AlertStateStore, HandOff, Looked, Watched

__all__ = ["LONGEST_HOLD_MS", "LONGEST_LOOK_MS", "SHORTEST_LOOK_MS", "Record"]

SHORTEST_LOOK_MS: Final = 5_000
LONGEST_HOLD_MS: Final = 60_000
"""For how long what is held is left alone, where no time is known at which it may go."""
LONGEST_LOOK_MS: Final = 600_000
"""No open alert is left alone for longer: for what may matter to it and shows nowhere."""


@dataclass(slots=True, kw_only=True)
class Record:
    """Records a batch. What could not be recorded is recorded next time, before anything else is done.

    An alert that was handed over is due at once, to be looked at as it stands then; one that is under way is
    left as it is, so that whoever follows a process that was killed finds it due.
    """

    store: AlertStateStore
    _hand_offs: list[HandOff] = field(default_factory=list)
    _looked: list[Looked] = field(default_factory=list)

    def __call__(self, batch: Batch, situation: Situation) -> Batch:
        """Record what was handed over, and each hold once."""
        self._hand_offs += batch.hand_offs
        news = {_name(held): held for held in batch.held if _is_news(held, situation)}
        self._hand_offs += [_as_hand_off(held, situation.now_ms) for held in news.values()]
        self.catch_up()
        return batch

    def keep(self, hand_offs: Iterable[HandOff]) -> None:
        """Record what came of letters."""
        self._hand_offs += hand_offs
        self.catch_up()

    def look_again(self, watched: Iterable[Watched], times_ms: Mapping[str, int | None]) -> None:
        """Take note of when to look again at alerts: recorded with the batch."""
        self._looked += [
            Looked(one.alert.id, one.alert.state, one.due_ms, times_ms[one.alert.id])
            for one in watched
            if one.alert.id in times_ms
        ]

    def catch_up(self) -> None:
        """Record what waits to be recorded."""
        if self._hand_offs or self._looked:
            self.store.handed_off(tuple(self._hand_offs), tuple(self._looked))
            self._hand_offs.clear()
            self._looked.clear()


def _name(held: Held) -> tuple[str, str, str]:
    return held.alert.id, held.reason, held.person_id


def _as_hand_off(held: Held, now_ms: int) -> HandOff:
    return HandOff(
        alert_id=held.alert.id,
        channel=f"{HELD_CHANNEL}{held.reason}",
        person_id=held.person_id,
        at_ms=now_ms,
        error=None if held.is_settled else held.because,
        state=held.alert.state,
    )


def _is_news(held: Held, situation: Situation) -> bool:
    """Tell a hold once; one that is over for good, or that nobody was told of."""
    told = {(one.channel, one.person_id, one.state) for one in situation.history(held.alert.id).holds}
    return (f"{HELD_CHANNEL}{held.reason}", held.person_id, held.alert.state) not in told
