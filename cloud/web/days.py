"""One day of somebody's, and the week that it ends: what was measured by the hour and by the day.

Pictures are bars from the lowest to the highest value of each stretch, with a line at its mean. Where nothing
was measured there is no bar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from cloud.alerts.wording.quantities import Reader, amount, unit_words
from cloud.early_warning.local_time import LocalTime
from cloud.ports import RollupQuery, RollupReader, Rollups
from cloud.web.drawing import Box
from cloud.web.words import N_
from vitals.kinds import OBSERVATION_KINDS, ObservationKind

__all__ = ["BOX", "Bar", "Bars", "Course", "Week", "Weekday", "courses_of", "measured_ms", "week_of"]

HOUR_MS: Final = 3_600_000
STRETCH_MS: Final = 600_000
"""Somebody wears a sensor while every ten minutes something of the heart is measured."""
WEEK: Final = 7
BOX: Final = Box(width=480, height=64)
_LEAST_HEIGHT: Final = 4.0
_GAP_SHARE: Final = 0.2
SHOWN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "heart_rate": N_("Heart rate"),
        "pulse_rate": N_("Pulse"),
        "oxygen_saturation": N_("Oxygen saturation"),
        "respiratory_rate": N_("Breathing rate"),
        "body_temperature": N_("Temperature"),
        "systolic_pressure": N_("Blood pressure, upper value"),
        "diastolic_pressure": N_("Blood pressure, lower value"),
        "glucose": N_("Glucose, under the skin"),
        "blood_glucose": N_("Glucose, in blood"),
        "body_weight": N_("Weight"),
        "step_cadence": N_("Steps in a minute"),
    }
)
"""In this order; other kinds are kept, and not shown here."""
_WORN_BY: Final = ("heart_rate", "pulse_rate", "glucose")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch's place in the picture, from its lowest to its highest value, and where its mean is."""

    x: float
    y: float
    width: float
    height: float
    mean_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A picture of stretches, and what they come to."""

    bars: tuple[Bar, ...]
    low: float
    high: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A kind over a day by the hour and over its week by the day; None: nothing was measured."""

    kind: str
    label: str
    unit: str
    day: Bars | None
    week: Bars | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekday:
    """One day of the week."""

    day: date
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days up to the one that is shown, by a local clock: some have 23 or 25 hours."""

    days: tuple[Weekday, ...]

    @property
    def shown(self) -> Weekday:
        """The day that is shown."""
        return self.days[-1]


def week_of(day: date, local: LocalTime) -> Week:
    """Return the week that ends with a day."""
    dates = [day + timedelta(days=number) for number in range(1 - WEEK, 2)]
    starts = [(each, local.ms(each, 0)) for each in dates]
    return Week(
        days=tuple(
            Weekday(day=each, from_ms=from_ms, to_ms=to_ms)
            for (each, from_ms), (_, to_ms) in pairwise(starts)
        )
    )


def courses_of(
    rollups: RollupReader, patient_id: str, kinds: Sequence[str], week: Week, reader: Reader
) -> Sequence[Course]:
    """Return the course of each of these kinds of which anything was measured in the week."""
    found = (_course(rollups, patient_id, kind, week, reader) for kind in SHOWN if kind in kinds)
    return [each for each in found if each.week is not None]


def measured_ms(rollups: RollupReader, patient_id: str, kinds: Sequence[str], day: Weekday) -> int:
    """Return for how long of a day something that is worn measured."""
    worn: set[int] = set()
    for kind in _WORN_BY:
        if kind in kinds:
            query = RollupQuery(kind=kind, from_ms=day.from_ms, to_ms=day.to_ms, every_ms=STRETCH_MS)
            worn |= set(rollups.rollups(patient_id, query).from_ms.tolist())
    return len(worn) * STRETCH_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    from_ms: int
    to_ms: int
    low: float
    high: float
    mean: float
    count: int


def _course(rollups: RollupReader, patient_id: str, kind: str, week: Week, reader: Reader) -> Course:
    row, shown = OBSERVATION_KINDS[kind], week.shown
    query = RollupQuery(kind=kind, from_ms=week.days[0].from_ms, to_ms=shown.to_ms, every_ms=HOUR_MS)
    hours = _stretches(rollups.rollups(patient_id, query), row, reader)
    of_day = [each for each in hours if shown.from_ms <= each.from_ms < shown.to_ms]
    by_day = [_together(hours, each) for each in week.days]
    return Course(
        kind=kind,
        label=SHOWN[kind],
        unit=unit_words(row.ucum, reader),
        day=_bars(of_day, [(at, at + HOUR_MS) for at in range(shown.from_ms, shown.to_ms, HOUR_MS)]),
        week=_bars(
            [each for each in by_day if each is not None], [(each.from_ms, each.to_ms) for each in week.days]
        ),
    )


def _stretches(found: Rollups, row: ObservationKind, reader: Reader) -> list[_Stretch]:
    """Return them in the reader's unit, as a person charts them."""
    columns = (found.from_ms, found.minimum, found.maximum, found.mean, found.count)
    return [
        _Stretch(
            from_ms=from_ms,
            to_ms=from_ms + HOUR_MS,
            low=amount(row.charted(low), row.ucum, reader),
            high=amount(row.charted(high), row.ucum, reader),
            mean=amount(row.charted(mean), row.ucum, reader),
            count=count,
        )
        for from_ms, low, high, mean, count in zip(*(each.tolist() for each in columns), strict=True)
    ]


def _together(hours: Sequence[_Stretch], day: Weekday) -> _Stretch | None:
    """Return the hours of a day as one stretch."""
    of_day = [each for each in hours if day.from_ms <= each.from_ms < day.to_ms]
    if not of_day:
        return None
    count = sum(each.count for each in of_day)
    return _Stretch(
        from_ms=day.from_ms,
        to_ms=day.to_ms,
        low=min(each.low for each in of_day),
        high=max(each.high for each in of_day),
        mean=sum(each.mean * each.count for each in of_day) / count,
        count=count,
    )


def _bars(stretches: Sequence[_Stretch], slots: Sequence[tuple[int, int]]) -> Bars | None:
    """Draw stretches into the slots that they begin in."""
    if not stretches:
        return None
    low, high = min(each.low for each in stretches), max(each.high for each in stretches)
    count = sum(each.count for each in stretches)
    width = BOX.width / len(slots)
    return Bars(
        bars=tuple(
            _bar(each, place * width, width, low, high)
            for place, (from_ms, to_ms) in enumerate(slots)
            for each in stretches
            if from_ms <= each.from_ms < to_ms
        ),
        low=low,
        high=high,
        mean=sum(each.mean * each.count for each in stretches) / count,
    )


def _bar(each: _Stretch, x: float, width: float, low: float, high: float) -> Bar:
    inner = BOX.height - 2 * BOX.margin - _LEAST_HEIGHT
    span = (high - low) or 1.0

    def y(value: float) -> float:
        return BOX.margin + (high - value) / span * inner if high > low else BOX.margin + inner / 2

    top, bottom = y(each.high), y(each.low) + _LEAST_HEIGHT
    return Bar(
        x=round(x + width * _GAP_SHARE / 2, 1),
        y=round(top, 1),
        width=round(width * (1 - _GAP_SHARE), 1),
        height=round(bottom - top, 1),
        mean_y=round(y(each.mean) + _LEAST_HEIGHT / 2, 1),
    )
