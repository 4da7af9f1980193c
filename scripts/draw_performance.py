"""Draws docs/images/performance-*.svg from the reports in docs/performance/, as `carewire bench` wrote them.

`python scripts/draw_performance.py`; drawn again from the same reports, the files are the same.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

DOCS: Final = Path(__file__).parent.parent / "docs"
REPORTS: Final = DOCS / "performance"
INK: Final = "#1b4965"
LIGHT: Final = "#5fa8d3"
PEER: Final = "#b9bec4"
GOAL: Final = "#c1666b"
THINGSBOARD_PER_S: Final = 15_000
"""ThingsBoard's own figure: points a second on two CPUs, with Kafka and PostgreSQL."""
STYLE: Final[dict[Any, Any]] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "svg.hashsalt": "carewire",
}

Bars = Sequence[tuple[str, float, str]]


def main() -> None:
    """Draw every figure whose report is there."""
    with plt.rc_context(STYLE):
        save(ingest(read("ingest")), "ingest")
        save(query(read("query")), "query")
        save(growth(read("growth")), "growth")


def ingest(report: Mapping[str, Any]) -> Figure:
    """Compare durable observations a second."""
    peer = report["influxdb"]
    rows = [
        ("Carewire, runs of 50", report["runs"]["observations_per_s"], INK),
        ("the same, alerts judged beside", report["runs_with_alerts"]["observations_per_s"], INK),
        ("Carewire, single observations", report["single"]["observations_per_s"], INK),
        ("the same, alerts judged beside", report["single_with_alerts"]["observations_per_s"], INK),
        ("InfluxDB 1.6, 5,000 a request", peer["batches_of_5000"]["observations_per_s"], PEER),
        ("InfluxDB 1.6, 200 a request", peer["batches_of_200"]["observations_per_s"], PEER),
        ("ThingsBoard, as published", THINGSBOARD_PER_S, PEER),
    ]
    figure, axes = plt.subplots(figsize=(8, 3.4))
    bars(axes, rows, "{:,.0f}")
    axes.axvline(150_000, color=GOAL, linewidth=1, linestyle=(0, (4, 3)))
    axes.text(155_000, len(rows) + 0.55, "what was aimed for", color=GOAL, fontsize=9)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("durable observations a second, on two shared cores")
    return figure


def query(report: Mapping[str, Any]) -> Figure:
    """Compare how long questions take, and the disk a point takes."""
    peer = report["influxdb"]
    questions = {
        "30 days to hours": "downsample_30d_1h_ms",
        "a day, raw": "raw_1d_ms",
        "newest of 1,000 patients": "latest_1000_ms",
    }
    figure, (times, sizes) = plt.subplots(1, 2, figsize=(9, 2.8), width_ratios=(2.2, 1), layout="constrained")
    rows = [
        row
        for name, key in questions.items()
        for row in ((name, report[key], INK), ("InfluxDB 1.6", peer[key], PEER))
    ]
    times.set_xscale("log")
    bars(times, rows, "{:,.1f} ms", room=12.0)
    times.set_xlabel("ms, median, logarithmic")
    bars(
        sizes,
        [("Carewire", report["bytes_per_point"], INK), ("InfluxDB 1.6", peer["bytes_per_point"], PEER)],
        "{:.2f}",
    )
    sizes.set_xlabel("bytes a point on disk")
    return figure


def growth(report: Mapping[str, Any]) -> Figure:
    """Show what an observation costs as history grows."""
    levels = {int(name.removeprefix("after_")): each for name, each in report.items() if "after_" in name}
    names = [f"{level // 1_000_000} million" for level in levels]
    figure, axes = plt.subplots(figsize=(6, 2.8))
    bottom = [0.0] * len(levels)
    for part, label, colour in (("storing", "storing it", INK), ("closing", "packing its hour", LIGHT)):
        heights = [found[f"{part}_cpu_s_per_million"] for found in levels.values()]
        drawn = axes.bar(names, heights, bottom=bottom, color=colour, width=0.5, label=label)
        axes.bar_label(drawn, fmt="%.2f", label_type="center", color="white", fontsize=9)
        bottom = [below + height for below, height in zip(bottom, heights, strict=True)]
    axes.set(xlabel="observations stored before", ylabel="s of a core a million")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def bars(axes: Axes, rows: Bars, form: str, *, room: float = 1.18) -> None:
    """Draw a bar a row, the first on top, each with its number behind it."""
    places = range(len(rows), 0, -1)
    values = [value for _, value, _ in rows]
    axes.barh(places, values, color=[colour for _, _, colour in rows], height=0.66)
    axes.set_yticks(list(places), [name for name, _, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(right=max(values) * room)
    for place, value in zip(places, values, strict=True):
        axes.annotate(
            form.format(value), (value, place), xytext=(4, 0), textcoords="offset points", va="center"
        )


def read(name: str) -> Mapping[str, Any]:
    """Return a report."""
    report: Mapping[str, Any] = json.loads((REPORTS / f"{name}.json").read_text())
    return report


def save(figure: Figure, name: str) -> None:
    """Write a figure that is the same each time the numbers are."""
    figure.savefig(DOCS / "images" / f"performance-{name}.svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
