"""The figures of an evaluation: sensitivity to falls, false alarms an hour, and how far both are known."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.falls.examples import LABELS
from models.falls.judging import Judged
from models.scores.calibration import calibration_error
from models.scores.classification import class_scores
from models.scores.curves import auroc
from models.scores.intervals import bootstrap_interval

__all__ = ["event_sensitivity", "false_alarms_per_hour", "report_of", "truth_and_verdicts"]

_ACTIVITIES_A_DAY: Final = 60
_WEAR: Final = (
    "a day of wear holds 60 activities like the recorded ones: Dall and Kerr (Appl Ergon 2010;41:58-61) "
    "count 60 risings from a seat a day in free-living adults; the recorded ones are meant to provoke"
)
_DAYS: Final = 7
_UPPER: Final = 0.95


def report_of(judged: Judged) -> dict[str, Any]:
    """Return the figures of all recordings, of each person and of each activity; no share of nothing: NaN."""
    truth, verdicts = truth_and_verdicts(judged)
    others = judged.where(~judged.is_fall)
    false_alarms = int(others.alarms.sum())
    return {
        "event_se": event_sensitivity(judged),
        "false_alarms_per_hour": false_alarms_per_hour(judged),
        "false_alarms_per_hour_below": _upper(false_alarms, float(others.hours.sum())),
        "auroc": round(auroc(judged.is_fall, judged.probability), 5),
        "ece": round(_calibration_error(judged), 4),
        "coverage": _share(int(judged.judged_blows.sum()), int(judged.blows.sum())),
        "recordings": len(judged.records),
        "people": len(np.unique(judged.people)),
        "falls": int(judged.is_fall.sum()),
        "hours_without_falls": round(float(others.hours.sum()), 3),
        "false_alarms": false_alarms,
        "classes": class_scores(truth, verdicts, LABELS),
        "intervals": _intervals(judged),
        "gate": {
            "event_se": _share(int((judged.blows[judged.is_fall] > 0).sum()), int(judged.is_fall.sum())),
            "blows_per_hour_without_falls": _per(int(others.blows.sum()), float(others.hours.sum())),
        },
        "rule_without_model": {
            "event_se": _share(
                int((judged.rule_alarms[judged.is_fall] > 0).sum()), int(judged.is_fall.sum())
            ),
            "false_alarms_per_hour": _per(int(others.rule_alarms.sum()), float(others.hours.sum())),
        },
        "wear": _wear(others, false_alarms),
        "by_record": [*_rows(judged, judged.people, "person"), *_rows(judged, judged.activities, "activity")],
        "missed": judged.records[judged.is_fall & (judged.alarms == 0)].tolist(),
        "false_alarms_in": judged.records[~judged.is_fall & (judged.alarms > 0)].tolist(),
    }


def truth_and_verdicts(judged: Judged) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return by recording what it was and what was said: `fall` or `other`."""
    names = np.array(LABELS)
    return names[judged.is_fall.astype(int)], names[(judged.alarms > 0).astype(int)]


def event_sensitivity(judged: Judged) -> float:
    """Share of the recordings of a fall in which one was found; NaN where nobody fell."""
    return _share(int((judged.alarms[judged.is_fall] > 0).sum()), int(judged.is_fall.sum()))


def false_alarms_per_hour(judged: Judged) -> float:
    """Alarms in the recordings without a fall, over their hours; NaN where there are none."""
    others = judged.where(~judged.is_fall)
    return _per(int(others.alarms.sum()), float(others.hours.sum()))


def _intervals(judged: Judged) -> dict[str, list[float]]:
    return {
        name: bootstrap_interval(judged.people, lambda rows, of=figure: of(judged.where(rows)))  # type: ignore[misc]
        for name, figure in (
            ("event_se", event_sensitivity),
            ("false_alarms_per_hour", false_alarms_per_hour),
        )
    }


def _calibration_error(judged: Judged) -> float:
    """Of the verdict on each recording, by the probability of its likeliest blow."""
    confidence = np.maximum(judged.probability, 1.0 - judged.probability)
    return calibration_error(confidence, (judged.probability >= 0.5) == judged.is_fall)  # noqa: PLR2004 - the likelier


def _wear(others: Judged, false_alarms: int) -> dict[str, Any]:
    """Reckon what the false alarms come to over days of wear, if the assumption holds."""
    activities = max(len(others.records), 1)
    return {
        "assumption": _WEAR,
        "false_alarms_per_day": round(false_alarms / activities * _ACTIVITIES_A_DAY, 4),
        "false_alarms_per_week": round(false_alarms / activities * _ACTIVITIES_A_DAY * _DAYS, 3),
        "false_alarms_per_week_below": _upper(false_alarms, activities / _ACTIVITIES_A_DAY / _DAYS),
    }


def _upper(count: int, exposure: float) -> float:
    """Return the rate that the true one is below in 95 of 100 such studies: 3 an exposure for none."""
    from scipy.stats import chi2  # noqa: PLC0415 - only training and evaluation need it

    return round(float(chi2.ppf(_UPPER, 2 * (count + 1))) / 2 / exposure, 4) if exposure else float("nan")


def _rows(judged: Judged, keys: NDArray[np.str_], by: str) -> list[dict[str, Any]]:
    return [{"record": key, "by": by, **_row(judged.where(keys == key))} for key in _names(keys)]


def _row(judged: Judged) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if judged.is_fall.any():
        row |= {"falls": int(judged.is_fall.sum()), "event_se": event_sensitivity(judged)}
    if not judged.is_fall.all():
        others = judged.where(~judged.is_fall)
        row |= {
            "hours": round(float(others.hours.sum()), 3),
            "false_alarms": int(others.alarms.sum()),
            "recordings_without_alarm": _share(int((others.alarms == 0).sum()), len(others.records)),
        }
    return row


def _names(keys: NDArray[np.str_]) -> Sequence[str]:
    return [str(key) for key in np.unique(keys)]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 5) if whole else float("nan")


def _per(count: int, hours: float) -> float:
    return round(count / hours, 4) if hours else float("nan")
