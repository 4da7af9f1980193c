"""What was measured last besides the heart: one line a quantity, only what a person wearing it can show."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10
from types import MappingProxyType
from typing import Final

from cloud.alerts.wording.quantities import Reader, amount, unit_words
from cloud.ports import Point
from cloud.web.usual import UsualRange
from cloud.web.words import N_, Sentence
from vitals.kinds import OBSERVATION_KINDS, ObservationKind

__all__ = ["Measured", "measured"]

_SURE: Final = 0.5
"""Below this a value is kept and not judged: a reader is told so."""
_MOST_DIGITS: Final = 1
_TOGETHER_MS: Final = 1_000

_SHOWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        N_("Oxygen saturation"): ("oxygen_saturation",),
        N_("Pulse"): ("pulse_rate",),
        N_("Breathing rate"): ("respiratory_rate",),
        N_("Temperature"): ("body_temperature",),
        N_("Blood pressure"): ("systolic_pressure", "diastolic_pressure"),
        N_("Glucose, under the skin"): ("glucose",),
        N_("Glucose, in blood"): ("blood_glucose",),
        N_("Weight"): ("body_weight",),
        N_("Body fat"): ("body_fat",),
        N_("Steps"): ("step_cadence",),
    }
)
"""In this order; kinds on one line are measured together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line; `label` is a message to translate, `values` are rounded numbers that are read together."""

    label: str
    values: tuple[str, ...]
    unit: str
    t_ms: int
    is_unsure: bool
    usual: tuple[str, str] | None = None
    meaning: Sentence | None = None


def measured(
    latest: Mapping[str, Point], reader: Reader, usual: Mapping[str, UsualRange] = MappingProxyType({})
) -> tuple[Measured, ...]:
    """Return what there is to show of a patient's newest points by kind, in the reader's units.

    How a value stands to what is `usual` is said of what is measured alone, and only where that is known.
    """
    lines = (_line(label, kinds, latest, reader, usual) for label, kinds in _SHOWN.items())
    return tuple(line for line in lines if line is not None)


def _line(
    label: str,
    kinds: tuple[str, ...],
    latest: Mapping[str, Point],
    reader: Reader,
    usual: Mapping[str, UsualRange],
) -> Measured | None:
    rows = [OBSERVATION_KINDS[kind] for kind in kinds]
    points = [latest[kind] for kind in kinds if kind in latest]
    if len(points) < len(rows) or not all(
        row.is_plausible(point.value) for row, point in zip(rows, points, strict=True)
    ):
        return None
    times_ms = [point.t_ms for point in points]
    if max(times_ms) - min(times_ms) > _TOGETHER_MS:
        return None
    known = usual.get(kinds[0]) if len(kinds) == 1 else None
    return Measured(
        label=label,
        values=tuple(_said(row, point.value, reader) for row, point in zip(rows, points, strict=True)),
        unit=unit_words(rows[0].ucum, reader),
        t_ms=min(times_ms),
        is_unsure=any(point.quality is not None and point.quality < _SURE for point in points),
        usual=(_said(rows[0], known.low, reader), _said(rows[0], known.high, reader)) if known else None,
        meaning=known.meaning(points[0].value) if known else None,
    )


def _said(row: ObservationKind, value: float, reader: Reader) -> str:
    """Return a value with as many digits as its kind resolves in the reader's unit, and no more than one."""
    finest = amount(row.resolution, row.ucum, reader)
    digits = min(_MOST_DIGITS, max(0, -floor(log10(finest))))
    return f"{amount(value, row.ucum, reader):.{digits}f}"
