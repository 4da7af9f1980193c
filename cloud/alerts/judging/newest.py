"""The newest values of each vital sign, as scores take them: no single wild reading, and dated."""

from collections.abc import Collection, Iterator, Mapping
from itertools import dropwhile
from statistics import median
from typing import Final

from cloud.alerts.judging.chart import Chart, is_doubtful
from cloud.alerts.judging.readings import LEAST_QUALITY
from cloud.early_warning.quantities import QUANTITIES, QUANTITY_OF
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun

__all__ = ["Values", "measuring", "newest_values", "take_newest"]

SPAN_MS: Final = 300_000
"""A newest value is the median of so long up to it."""
STEP_MS: Final = 30_000
"""One point in so long is enough for that."""

Values = Mapping[str, tuple[int, float]]
"""When each vital sign was measured last, and its value."""


def take_newest(chart: Chart, run: ObservationRun) -> None:
    """Take what of a run tells a vital sign, can be believed, and is newer than what was taken before."""
    points = chart.newest.get(run.kind, [])
    if points and 0 <= run.t_ms[-1] - points[-1][0] < STEP_MS:  # as almost always: nothing to be taken
        return
    if run.kind not in QUANTITY_OF:
        return
    if points and is_doubtful(points[-1][0], chart.received_ms):
        points = []
    taken = list(points)
    for t_ms, value in _fit(chart, run):
        if not taken or t_ms - taken[-1][0] >= STEP_MS:
            taken.append((t_ms, value))
    if len(taken) > len(points):
        newest_ms = taken[-1][0]
        chart.newest[run.kind] = list(dropwhile(lambda point: point[0] <= newest_ms - SPAN_MS, taken))
        chart.has_news = True
        if run.kind not in chart.device(run.device).newest_ms:
            chart.note_newest(run.device, run.kind, newest_ms)


def _fit(chart: Chart, run: ObservationRun) -> Iterator[tuple[int, float]]:
    """Yield the times and values that can be judged, by time."""
    kind = OBSERVATION_KINDS[run.kind]
    quality = run.quality or [1.0] * len(run.value)
    for t_ms, value, good in sorted(zip(run.t_ms, run.value, quality, strict=True)):
        if good >= LEAST_QUALITY and kind.is_plausible(value) and not is_doubtful(t_ms, chart.received_ms):
            yield t_ms, value


def newest_values(chart: Chart) -> Values:
    """Return when and what by vital sign: of the best kind that tells it, unless another is newer by more."""
    found = {}
    for quantity in QUANTITIES:
        told = [points for kind in quantity.kinds if (points := chart.newest.get(kind))]
        if told:
            newest_ms = max(points[-1][0] for points in told)
            best = next(points for points in told if newest_ms - points[-1][0] < SPAN_MS)
            found[quantity.key] = best[-1][0], median([value for _, value in best])
    return found


def measuring(chart: Chart, quantities: Collection[str]) -> tuple[str, ...]:
    """Return the wearables that measure any of these vital signs."""
    return tuple(
        device
        for device, memory in chart.devices.items()
        if any(QUANTITY_OF.get(kind) in quantities for kind in memory.newest_ms)
    )
