"""From a fall to getting up again: the fall, the long lie if nobody rises, and the end of both.

A long lie is one of an hour or more on the floor; of those found after it, half had died within six months
(Wild, Nayak, Isaacs, BMJ 1981;282:266-268; Fleming and Brayne, BMJ 2008;337:a2227). It is told long before:
able people over 65 rise from the floor within half a minute (Alexander et al., J Am Geriatr Soc
1997;45:564-569), so that whoever has not after two minutes is not likely to by themselves.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.clock import Stamp
from edge.falls.evidence import evidence_of
from edge.falls.verdict import Verdict
from vitals.features.gait import is_walking
from vitals.records import Evidence, Feature, HealthEvent, Phase

__all__ = ["FALL", "LONG_LIE", "LONG_LIE_S", "FallCourse", "Moment"]

FALL: Final = "fall"
LONG_LIE: Final = "long-lie"
LONG_LIE_S: Final = 120.0

_RECENT: Final = 4
_UP_OF_RECENT: Final = 3
"""Five-second windows of the last twenty seconds in which a wearer walks or is upright: got up."""
_TIPPED_DEG: Final = 50.0
_UPRIGHT_DEG: Final = 30.0
"""Only a posture that the fall changed this much, and that is back this near, shows that somebody is up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something was so, when that was known, and the seconds of a clock that never jumps."""

    t_ms: int
    noticed_ms: int
    monotonic_s: float


@dataclass(slots=True, kw_only=True)
class _Down:
    """Somebody who fell and has not got up."""

    event_id: str
    fell: Moment
    told: Moment
    """When the last fall that was told happened; long ago, if before a restart."""
    verdict: Verdict | None
    """`None` of a fall that an earlier life of the gateway told of."""
    up_before: NDArray[np.float64]
    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=_RECENT))
    long_lie_id: str | None = None


class FallCourse:
    """Follows one wearer; it outlives gaps and restarts, for nobody gets up because a link is lost."""

    def __init__(
        self, *, device: str, new_id: Callable[[], str], before: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Begin with the event ids of what stood, by condition, when the gateway ended."""
        self._device = device
        self._new_id = new_id
        self._before = before
        self._down: _Down | None = None

    def standing(self) -> dict[str, str]:
        """Return by condition the event id of what was told to begin, and not to end."""
        if self._down is None:
            return {name: self._before[name] for name in (FALL, LONG_LIE) if name in self._before}
        lies = {} if self._down.long_lie_id is None else {LONG_LIE: self._down.long_lie_id}
        return {FALL: self._down.event_id} | lies

    def fell(self, verdict: Verdict, up_before: NDArray[np.float64], when: Moment) -> list[HealthEvent]:
        """Take a fall; one more while somebody is down is part of it, and shows that they are not up.

        After as long as a long lie takes it is told all the same: somebody may have got up unseen, and the
        one before may have been seen to. `up_before` is the mean acceleration ``(3,)`` before the blow,
        whatever its length.
        """
        down = self._still_down(when)
        if down is None:
            down = _Down(event_id=self._new_id(), fell=when, told=when, verdict=verdict, up_before=up_before)
            self._down = down
            return [self._event(FALL, down.event_id, Phase.ONSET, when, evidence_of(verdict))]
        down.recent.clear()
        if when.monotonic_s - down.told.monotonic_s < LONG_LIE_S:
            return []
        ended = self._event(FALL, down.event_id, Phase.END, when)
        down.event_id, down.told = self._new_id(), when
        return [ended, self._event(FALL, down.event_id, Phase.ONSET, when, evidence_of(verdict))]

    def step(self, acceleration_g: NDArray[np.float64], when: Moment) -> list[HealthEvent]:
        """Take the next five seconds, ``(250, 3)`` g at 50 Hz that ended `when`."""
        down = self._still_down(when)
        if down is None:
            return []
        down.recent.append(_is_up(acceleration_g, down))
        if sum(down.recent) >= _UP_OF_RECENT:
            self._down = None
            return self._ended(down, when)
        return self._lain(down, when)

    def tick(self, now: Stamp) -> list[HealthEvent]:
        """Tell of a long lie in time although nothing is heard: a fall may have ended the signal."""
        when = Moment(t_ms=now.wall_ms, noticed_ms=now.wall_ms, monotonic_s=now.monotonic_s)
        down = self._still_down(when)
        return [] if down is None else self._lain(down, when)

    def _still_down(self, when: Moment) -> _Down | None:
        """Return who is down; a fall of before a restart counts from the first moment after it."""
        if FALL in self._before:
            self._down = _Down(
                event_id=self._before[FALL],
                fell=when,
                told=replace(when, monotonic_s=float("-inf")),
                verdict=None,
                up_before=np.zeros(3),
                long_lie_id=self._before.get(LONG_LIE),
            )
        self._before = MappingProxyType({})
        return self._down

    def _lain(self, down: _Down, when: Moment) -> list[HealthEvent]:
        lain_s = when.monotonic_s - down.fell.monotonic_s
        if down.long_lie_id is not None or lain_s < LONG_LIE_S:
            return []
        down.long_lie_id = self._new_id()
        began = replace(when, t_ms=down.fell.t_ms)
        lain = Feature(name="time_since_fall", value=round(lain_s, 1), unit="s", usual_high=30.0)
        evidence = None if down.verdict is None else evidence_of(down.verdict, lain)
        return [self._event(LONG_LIE, down.long_lie_id, Phase.ONSET, began, evidence)]

    def _ended(self, down: _Down, when: Moment) -> list[HealthEvent]:
        ended = [(FALL, down.event_id)]
        if down.long_lie_id is not None:
            ended.insert(0, (LONG_LIE, down.long_lie_id))
        return [self._event(condition, event_id, Phase.END, when) for condition, event_id in ended]

    def _event(
        self, condition: str, event_id: str, phase: Phase, when: Moment, evidence: Evidence | None = None
    ) -> HealthEvent:
        return HealthEvent(
            event_id=event_id,
            device=self._device,
            condition=condition,
            phase=phase,
            t_ms=when.t_ms,
            noticed_ms=when.noticed_ms,
            evidence=evidence,
        )


def _is_up(acceleration_g: NDArray[np.float64], down: _Down) -> bool:
    """Tell whether the wearer walks, or holds the trunk as before the fall."""
    if is_walking(acceleration_g):
        return True
    tipped = down.verdict is not None and down.verdict.seen.posture_change_deg >= _TIPPED_DEG
    return tipped and _degrees_between(acceleration_g.mean(axis=0), down.up_before) <= _UPRIGHT_DEG


def _degrees_between(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    if length == 0.0:
        return 180.0
    return float(np.degrees(np.arccos(np.clip(float(one @ other) / length, -1.0, 1.0))))
