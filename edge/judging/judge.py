"""What every watch of a wearable is given: models to ask, where to count and note, how to name an episode."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from edge.health import GatewayHealth
from edge.judging.budget import AdaptiveThreshold
from edge.judging.drift import DriftBook
from edge.judging.models import ModelSet

__all__ = ["Judge"]

_MOST_CHARGES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """One for a gateway."""

    models: ModelSet
    health: GatewayHealth
    new_id: Callable[[], str] = field(default=lambda: uuid4().hex)
    drift: DriftBook = field(init=False)
    charged: dict[str, AdaptiveThreshold] = field(init=False, default_factory=dict)
    """The budget that each of the last episodes was charged to, by event id."""

    def note_charge(self, event_id: str, budget: AdaptiveThreshold) -> None:
        """Remember which budget an episode was charged to; the oldest is forgotten beyond a household's."""
        self.charged[event_id] = budget
        if len(self.charged) > _MOST_CHARGES:
            del self.charged[next(iter(self.charged))]

    def confirm(self, event_id: str) -> None:
        """Take note that somebody says an episode was right: its budget is for those that were not."""
        budget = self.charged.pop(event_id, None)
        if budget is not None:
            budget.refund()

    def __post_init__(self) -> None:
        """Let the gateway's report tell what has drifted."""
        object.__setattr__(self, "drift", DriftBook(health=self.health))
        self.health.sources.append(self.drift.counted)
