"""What was told of one alert until now, read from its hand-offs and from nothing else."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.alerts.telling.messages import OCCASION_OF
from cloud.ports import HandOff, Occasion

__all__ = ["NOTHING_TOLD", "UNTAKEN", "History", "history_of"]

UNTAKEN: Final = frozenset({Occasion.ONSET, Occasion.ESCALATION})
"""The occasions on which is told what nobody has taken on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`tries` are what was handed over or failed, `holds` what was held back; both in their order."""

    tries: Sequence[HandOff] = ()
    holds: Sequence[HandOff] = ()

    def of(self, occasions: Collection[Occasion], step: int) -> Sequence[HandOff]:
        """Return the tries of one step."""
        return [one for one in self.tries if one.step == step and occasion_of(one) in occasions]

    def last_step(self, occasions: Collection[Occasion]) -> int | None:
        """Return the furthest step that was tried on any of these occasions; None: none was."""
        return max((one.step for one in self.tries if occasion_of(one) in occasions), default=None)

    @property
    def told(self) -> frozenset[str]:
        """The ids of those whom it reached on whatever occasion."""
        return frozenset(
            one.person_id
            for one in self.tries
            if one.error is None and occasion_of(one) is not Occasion.UNTOLD
        )

    def held_since_ms(self, channel: str, person_id: str = "") -> int | None:
        """Return when it was first held back for a reason, as its channel says it."""
        return next(
            (one.at_ms for one in self.holds if one.channel == channel and one.person_id == person_id), None
        )


NOTHING_TOLD: Final = History()


def history_of(hand_offs: Iterable[HandOff]) -> History:
    """Return what hand-offs tell."""
    past = tuple(hand_offs)
    return History(
        tries=[one for one in past if not one.is_hold],
        holds=[one for one in past if one.is_hold],
    )


def occasion_of(one: HandOff) -> Occasion | None:
    """Return the occasion of a hand-off; of one from before occasions were noted, by the alert's state."""
    if one.occasion is not None:
        return Occasion(one.occasion)
    return None if one.state is None else OCCASION_OF.get(one.state)
