"""From the probabilities of overlapping windows to an episode: K of N windows begin it, K of N end it.

One odd window never raises an event, and a probability that wavers about the threshold never makes
a row of them: an episode ends only below the lower `release`. A window that was not judged counts
for neither side, so poor signal can neither begin an episode nor end one.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.judging.abstention import Abstention
from vitals.manifest import ModelManifest
from vitals.records import Phase

__all__ = ["CONDITIONS", "Condition", "Judgement", "RhythmDetector", "Transition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One row: a label of the rhythm model that, held long enough, is told to people.

    `threshold` stands unless the model's manifest has one of its own; `release` is a share of it.
    """

    name: str
    label: str
    threshold: float
    release_share: float
    onset: tuple[int, int]
    end: tuple[int, int]
    source: str


CONDITIONS: Final = (
    Condition(
        name="atrial-fibrillation",
        label="A",
        threshold=0.5,
        release_share=0.6,
        onset=(3, 4),
        end=(5, 6),
        source="30 s of AF define an episode (ESC 2024); 3 windows of 30 s at a 5 s hop hold 40 s of signal",
    ),
)


_FORGOTTEN_MS: Final = 120_000
"""A window from before a long gap, or from before the clock was set, says nothing of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was made of one window: probabilities by label, or the reason there are none."""

    from_ms: int
    to_ms: int
    outcome: Mapping[str, float] | Abstention

    @property
    def middle_ms(self) -> int:
        """The likeliest time of a change that this window is the first to show."""
        return (self.from_ms + self.to_ms) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """An episode began or ended at `t_ms`, on the strength of the last window."""

    condition: Condition
    phase: Phase
    event_id: str
    t_ms: int
    probability: float
    threshold: float


@dataclass(slots=True, kw_only=True)
class _Course:
    """What one condition has been doing lately."""

    condition: Condition
    threshold: float
    recent: deque[tuple[Judgement, float | None]] = field(init=False)
    event_id: str | None = None

    def __post_init__(self) -> None:
        self.recent = deque(maxlen=max(self.condition.onset[1], self.condition.end[1]))

    def step(self, judgement: Judgement, new_id: Callable[[], str]) -> Transition | None:
        self.recent.append((judgement, self._probability(judgement)))
        if self.event_id is None:
            since = self._since(self.condition.onset, lambda share: share >= self.threshold)
            return self._turn(Phase.ONSET, since, new_id()) if since else None
        release = self.threshold * self.condition.release_share
        since = self._since(self.condition.end, lambda share: share < release)
        return self._turn(Phase.END, since, self.event_id) if since else None

    def _probability(self, judgement: Judgement) -> float | None:
        outcome = judgement.outcome
        return None if isinstance(outcome, Abstention) else outcome[self.condition.label]

    def _since(self, rule: tuple[int, int], holds: Callable[[float], bool]) -> Judgement | None:
        """Return the first of the last N windows for which it holds, if it does for K and for the last."""
        fewest, among = rule
        now_ms = self.recent[-1][0].to_ms
        agreeing = [
            (window, share is not None and holds(share))
            for window, share in list(self.recent)[-among:]
            if abs(now_ms - window.to_ms) <= _FORGOTTEN_MS
        ]
        first = next((window for window, agrees in agreeing if agrees), None)
        enough = agreeing[-1][1] and sum(agrees for _, agrees in agreeing) >= fewest
        return first if enough else None

    def _turn(self, phase: Phase, since: Judgement, event_id: str) -> Transition:
        probability = self.recent[-1][1]
        self.event_id = event_id if phase is Phase.ONSET else None
        self.recent.clear()
        return Transition(
            condition=self.condition,
            phase=phase,
            event_id=event_id,
            t_ms=since.middle_ms,
            probability=probability or 0.0,
            threshold=self.threshold,
        )


class RhythmDetector:
    """Follows every condition of the table through one device's windows."""

    def __init__(
        self,
        *,
        thresholds: Mapping[str, float],
        new_id: Callable[[], str],
        conditions: tuple[Condition, ...] = CONDITIONS,
    ) -> None:
        self._new_id = new_id
        self._courses = [
            _Course(condition=row, threshold=thresholds.get(row.label, row.threshold)) for row in conditions
        ]

    def step(self, judgement: Judgement) -> list[Transition]:
        """Take the next window; return what began or ended with it."""
        turns = (course.step(judgement, self._new_id) for course in self._courses)
        return [turn for turn in turns if turn is not None]


def detector_for(manifest: ModelManifest | None, new_id: Callable[[], str]) -> RhythmDetector:
    """Return a detector with the model's own thresholds, for the conditions it has a label for."""
    if manifest is None:
        return RhythmDetector(thresholds={}, new_id=new_id)
    known = tuple(row for row in CONDITIONS if row.label in manifest.labels)
    return RhythmDetector(thresholds=manifest.thresholds, new_id=new_id, conditions=known)
