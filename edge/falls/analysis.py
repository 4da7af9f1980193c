"""What an unbroken run of acceleration is looked at for: blows, and every five seconds who has got up."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.clock import Stamp
from edge.falls.course import FallCourse, Moment
from edge.falls.verdict import judge_blow
from edge.judging.abstention import Abstention
from edge.judging.judge import Judge
from vitals.features.acceleration import MOTION_RATE_HZ, MotionResampler, RestingGravity
from vitals.features.gait import GAIT_WINDOW_S
from vitals.features.impacts import BEFORE_S, Impact, ImpactGate
from vitals.records import AnyRecord

__all__ = ["RATES_HZ", "FallAnalysis"]

RATES_HZ: Final = (20, 1600)
"""Between which rates blows can be felt; another rate is stored and not judged."""

_WINDOW: Final = round(GAIT_WINDOW_S * MOTION_RATE_HZ)
_UP_UNTIL: Final = round((BEFORE_S - 1.0) * MOTION_RATE_HZ)
_BELIEVED: Final = (0.8, 1.25)
"""A sensor that rests this far from 1 g is off in its scale; a wearer who is never still tells nothing."""


class FallAnalysis:
    """Looks at one unbroken run of samples for blows, and every five seconds for who has got up."""

    def __init__(self, *, rate_hz: float, judge: Judge, course: FallCourse, gravity: RestingGravity) -> None:
        self._rate_hz = rate_hz
        self._judge = judge
        self._course = course
        self._gravity = gravity
        self._resampler = MotionResampler(rate_hz)
        self._gate = ImpactGate()
        self._window: NDArray[np.float64] = np.empty((0, 3))
        self._taken = 0
        """How many samples of the stretch were pushed, at its own rate."""
        self._moment: Callable[[int], Moment] | None = None

    def push(
        self, samples_g: NDArray[np.float64], *, wall_ms: Callable[[int], int], received: Stamp
    ) -> list[AnyRecord]:
        """Take the next ``(n, 3)`` g; `wall_ms` gives the time of a sample by its place among them."""
        at_50_hz = self._resampler.push(samples_g)
        self._gravity.push(at_50_hz)
        in_g = at_50_hz / _scale(self._gravity)
        taken, self._taken = self._taken, self._taken + len(samples_g)

        def moment(place: int) -> Moment:
            t_ms = wall_ms(round(place * self._rate_hz / MOTION_RATE_HZ) - taken)
            at_s = received.monotonic_s - (received.wall_ms - t_ms) / 1000
            return Moment(t_ms=t_ms, noticed_ms=received.wall_ms, monotonic_s=at_s)

        self._moment = moment
        records = self._on_blows(self._gate.push(in_g), moment)
        records += self._on_window(in_g, moment)
        return records

    def flush(self) -> list[AnyRecord]:
        """Judge the blows that wait for more samples by those there are."""
        return self._on_blows(self._gate.flush(), self._moment) if self._moment else []

    def _on_blows(self, impacts: list[Impact], moment: Callable[[int], Moment]) -> list[AnyRecord]:
        return [record for impact in impacts for record in self._on_blow(impact, moment(impact.place))]

    def _on_blow(self, impact: Impact, when: Moment) -> list[AnyRecord]:
        verdict = judge_blow(impact, self._judge, when.noticed_ms)
        counters = self._judge.health.counters
        if isinstance(verdict, Abstention):
            counters["fall.unbelieved"] += 1
            return []
        if verdict.abstention is not None:
            counters["fall.by_rule"] += 1
        if not verdict.is_fall:
            return []
        counters["fall.found"] += 1
        return list(self._course.fell(verdict, impact.surround_g[:_UP_UNTIL].mean(axis=0), when))

    def _on_window(self, in_g: NDArray[np.float64], moment: Callable[[int], Moment]) -> list[AnyRecord]:
        """Hand on every five seconds as they are complete."""
        self._window = np.concatenate([self._window, in_g])
        end = self._gate.end - len(self._window)
        records: list[AnyRecord] = []
        while len(self._window) >= _WINDOW:
            whole, self._window = self._window[:_WINDOW], self._window[_WINDOW:]
            end += _WINDOW
            records += self._course.step(whole, moment(end))
        return records


def _scale(gravity: RestingGravity) -> float:
    """Return what to take for 1 g: this sensor's own rest, as long as that can be believed."""
    low, high = _BELIEVED
    return float(np.clip(gravity.value or 1.0, low, high))
