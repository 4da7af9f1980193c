"""SHOWN: which values the page shows, how finely, and when they are old."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from edge.alarms.board import Reading
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["SHOWN", "ShownValue", "Tile", "tiles"]

_DOUBTFUL: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownValue:
    """One row; several kinds are one value, as a pressure is: "128/82"."""

    title: str
    kinds: tuple[str, ...]
    old_after_s: int
    decimals: int = 0


_STREAMED_S: Final = 30
_SPOT_S: Final = 12 * 3600

SHOWN: Final = (
    ShownValue(title="Heart rate", kinds=("heart_rate",), old_after_s=_STREAMED_S),
    ShownValue(title="Pulse", kinds=("pulse_rate",), old_after_s=_STREAMED_S),
    ShownValue(title="Oxygen", kinds=("oxygen_saturation",), old_after_s=_STREAMED_S),
    ShownValue(title="Breathing", kinds=("respiratory_rate",), old_after_s=_STREAMED_S),
    ShownValue(title="Temperature", kinds=("body_temperature",), old_after_s=_SPOT_S, decimals=1),
    ShownValue(
        title="Blood pressure", kinds=("systolic_pressure", "diastolic_pressure"), old_after_s=_SPOT_S
    ),
    ShownValue(title="Glucose", kinds=("glucose",), old_after_s=15 * 60),
    ShownValue(title="Blood glucose", kinds=("blood_glucose",), old_after_s=_SPOT_S),
    ShownValue(title="Weight", kinds=("body_weight",), old_after_s=2 * 24 * 3600, decimals=1),
    ShownValue(title="Body fat", kinds=("body_fat",), old_after_s=2 * 24 * 3600, decimals=1),
    ShownValue(title="Steps a minute", kinds=("step_cadence",), old_after_s=_STREAMED_S),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One value as it is shown."""

    title: str
    value: str
    unit: str
    age_s: float
    is_old: bool
    is_doubtful: bool


def tiles(readings: Mapping[str, Reading], now_ms: int) -> list[Tile]:
    """Return what there is to show of a wearable, in the order of the table."""
    return [
        _tile(row, [readings[kind] for kind in row.kinds], now_ms)
        for row in SHOWN
        if all(kind in readings for kind in row.kinds)
    ]


def _tile(row: ShownValue, seen: list[Reading], now_ms: int) -> Tile:
    age_s = max(0.0, (now_ms - min(reading.t_ms for reading in seen)) / 1000)
    return Tile(
        title=row.title,
        value="/".join(f"{reading.value:.{row.decimals}f}" for reading in seen),
        unit=OBSERVATION_KINDS[row.kinds[0]].unit_display,
        age_s=age_s,
        is_old=age_s > row.old_after_s,
        is_doubtful=any(reading.quality is not None and reading.quality < _DOUBTFUL for reading in seen),
    )
