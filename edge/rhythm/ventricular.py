"""Runs of beats from a ventricle, and how many of all beats are: of beats that a model labelled, in order."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from edge.ports import Inference
from vitals.features.beats import BeatWindow

__all__ = ["RUN_BEATS", "RUN_RATE_PER_MIN", "Burden", "JudgedBeat", "Run", "RunFollower"]

RUN_BEATS: Final = 5
RUN_RATE_PER_MIN: Final = 100.0
"""PhysioNet/CinC Challenge 2015 (Clifford et al.): five ventricular beats or more at over 100 /min."""

_MORE_LIKELY_THAN_NOT: Final = 0.5
_BEATS_BACK: Final = 3
"""So many other beats in a row end a run; one taken for another in its midst does not."""
_MOST_BEATS: Final = 2 * RUN_BEATS
_LONGEST_RR_S: Final = 2.0
"""Beats further apart are of no one run."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedBeat:
    """One beat at `at_s` since the start, and what the model said; `None`: it could not be judged."""

    at_s: float
    at_ms: int
    window: BeatWindow
    found: Inference | None

    @property
    def label(self) -> str | None:
        """What the model most likely takes it for."""
        if self.found is None:
            return None
        return max(self.found.probabilities, key=self.found.probabilities.__getitem__)

    @property
    def is_ventricular(self) -> bool:
        """Whether that is a beat from a ventricle, more likely than everything else together."""
        return self.found is not None and self.found.probabilities["V"] >= _MORE_LIKELY_THAN_NOT

    @property
    def is_another(self) -> bool:
        """Whether it was judged to be something else; a beat may be neither, if the model wavers."""
        return self.label not in {None, "V"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Ventricular beats in a row so far, and among them those that could not be judged."""

    beats: tuple[JudgedBeat, ...]

    @property
    def rate_per_min(self) -> float:
        """The mean rate within it."""
        return 60.0 * (len(self.beats) - 1) / (self.beats[-1].at_s - self.beats[0].at_s)

    @property
    def ventricular(self) -> int:
        """How many were judged to be ventricular."""
        return sum(beat.is_ventricular for beat in self.beats)

    @property
    def is_tachycardia(self) -> bool:
        """Whether it is long enough and fast enough to be told."""
        return self.ventricular >= RUN_BEATS and self.rate_per_min > RUN_RATE_PER_MIN


class RunFollower:
    """Takes beats in order; what could not be judged, or hardly, neither lengthens a run nor ends it."""

    def __init__(self) -> None:
        self._run: deque[JudgedBeat] = deque(maxlen=_MOST_BEATS)
        self._others = 0
        self.is_open = False

    def restart(self) -> None:
        """Forget the beats before a gap; a run that was told stands until other beats show its end."""
        self._run.clear()
        self._others = 0

    def step(self, beat: JudgedBeat) -> Run | None:
        """Take the next beat; return the run that begins to be a tachycardia with it."""
        if self._run and beat.at_s - self._run[-1].at_s > _LONGEST_RR_S:
            self._run.clear()
        if beat.is_another:
            self._run.clear()
            self._others += 1
            return None
        if beat.is_ventricular or self._run:
            self._run.append(beat)
        if beat.is_ventricular:
            self._others = 0
        run = Run(beats=tuple(self._run))
        if self.is_open or not beat.is_ventricular or not run.is_tachycardia:
            return None
        self.is_open = True
        return run

    def ended(self) -> bool:
        """Tell, once, that other beats have taken over."""
        if not self.is_open or self._others < _BEATS_BACK:
            return False
        self.is_open = False
        return True


@dataclass(slots=True, kw_only=True)
class Burden:
    """Of the beats since the last word on it, how many are ventricular."""

    judged: int = 0
    ventricular: int = 0
    all_beats: int = 0

    def take(self, beat: JudgedBeat) -> None:
        """Count a beat."""
        self.all_beats += 1
        self.judged += beat.found is not None
        self.ventricular += beat.is_ventricular
