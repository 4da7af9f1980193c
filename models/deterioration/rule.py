"""NEWS2 of the same stays, as strong a comparator as the rule can be made."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.deterioration.examples import END_H
from models.deterioration.stays import Stay
from models.scores.curves import auroc
from vitals.features.deterioration import PARAMETERS
from vitals.scores.news2 import news2
from vitals.scores.tables import Consciousness, Measured

__all__ = ["READINGS", "News2Course", "best_reading", "course"]

EVERY_H: Final = 4
"""How often the score is taken: as often as its chart asks for from a score of 1 on, at the least."""

_ALERT_GCS: Final = 15.0
_AIR: Final = 0.21
_PLAUSIBLE: Final = {parameter.key: parameter.plausible for parameter in PARAMETERS}
_MEASURED: Final = {
    "respiratory_rate": ("RespRate",),
    "oxygen_saturation": ("SaO2",),
    "systolic_pressure": ("SysABP", "NISysABP"),
    "heart_rate": ("HR",),
    "body_temperature": ("Temp",),
}

News2Course = NDArray[np.float64]
"""``(times, 2)``: the lowest and the highest total at each time, oldest first."""

READINGS: Final[Mapping[str, Callable[[NDArray[np.float64]], float]]] = MappingProxyType(
    {
        "last": lambda totals: float(totals[-1]),
        "highest": lambda totals: float(totals.max()),
        "mean": lambda totals: float(totals.mean()),
        "highest_of_last_day": lambda totals: float(totals[-24 // EVERY_H :].max()),
        "mean_of_last_day": lambda totals: float(totals[-24 // EVERY_H :].mean()),
    }
)
"""The ways to make one number of two days of scores."""

_ENDS: Final = {"lowest": (1.0, 0.0), "middle": (0.5, 0.5), "highest": (0.0, 1.0)}
"""The ways to read a range: what is missing taken as normal, as half its points, as its worst."""


def course(stay: Stay, *, at_home: bool = False) -> News2Course:
    """Score a stay every four hours by what was measured last; at home without consciousness and oxygen."""
    series = {key: _plausible(key, *stay.series(*names)) for key, names in _MEASURED.items()}
    if not at_home:
        series |= {"consciousness": _consciousness(stay), "supplemental_oxygen": _oxygen(stay)}
    # Whoever is under 16 in a ward of adults is scored as one.
    scores = [
        news2(_newest(series, hour * 60.0), age_years=None) for hour in range(EVERY_H, END_H + 1, EVERY_H)
    ]
    return np.array([(score.lowest, score.highest) for score in scores], dtype=np.float64)


def best_reading(
    died: NDArray[np.bool_], courses: Iterable[News2Course]
) -> tuple[str, NDArray[np.float64], dict[str, float]]:
    """Return the reading of most AUROC on these very stays, its ``(n,)`` scores, and the AUROC of each."""
    ranges = np.stack(list(courses))
    scores = {
        f"{reading}, {end}": np.array([read(totals) for totals in ranges @ np.array(weights)])
        for reading, read in READINGS.items()
        for end, weights in _ENDS.items()
    }
    found = {name: auroc(died, score) for name, score in scores.items()}
    best = max(found, key=lambda name: found[name])
    return best, scores[best], found


def _plausible(
    key: str, minutes: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = _PLAUSIBLE[key]
    chosen = (values >= low) & (values <= high)
    return minutes[chosen], values[chosen]


def _consciousness(stay: Stay) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whoever scores less than the full 15 of the coma scale is not alert."""
    minutes, values = _plausible("coma_score", *stay.series("GCS"))
    return minutes, np.where(values < _ALERT_GCS, float(Consciousness.CONFUSED), float(Consciousness.ALERT))


def _oxygen(stay: Stay) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """More oxygen than in air, or a ventilator."""
    minutes, fraction = _plausible("inspired_oxygen", *stay.series("FiO2"))
    ventilated, _ = stay.series("MechVent")
    joined = np.concatenate([minutes, ventilated])
    given = np.concatenate([(fraction > _AIR).astype(np.float64), np.ones(len(ventilated))])
    order = np.argsort(joined, kind="stable")
    return joined[order], given[order]


def _newest(
    series: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], now_minute: float
) -> dict[str, Measured]:
    places = {
        key: int(np.searchsorted(minutes, now_minute, side="right")) - 1
        for key, (minutes, _) in series.items()
    }
    return {
        key: Measured(
            value=float(series[key][1][place]), age_ms=int((now_minute - series[key][0][place]) * 60_000)
        )
        for key, place in places.items()
        if place >= 0
    }
