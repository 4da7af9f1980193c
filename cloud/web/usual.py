"""What is usual for somebody at this hour, and how a value stands to it, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass

from cloud.early_warning.assess import Assessment
from cloud.web.words import N_, Sentence

__all__ = ["UsualRange", "usual_of"]

_WITHIN = Sentence(message=N_("as usual"))
_ABOVE = Sentence(message=N_("higher than usual"))
_BELOW = Sentence(message=N_("lower than usual"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualRange:
    """Between which values a quantity of somebody's usually lies at this hour, in its kind's unit."""

    low: float
    high: float

    def meaning(self, value: float) -> Sentence:
        """Return how a value stands to it."""
        if value > self.high:
            return _ABOVE
        return _BELOW if value < self.low else _WITHIN


def usual_of(found: Assessment | None) -> Mapping[str, UsualRange]:
    """Return what is known to be usual, by kind; nothing of what is still being learnt."""
    if found is None:
        return {}
    ranges = {each.key: each.usual.range() for each in found.deviations}
    return {kind: UsualRange(low=low, high=high) for kind, (low, high) in ranges.items()}
