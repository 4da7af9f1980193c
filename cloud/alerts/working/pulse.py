"""Whether the worker goes round: steps it gets through, and everybody's silence judged, in time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cloud.alerts.working.statistics import AlertStatistics

__all__ = ["STILL_S", "UNWATCHED_S", "Pulse"]

STILL_S: Final = 60.0
"""No step takes so long: one that does hangs."""
UNWATCHED_S: Final = 150.0
"""A round of judging silence begins once a minute however much waits, and is then done within another."""


@dataclass(slots=True, kw_only=True)
class Pulse:
    """Of one worker, in real seconds by a clock that never jumps; before its first round it counts from here.

    `real_s` turns the seconds of `monotonic_s` into real ones. Any thread may ask: nothing here waits.
    """

    statistics: AlertStatistics
    monotonic_s: Callable[[], float]
    real_s: Callable[[float], float] = lambda seconds: seconds
    _since_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._since_s = self.monotonic_s()

    @property
    def still_s(self) -> float:
        """For how long it has not got through a step."""
        return self._since(self.statistics.stepped_s)

    @property
    def unwatched_s(self) -> float:
        """For how long nobody's silence was judged."""
        return self._since(self.statistics.watched_s)

    @property
    def is_still(self) -> bool:
        """Whether it takes too long for a worker that lives."""
        return self.still_s > STILL_S or self.unwatched_s > UNWATCHED_S

    @property
    def is_beating(self) -> bool:
        """Whether it has gone round, and not too long ago."""
        statistics = self.statistics
        has_gone_round = statistics.stepped_s is not None and statistics.watched_s is not None
        return has_gone_round and not self.is_still

    def has_gone_round_since(self, at_s: float) -> bool:
        """Tell whether it got through a step and judged everybody's silence after `at_s` of the clock."""
        rounds = (self.statistics.stepped_s, self.statistics.watched_s)
        return all(each is not None and each > at_s for each in rounds)

    def _since(self, at_s: float | None) -> float:
        return self.real_s(self.monotonic_s() - (self._since_s if at_s is None else at_s))
