"""Whether what is on trial proves good: everything goes as well as before, and goes on so for a while."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from edge.remote.releases import Releases
from edge.remote.shelf import Baseline, Shelf

__all__ = ["Patience", "TrialWatch", "Verdict", "Wellness"]


class Verdict(StrEnum):
    """What a look at a trial finds."""

    NONE = "none"
    """Nothing is on trial."""
    WAITING = "waiting"
    KEPT = "kept"
    TAKEN_BACK = "taken-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Within `confirm_s` all must be well, and stay so for `settle_s`; both by a clock that never jumps."""

    confirm_s: float
    settle_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wellness:
    """How the gateway is now, as far as a trial asks."""

    acknowledged: Callable[[], int]
    """How many records the cloud has acknowledged since the start."""
    streaming: Callable[[], frozenset[str]]
    """The wearables that are connected and were heard lately."""
    judging: Callable[[], frozenset[str]]
    """The models that judge, and do not fail."""

    def baseline(self) -> Baseline:
        """Return what goes well now."""
        return Baseline(wearables=tuple(sorted(self.streaming())), models=tuple(sorted(self.judging())))

    def lack(self, before: Baseline, acknowledged_before: int) -> str | None:
        """Return in words what does not go as well as before; `None`: everything does."""
        if self.acknowledged() <= acknowledged_before:
            return "the cloud acknowledged nothing under it"
        if lost := sorted(set(before.wearables) - self.streaming()):
            return f"{', '.join(lost)} streamed before and does not now"
        if lost := sorted(set(before.models) - self.judging()):
            return f"{', '.join(lost)} judged before and does not now"
        return None


@dataclass(slots=True)
class _Course:
    """One trial within one life."""

    key: tuple[str, int]
    began_s: float
    acknowledged: int
    well_since_s: float | None = None


@dataclass(slots=True, kw_only=True)
class TrialWatch:
    """Looked at every second of a gateway's life, which began at `began_s` with nothing acknowledged yet."""

    releases: Releases
    wellness: Wellness
    patience: Patience
    began_s: float
    _course: _Course | None = field(default=None, init=False)
    _was_without: bool = field(default=False, init=False)
    """Whether this life was seen with nothing on trial: what is on trial later began within it."""

    def look(self, now_s: float) -> tuple[Verdict, Shelf | None]:
        """Keep or take back what is on trial, if it is time; return the shelf it is on.

        Raises
        ------
        StorageError
            If the verdict cannot be kept: the next look comes to it again.
        """
        shelf = self.releases.on_trial
        trial = None if shelf is None else shelf.trial
        if shelf is None or trial is None or not trial.starts:  # without a start it is only about to be tried
            self._was_without = True
            return Verdict.NONE, None
        course = self._follow((shelf.line, trial.version), now_s)
        lack = self.wellness.lack(trial.baseline, course.acknowledged)
        course.well_since_s = None if lack else course.well_since_s or now_s
        if course.well_since_s is not None and now_s - course.well_since_s >= self.patience.settle_s:
            shelf.confirm()
            return Verdict.KEPT, shelf
        if now_s - course.began_s < self.patience.confirm_s:
            return Verdict.WAITING, shelf
        within = f"within {self.patience.confirm_s:.0f} s"
        shelf.roll_back(f"{lack} {within}" if lack else f"all was not well for long enough {within}")
        return Verdict.TAKEN_BACK, shelf

    def _follow(self, key: tuple[str, int], now_s: float) -> _Course:
        """Return the course of this trial: from the start of a life under it, or from when it was begun."""
        if self._course is None or self._course.key != key:
            began_s, acknowledged = self.began_s, 0
            if self._was_without:
                began_s, acknowledged = now_s, self.wellness.acknowledged()
            self._course = _Course(key=key, began_s=began_s, acknowledged=acknowledged)
        return self._course
