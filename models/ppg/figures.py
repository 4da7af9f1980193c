"""Draw what the evaluation of the pulse rate measured: courses, risk, agreement, reliability."""

from typing import Final

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.typing import NDArray

from models.figures import lines, reliability
from models.ppg.judging import Judged
from vitals.features.ppg_evidence import HOP_S, WINDOW_S

__all__ = ["bland_altman", "risk", "sureness", "windows"]

_TRUE: Final = "#555555"
_TOLD: Final = "#1b4965"
_WITHHELD: Final = "#c1666b"
_COLUMNS: Final = 3
_SPREAD: Final = 1.96


def windows(judged: Judged) -> Figure:
    """Draw each session's true rate, what was told, and what was found and withheld."""
    records = np.unique(judged.records)
    rows = -(-len(records) // _COLUMNS)
    figure, places = plt.subplots(rows, _COLUMNS, figsize=(12, 2.2 * rows), squeeze=False)
    for record, axes in zip(records, places.ravel(), strict=False):
        one = judged.where(judged.records == record)
        at_s = WINDOW_S + HOP_S * np.arange(len(one.records))
        axes.plot(at_s, one.truth_per_min, color=_TRUE, linewidth=2, label="ECG")
        for chosen, colour, label in ((one.is_told, _TOLD, "told"), (~one.is_told, _WITHHELD, "withheld")):
            axes.plot(at_s[chosen], one.found_per_min[chosen], ".", color=colour, markersize=4, label=label)
        axes.set_title(str(record), fontsize=8)
    for axes in places.ravel()[len(records) :]:
        axes.set_visible(False)
    places[0, 0].legend(fontsize=7)
    figure.supxlabel("s")
    figure.supylabel("beats a minute")
    figure.tight_layout()
    return figure


def risk(coverage: NDArray[np.float64], error_per_min: NDArray[np.float64]) -> Figure:
    """Draw the mean error against the share of windows told."""
    return lines(
        {"mean error": (coverage.tolist(), error_per_min.tolist())},
        x_label="share of windows told, surest first",
        y_label="mean absolute error, beats a minute",
        title="Risk by coverage",
    )


def bland_altman(judged: Judged) -> Figure:
    """Draw the difference from the ECG against the mean of both, told and withheld."""
    figure, axes = plt.subplots(figsize=(6, 4))
    apart = judged.found_per_min - judged.truth_per_min
    middle = (judged.found_per_min + judged.truth_per_min) / 2
    for chosen, colour, label in ((judged.is_told, _TOLD, "told"), (~judged.is_told, _WITHHELD, "withheld")):
        axes.plot(middle[chosen], apart[chosen], ".", color=colour, markersize=3, label=label)
    told = apart[judged.is_told]
    if len(told):
        for level in (told.mean(), told.mean() - _SPREAD * told.std(), told.mean() + _SPREAD * told.std()):
            axes.axhline(level, color=_TRUE, linewidth=1)
    axes.set(xlabel="mean of both, beats a minute", ylabel="PPG less ECG", title="Agreement with the ECG")
    axes.legend()
    return figure


def sureness(judged: Judged, *, close_per_min: float) -> Figure:
    """Draw how often a rate was right against how probable that was said to be."""
    return reliability(
        judged.confidence, judged.is_close, title=f"Right to {close_per_min:.0f} beats a minute"
    )
