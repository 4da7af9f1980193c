"""Rows of a patient's own: a second limit of a kind, such as glucose above 180 for two hours.

The key says what it is for: `own-above-glucose-180`, `own-below-heart-rate`. It says nothing about
anybody else, so it has no row of `RULES`; its words are those of its kind and direction.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cloud.alerts.rules.rows import Direction, Rule, ThresholdRule
from cloud.ports import Family, Priority
from vitals.kinds import OBSERVATION_KINDS, ObservationKind

__all__ = ["OWN_KEY", "OwnRule", "blank", "can_have_limit", "is_own"]

OWN_KEY: Final = re.compile(r"own-(above|below)-[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_KEY: Final = 64
_LONGEST_GAP_S: Final = 90
"""As for values that come once a minute, where no row that ships reads the kind."""

_WAVEFORMS: Final = frozenset({"ecg", "ppg", "acceleration"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRule(ThresholdRule):
    """A limit that somebody put to a kind for one patient."""


def is_own(key: str) -> bool:
    """Tell whether a key can be one of a patient's own row."""
    return OWN_KEY.fullmatch(key) is not None and len(key) <= _LONGEST_KEY


def can_have_limit(kind: object) -> bool:
    """Tell whether values of a kind are judged one by one: of a waveform none is."""
    return isinstance(kind, str) and kind in OBSERVATION_KINDS.keys() - _WAVEFORMS


def blank(key: str, kind_key: str, among: Iterable[Rule]) -> OwnRule:
    """Return a row of this key before anything is set but its kind; `among` are the rows that ship."""
    kind, direction = OBSERVATION_KINDS[kind_key], Direction(key.split("-")[1])
    gaps = [row.longest_gap_s for row in among if isinstance(row, ThresholdRule) and row.kind == kind.key]
    return OwnRule(
        key=key,
        display=_display(kind, direction),
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="set for this patient",
        kind=kind.key,
        direction=direction,
        limit=kind.plausible[direction is Direction.ABOVE],
        hold_s=0,
        clear_at=kind.plausible[direction is Direction.ABOVE],
        clear_s=0,
        longest_gap_s=max(gaps, default=_LONGEST_GAP_S),
    )


def _display(kind: ObservationKind, direction: Direction) -> str:
    return f"{kind.display} {direction} a limit of their own"
