"""From two days of vital signs, an hour a value, to the inputs of the deterioration model.

A bedside chart has a value or so an hour, a wearable one a second: both become the mean of each hour first,
so that what the model learnt from the one holds for the other. How often something was measured is no
input: in a ward it tells whom the nurses worry about, at home it tells what is worn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.kinds import OBSERVATION_KINDS

__all__ = [
    "DETERIORATION_FEATURE_VERSION",
    "DETERIORATION_INPUTS",
    "PARAMETERS",
    "STATISTICS",
    "WINDOW_HOURS",
    "Parameter",
    "deterioration_inputs",
    "hourly_means",
]

DETERIORATION_FEATURE_VERSION: Final = 1
WINDOW_HOURS: Final = 48
_RECENT_HOURS: Final = 12
_FEWEST_FOR_TREND: Final = 4
_OLDEST_YEARS: Final = 90.0
"""De-identified sets tell no age above: nobody is older to the model."""

STATISTICS: Final = ("last", "recent_mean", "mean", "lowest", "highest", "spread", "trend")
"""Of the hours of one parameter: the newest, the mean of the last twelve, of all, the ends, the standard
deviation, and the slope of the straight line through them a day; each in shares of what is plausible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A quantity the model looks at; values outside ``plausible`` are left out."""

    key: str
    display: str
    ucum: str
    plausible: tuple[float, float]


def _of_kind(key: str) -> Parameter:
    row = OBSERVATION_KINDS[key]
    return Parameter(key=key, display=row.display, ucum=row.ucum, plausible=row.plausible)


PARAMETERS: Final = (
    _of_kind("heart_rate"),
    _of_kind("respiratory_rate"),
    _of_kind("oxygen_saturation"),
    _of_kind("body_temperature"),
    _of_kind("systolic_pressure"),
    _of_kind("diastolic_pressure"),
    Parameter(key="shock_index", display="Heart rate over systolic pressure", ucum="1", plausible=(0.1, 4.0)),
    Parameter(key="coma_score", display="Glasgow coma scale", ucum="{score}", plausible=(3.0, 15.0)),
    Parameter(key="inspired_oxygen", display="Inspired oxygen", ucum="1", plausible=(0.21, 1.0)),
)
"""``shock_index`` is made here, of the hours that have both (Allgöwer and Burri, Dtsch Med Wochenschr
1967;92:1947-1950)."""

DETERIORATION_INPUTS: Final = {
    "statistics": (1, len(PARAMETERS), len(STATISTICS)),
    "age": (1, 1),
    "present": (1, len(PARAMETERS) + 1),
}


def hourly_means(
    hours_ago: NDArray[np.floating], values: NDArray[np.floating], parameter: Parameter
) -> NDArray[np.float64]:
    """Means of each hour of the window, ``(48,)`` oldest first, NaN where there is nothing plausible."""
    low, high = parameter.plausible
    hour = WINDOW_HOURS - 1 - np.floor(hours_ago).astype(np.int64)
    chosen = (values >= low) & (values <= high) & (hour >= 0) & (hour < WINDOW_HOURS)
    counts = np.bincount(hour[chosen], minlength=WINDOW_HOURS)
    sums = np.bincount(hour[chosen], weights=values[chosen], minlength=WINDOW_HOURS)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def deterioration_inputs(
    hours: Mapping[str, NDArray[np.floating]], age_years: float | None
) -> dict[str, NDArray[np.float32]]:
    """Make the inputs from ``hours[key]`` of ``(48,)``, oldest first and NaN where nothing was measured.

    A parameter without any hour has ``present`` 0; so has an unknown age, which is the last of ``present``.
    """
    known = dict(hours)
    if "heart_rate" in known and "systolic_pressure" in known:
        known["shock_index"] = known["heart_rate"] / known["systolic_pressure"]
    rows = [_statistics(parameter, known.get(parameter.key)) for parameter in PARAMETERS]
    filled = [np.zeros(len(STATISTICS)) if row is None else row for row in rows]
    is_present = [*(row is not None for row in rows), age_years is not None]
    return {
        "statistics": np.array([filled], dtype=np.float32),
        "age": np.array([[min((age_years or 0.0) / _OLDEST_YEARS, 1.0)]], dtype=np.float32),
        "present": np.array([is_present], dtype=np.float32),
    }


def _statistics(parameter: Parameter, hours: NDArray[np.floating] | None) -> NDArray[np.float64] | None:
    measured = np.flatnonzero(np.isfinite(hours)) if hours is not None else np.array([], dtype=np.int64)
    if hours is None or not len(measured):
        return None
    low, high = parameter.plausible
    values = (hours[measured].astype(np.float64) - low) / (high - low)
    recent = values[measured >= WINDOW_HOURS - _RECENT_HOURS]
    return np.array(
        [
            values[-1],
            recent.mean() if len(recent) else values[-1],
            values.mean(),
            values.min(),
            values.max(),
            values.std(),
            _trend_a_day(measured, values),
        ]
    )


def _trend_a_day(hour: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """Slope by least squares, drawn towards none as if by a dozen hours that saw no change."""
    if len(values) < _FEWEST_FOR_TREND:
        return 0.0
    from_middle = hour - hour.mean()
    return float(24 * np.dot(from_middle, values) / (np.dot(from_middle, from_middle) + 144.0))
