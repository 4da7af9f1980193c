"""What every watch of a wearable is given: models to ask, where to count and note, how to name an episode."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from edge.health import GatewayHealth
from edge.judging.drift import DriftBook
from edge.judging.models import ModelSet

__all__ = ["Judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """One for a gateway."""

    models: ModelSet
    health: GatewayHealth
    new_id: Callable[[], str] = field(default=lambda: uuid4().hex)
    drift: DriftBook = field(init=False)

    def __post_init__(self) -> None:
        """Let the gateway's report tell what has drifted."""
        object.__setattr__(self, "drift", DriftBook(health=self.health))
        self.health.sources.append(self.drift.counted)
