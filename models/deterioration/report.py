"""What was found, as plain values: the model and the rule on the same stays, in whole and by stratum."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.deterioration.examples import Examples
from models.deterioration.labels import DIED
from models.deterioration.rule import News2Course, best_reading
from models.deterioration.stays import Stay
from models.scores.calibration import calibration_error
from models.scores.classification import class_scores
from models.scores.curves import auroc, average_precision, operating_points
from models.scores.intervals import bootstrap_interval
from vitals.scores.deterioration import KEYS

__all__ = ["Judged", "report_on", "strata_of"]

_SENSITIVITIES: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
_FEWEST_PRESENT: Final = 3
"""With fewer quantities than this the model abstains."""
_FEWEST_OF_BOTH: Final = 10
"""A stratum with fewer deaths or survivors than this has no AUROC worth naming."""
_AGES: Final = ((0, "under 50"), (50, "50 to 64"), (65, "65 to 79"), (80, "80 and over"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Stays, what the model said of each in each setting, and their courses of NEWS2."""

    stays: Sequence[Stay]
    rows: Examples
    probabilities: dict[str, NDArray[np.float64]]
    distance: NDArray[np.float64]
    courses: Sequence[News2Course]
    courses_home: Sequence[News2Course]
    out_of_fold: NDArray[np.bool_]

    def rule(self) -> tuple[str, NDArray[np.float64], dict[str, float]]:
        """Return the best reading of NEWS2 on these stays."""
        return best_reading(self.rows.died, self.courses)


def report_on(seen: Judged, *, threshold: float, distance_limit: float | None) -> dict[str, Any]:
    """Return every figure; shares from 0 to 1."""
    died, given = seen.rows.died, seen.probabilities["all"]
    reading, news2, readings = seen.rule()
    is_covered = _is_covered(seen, distance_limit)
    home_rule = best_reading(died, seen.courses_home)
    return {
        "stays": len(died),
        "deaths": int(died.sum()),
        "out_of_fold": int(seen.out_of_fold.sum()),
        "auroc": _round(auroc(died, given)),
        "auroc_news2": _round(auroc(died, news2)),
        "auroc_gain": _round(auroc(died, given) - auroc(died, news2)),
        "auroc_home": _round(auroc(died, seen.probabilities["home"])),
        "auroc_news2_home": _round(home_rule[2][home_rule[0]]),
        "auroc_worn": _round(auroc(died, seen.probabilities["worn"])),
        "auroc_24h": _round(auroc(died, seen.probabilities["24h"])),
        "average_precision": _round(average_precision(died, given)),
        "average_precision_news2": _round(average_precision(died, news2)),
        "brier": _round(float(np.mean((given - died) ** 2))),
        "calibration_error": _round(calibration_error(given, died)),
        "calibration_error_home": _round(calibration_error(seen.probabilities["home"], died)),
        "coverage": _round(float(is_covered.mean())),
        "auroc_covered": _round(auroc(died[is_covered], given[is_covered])),
        "threshold": threshold,
        "classes": {DIED: _of_death(died, given >= threshold)},
        "intervals": _intervals(seen, news2),
        "news2": {"reading": reading, "auroc": {name: _round(area) for name, area in readings.items()}},
        "decisions": [_decision(died, given, news2, at) for at in _SENSITIVITIES] if died.any() else [],
        "strata": strata_of(seen),
        "unreadable_lines": sum(stay.unreadable for stay in seen.stays),
        "inputs": list(KEYS),
        "by_record": _by_record(seen),
    }


def strata_of(seen: Judged) -> list[dict[str, Any]]:
    """AUROC of model and rule within each group that has enough deaths and survivors."""
    died, given = seen.rows.died, seen.probabilities["all"]
    news2 = seen.rule()[1]
    return [
        {
            "stratum": name,
            "stays": int(chosen.sum()),
            "deaths": int(died[chosen].sum()),
            "auroc": _round(auroc(died[chosen], given[chosen])),
            "auroc_news2": _round(auroc(died[chosen], news2[chosen])),
        }
        for name, chosen in _groups(seen).items()
        if min(died[chosen].sum(), (~died[chosen]).sum()) >= _FEWEST_OF_BOTH
    ]


def _groups(seen: Judged) -> dict[str, NDArray[np.bool_]]:
    told: list[Callable[[Stay], str]] = [_age_group, lambda stay: stay.sex, lambda stay: f"{stay.unit} unit"]
    groups: dict[str, NDArray[np.bool_]] = {}
    for group_of in told:
        names = np.array([group_of(stay) for stay in seen.stays])
        groups |= {str(name): names == name for name in np.unique(names) if "not told" not in name}
    has = {key: seen.rows.tensors["present"][:, place] > 0 for place, key in enumerate(KEYS)}
    for key in ("respiratory_rate", "oxygen_saturation", "coma_score", "inspired_oxygen"):
        groups |= {f"with {key}": has[key], f"without {key}": ~has[key]}
    return groups


def _age_group(stay: Stay) -> str:
    if stay.age_years is None:
        return "age not told"
    return next(name for least, name in reversed(_AGES) if stay.age_years >= least)


def _is_covered(seen: Judged, distance_limit: float | None) -> NDArray[np.bool_]:
    is_near = seen.distance <= (np.inf if distance_limit is None else distance_limit)
    return np.asarray(is_near & (seen.rows.tensors["present"].sum(axis=1) >= _FEWEST_PRESENT))


def _intervals(seen: Judged, news2: NDArray[np.float64]) -> dict[str, list[float]]:
    died, given = seen.rows.died, seen.probabilities["all"]
    of_rows: dict[str, Callable[[NDArray[np.int64]], float]] = {
        "auroc": lambda rows: auroc(died[rows], given[rows]),
        "auroc_news2": lambda rows: auroc(died[rows], news2[rows]),
        "auroc_gain": lambda rows: auroc(died[rows], given[rows]) - auroc(died[rows], news2[rows]),
        "auroc_home": lambda rows: auroc(died[rows], seen.probabilities["home"][rows]),
        "average_precision": lambda rows: average_precision(died[rows], given[rows]),
    }
    return {name: bootstrap_interval(seen.rows.records, metric) for name, metric in of_rows.items()}


def _of_death(died: NDArray[np.bool_], flagged: NDArray[np.bool_]) -> dict[str, float]:
    truth, said = (np.where(flags, DIED, "") for flags in (died, flagged))
    return class_scores(truth, said, (DIED,))[DIED]


def _decision(
    died: NDArray[np.bool_], given: NDArray[np.float64], news2: NDArray[np.float64], sensitivity: float
) -> dict[str, float]:
    """Tell what finding a share of those who died takes: alerts in 100 stays, and the share that is right."""
    row = {"sensitivity": sensitivity}
    for name, score in (("model", given), ("news2", news2)):
        found, false_share, precision = operating_points(died, score)
        at = int(np.searchsorted(found, sensitivity))
        alerts = found[at] * died.sum() + false_share[at] * (~died).sum()
        row |= {
            f"{name}_alerts_per_100": _round(100 * alerts / len(died)),
            f"{name}_ppv": _round(precision[at]),
        }
    return row


def _by_record(seen: Judged) -> list[dict[str, Any]]:
    return [
        {
            "record": stay.record,
            "died": int(stay.died),
            "probability": _round(seen.probabilities["all"][place]),
            "news2": [int(total) for total in seen.courses[place][-1]],
            "out_of_fold": bool(seen.out_of_fold[place]),
        }
        for place, stay in enumerate(seen.stays)
    ]


def _round(value: float) -> float:
    return round(float(value), 4)
