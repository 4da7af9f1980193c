"""What every watch of a wearable is given: the models to ask, where to count, and how to name an episode."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from edge.health import GatewayHealth
from edge.judging.models import ModelSet

__all__ = ["Judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """One for a gateway."""

    models: ModelSet
    health: GatewayHealth
    new_id: Callable[[], str] = field(default=lambda: uuid4().hex)
