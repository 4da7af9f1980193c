"""The detector's figures: errors by record, and what noise costs with and without the quality gate."""

from typing import Any, Final

from matplotlib.figure import Figure

__all__ = ["errors_by_record", "noise"]

_MISSED, _EXTRA = "#1b4965", "#c1666b"
_PANELS: Final = (("se", "sensitivity"), ("ppv", "precision"))
_COLOURS: Final = {"bw": "#4f9d69", "ma": "#c1666b", "em": "#1b4965"}


def errors_by_record(report: dict[str, Any]) -> Figure:
    """Draw beats missed and invented in the first lead of each record, as shares of its beats."""
    rows = report["by_record"][::-1]
    names = [row["record"] for row in rows]
    missed, extra = ([row[kind] / max(row["support"], 1) for row in rows] for kind in ("missed", "extra"))
    figure = Figure(figsize=(6, 0.25 * len(rows) + 1))
    axes = figure.subplots()
    axes.barh(names, missed, color=_MISSED, label="missed")
    axes.barh(names, extra, left=missed, color=_EXTRA, label="invented")
    axes.set(xlabel="share of the record's beats", title="R peaks, first lead, streaming")
    axes.legend()
    return figure


def noise(report: dict[str, Any]) -> Figure:
    """Draw sensitivity, precision and coverage against the ratio; broken lines are past the quality gate."""
    figure = Figure(figsize=(12, 3.5))
    panels = figure.subplots(1, 3, sharex=True)
    for name, colour in _COLOURS.items():
        rows = [row for row in report["noise"] if row["noise"] == name]
        snr_db = [row["snr_db"] for row in rows]
        for axes, (share, _) in zip(panels, _PANELS, strict=False):
            axes.plot(snr_db, [row[share] for row in rows], color=colour, marker="o", label=name)
            axes.plot(snr_db, [row["gated"][share] for row in rows], color=colour, linestyle="--", marker=".")
        panels[-1].plot(snr_db, [row["gated"]["coverage"] for row in rows], color=colour, marker=".")
    for axes, label in zip(panels, (*(label for _, label in _PANELS), "coverage"), strict=True):
        axes.set(xlabel="signal to noise, dB", title=label)
        axes.grid(visible=True, alpha=0.3)
    panels[0].legend()
    return figure
