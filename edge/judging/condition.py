"""CONDITIONS: what a model's label must do to be told to people. A new condition is one row."""

from dataclasses import dataclass
from typing import Final

from edge.judging.budget import AlarmBudget

__all__ = ["CONDITIONS", "Condition", "conditions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One row: a label of a model that, held long enough, is told to people.

    `threshold` stands unless the model's manifest has one of its own; `release_share` of it ends an episode.
    `onset` and `end` are K of the last N windows. Without a `budget` everything that holds is told.
    """

    name: str
    model: str
    label: str
    threshold: float
    release_share: float
    onset: tuple[int, int]
    end: tuple[int, int]
    source: str
    budget: AlarmBudget | None = None


CONDITIONS: Final = (
    Condition(
        name="atrial-fibrillation",
        model="rhythm",
        label="A",
        threshold=0.5,
        release_share=0.6,
        onset=(3, 4),
        end=(5, 6),
        source="30 s of AF define an episode (ESC 2024); 3 windows of 30 s at a 5 s hop hold 40 s of signal",
        budget=AlarmBudget(
            per_day=1.0,
            burst=3,
            ceiling=0.95,
            source="seldom urgent: an unsure alarm a day and three at first; a sure one is always told",
        ),
    ),
    Condition(
        name="atrial-fibrillation",
        model="rr-af",
        label="AF",
        threshold=0.5,
        release_share=0.6,
        onset=(4, 4),
        end=(5, 6),
        source="30 s of AF define an episode (ESC 2024); 4 intervals judged 10 s apart are 30 s of it",
        budget=AlarmBudget(
            per_day=1.0,
            burst=3,
            ceiling=0.95,
            source="as from the ECG",
        ),
    ),
)


def conditions_of(model: str) -> tuple[Condition, ...]:
    """Return the rows a model speaks for."""
    return tuple(row for row in CONDITIONS if row.model == model)
