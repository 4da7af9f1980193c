"""What the judged recordings say of the model: by beat, by window, by episode, by patient and by rhythm."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.rr_af.judging import Judged
from models.rr_af.recordings import ECTOPIC, FLUTTER
from models.scores.calibration import calibration_error
from models.scores.curves import auroc
from models.scores.intervals import bootstrap_interval

__all__ = ["afdb_report", "mitdb_report"]

UNIT: Final = "every beat: the interval that ends with it, judged against the rhythm annotated at that beat"

_WINDOW_BEATS: Final = 30
_EPISODE_S: Final = 30.0
"""What a run of fibrillation must last to be an episode (ESC 2024)."""
_ECTOPY_REACH: Final = 15
_ECTOPY_SHARE: Final = 0.1

Counts = NDArray[np.int64]
"""``(4,)``: found, missed, passed, false."""


def afdb_report(
    judged: Sequence[Judged], *, threshold: float, distance_limit: float | None
) -> dict[str, Any]:
    """Return the headline of the report: scores of every beat, and what stands beside them."""
    counts = _counts_by_record(judged, threshold)
    patients = np.array([one.recording.patient for one in judged])
    dominating = int((counts[:, 1] + counts[:, 3]).argmax())
    others = np.delete(counts, dominating, axis=0)
    return {
        "unit": UNIT,
        "classes": {"AF": scores(counts.sum(axis=0)), "other": scores(counts.sum(axis=0)[[2, 3, 0, 1]])},
        "auroc": round(auroc(_true(judged), _given(judged)), 5),
        "macro_se": _mean([row["se"] for row in map(scores, counts) if row["support"]]),
        "macro_sp": _mean([row["sp"] for row in map(scores, counts) if row["others"]]),
        "calibration_error": _calibration(judged),
        "threshold": threshold,
        "out_of_fold": sum(one.is_out_of_fold for one in judged),
        "records": len(judged),
        "intervals": {
            name: bootstrap_interval(patients, _summed(counts, name)) for name in ("se", "sp", "ppv", "f1")
        },
        "without_dominating_record": {
            "record": str(judged[dominating].recording.record),
            **scores(others.sum(axis=0)),
        },
        "windows": _windows(judged, threshold),
        "episodes": _episodes(judged, threshold),
        "flutter": _flagged(judged, threshold, FLUTTER),
        "abstention": _abstention(judged, threshold, distance_limit),
        "by_rhythm": _by_rhythm(judged, threshold),
        "by_record": _by_record(judged, counts),
    }


def mitdb_report(judged: Sequence[Judged], *, threshold: float) -> dict[str, Any]:
    """Return how specific the model is among ectopic beats and other rhythms than fibrillation."""
    counts = _counts_by_record(judged, threshold)
    patients = np.array([one.recording.patient for one in judged])
    summed = scores(counts.sum(axis=0))
    return {
        "mitdb_specificity": summed["sp"],
        "mitdb_sensitivity": summed["se"],
        "mitdb": {
            "specificity_interval_95": bootstrap_interval(patients, _summed(counts, "sp")),
            "out_of_fold": sum(one.is_out_of_fold for one in judged),
            "by_rhythm": _by_rhythm(judged, threshold),
            "by_record": _by_record(judged, counts),
        },
    }


def scores(counts: Counts) -> dict[str, float]:
    """Se, Sp, +P and F1 of ``(found, missed, passed, false)``; a share of nothing is 0."""
    found, missed, passed, false = (int(count) for count in counts)
    return {
        "se": _share(found, found + missed),
        "sp": _share(passed, passed + false),
        "ppv": _share(found, found + false),
        "f1": _share(2 * found, 2 * found + missed + false),
        "support": found + missed,
        "others": passed + false,
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 5) if whole else 0.0


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 5) if values else 0.0


def _count(is_so: NDArray[np.bool_], said_so: NDArray[np.bool_]) -> Counts:
    return np.array(
        [
            (is_so & said_so).sum(),
            (is_so & ~said_so).sum(),
            (~is_so & ~said_so).sum(),
            (~is_so & said_so).sum(),
        ],
        dtype=np.int64,
    )


def _counts_by_record(judged: Sequence[Judged], threshold: float) -> NDArray[np.int64]:
    return np.array([_count(one.is_af, one.given >= threshold) for one in judged])


def _summed(counts: NDArray[np.int64], name: str) -> Callable[[NDArray[np.int64]], float]:
    """Return the score of the recordings drawn; NaN where they have no beat for it to be a share of."""
    of_what = {"sp": "others"}.get(name, "support")

    def score(rows: NDArray[np.int64]) -> float:
        drawn = scores(counts[rows].sum(axis=0))
        return drawn[name] if drawn[of_what] else float("nan")

    return score


def _true(judged: Sequence[Judged]) -> NDArray[np.bool_]:
    return np.concatenate([one.is_af for one in judged])


def _given(judged: Sequence[Judged]) -> NDArray[np.float64]:
    return np.concatenate([one.given for one in judged])


def _calibration(judged: Sequence[Judged]) -> float:
    given, is_af = _given(judged), _true(judged)
    return round(calibration_error(np.maximum(given, 1 - given), (given >= 0.5) == is_af), 4)  # noqa: PLR2004


def _by_record(judged: Sequence[Judged], counts: NDArray[np.int64]) -> list[dict[str, Any]]:
    return [
        {
            "record": one.recording.record,
            **scores(row),
            "missed": int(row[1]),
            "false": int(row[3]),
            "out_of_fold": one.is_out_of_fold,
        }
        for one, row in zip(judged, counts, strict=True)
    ]


def _by_rhythm(judged: Sequence[Judged], threshold: float) -> list[dict[str, Any]]:
    """Of each annotated rhythm the beats, and how many were called fibrillation; ectopy stands apart."""
    named = np.concatenate([_rhythm_names(one)[one.is_known] for one in judged])
    said_so = _given(judged) >= threshold
    return [
        {
            "rhythm": str(name),
            "beats": int((named == name).sum()),
            "called_af": int(said_so[named == name].sum()),
            "share": _share(int(said_so[named == name].sum()), int((named == name).sum())),
        }
        for name in np.unique(named)
    ]


def _rhythm_names(one: Judged) -> NDArray[np.str_]:
    """Return the annotated rhythm; sinus rhythm with more than a tenth of ectopic beats about is named so."""
    is_ectopic = np.isin(one.recording.symbols, list(ECTOPIC)).astype(np.float64)
    about = np.convolve(is_ectopic, np.ones(2 * _ECTOPY_REACH + 1) / (2 * _ECTOPY_REACH + 1), mode="same")
    names = one.recording.rhythms.astype("<U32")
    names[(names == "N") & (about[: len(names)] > _ECTOPY_SHARE)] = "N, over a tenth ectopic"
    return names


def _flagged(judged: Sequence[Judged], threshold: float, rhythm: str) -> dict[str, float]:
    chosen = np.concatenate([one.recording.rhythms[one.is_known] == rhythm for one in judged])
    called = int((_given(judged) >= threshold)[chosen].sum())
    return {"beats": int(chosen.sum()), "called_af": called, "share": _share(called, int(chosen.sum()))}


def _windows(judged: Sequence[Judged], threshold: float) -> dict[str, float]:
    """Scores of windows of 30 beats, one after the other: more than half of them decides on both sides."""
    truth, said = [], []
    for one in judged:
        count = len(one.given) // _WINDOW_BEATS
        shape = (count, _WINDOW_BEATS)
        truth.append(one.is_af[: count * _WINDOW_BEATS].reshape(shape).mean(axis=1))
        said.append((one.given >= threshold)[: count * _WINDOW_BEATS].reshape(shape).mean(axis=1))
    half = 0.5
    counts = _count(np.concatenate(truth) > half, np.concatenate(said) > half)
    return {"beats": _WINDOW_BEATS, **scores(counts)}


def _episodes(judged: Sequence[Judged], threshold: float) -> dict[str, float]:
    """Annotated runs of 30 s and more of which half was found, and runs called so without any, a day."""
    annotated = found = false = 0
    hours = 0.0
    for one in judged:
        time_s = np.cumsum(one.recording.rr_ms[one.is_known]) / 1000.0
        said_so = one.given >= threshold
        hours += float(time_s[-1]) / 3600 if len(time_s) else 0.0
        runs = _runs(one.is_af, time_s)
        annotated += len(runs)
        found += sum(bool(said_so[start:stop].mean() >= 0.5) for start, stop in runs)  # noqa: PLR2004
        false += sum(not one.is_af[start:stop].any() for start, stop in _runs(said_so, time_s))
    return {
        "shortest_s": _EPISODE_S,
        "annotated": annotated,
        "found": found,
        "se": _share(found, annotated),
        "false": false,
        "false_per_day": round(false * 24 / hours, 3) if hours else 0.0,
        "hours": round(hours, 1),
    }


def _runs(is_so: NDArray[np.bool_], time_s: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Unbroken runs that last 30 s or more: first interval, and the one after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_so, [False]]).astype(np.int8)))
    return [
        (int(start), int(stop))
        for start, stop in edges.reshape(-1, 2)
        if time_s[stop - 1] - time_s[start] >= _EPISODE_S
    ]


def _abstention(judged: Sequence[Judged], threshold: float, distance_limit: float | None) -> dict[str, float]:
    """Return what is left, and how good it is, where windows unlike all training are not judged."""
    limit = np.inf if distance_limit is None else distance_limit
    is_kept = np.concatenate([one.distance[one.is_known] <= limit for one in judged])
    counts = _count(_true(judged)[is_kept], _given(judged)[is_kept] >= threshold)
    return {"coverage": round(float(is_kept.mean()), 5), **scores(counts)}
