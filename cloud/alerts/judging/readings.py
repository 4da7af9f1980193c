"""What is measured, sample by sample: fit to be judged or counted, and then before each detector."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from cloud.alerts.judging.chart import Chart, SkipReason, is_doubtful, is_newer
from cloud.alerts.judging.combinations import CombinationDetector
from cloud.alerts.judging.thresholds import ThresholdDetector
from cloud.alerts.judging.trends import TrendDetector
from vitals.kinds import OBSERVATION_KINDS, ObservationKind
from vitals.records import ObservationRun

__all__ = ["LEAST_QUALITY", "judge_run"]

LEAST_QUALITY: Final = 0.5


class _Detector(Protocol):
    """Judges the samples of one run, oldest first; what a sample costs does not depend on how many came."""

    def take(self, t_ms: int, value: float, quality: float | None) -> None:
        """Judge a value, rounded as it is charted."""
        ...

    def close(self) -> None:
        """Keep what the next run is to know."""
        ...


_DETECTORS: Final[tuple[Callable[[Chart, ObservationRun], _Detector | None], ...]] = (
    ThresholdDetector.over,
    TrendDetector.over,
    CombinationDetector.over,
)
"""None: no row reads the kind so."""


def judge_run(chart: Chart, run: ObservationRun) -> None:
    """Judge every sample of a run by the rows of its kind, oldest first."""
    if run.kind not in chart.plan.rules.kinds:
        return
    detectors = [one for over in _DETECTORS if (one := over(chart, run)) is not None]
    kind = OBSERVATION_KINDS[run.kind]
    newest_ms = chart.device(run.device).newest_ms.get(run.kind, -1)
    for t_ms, value, quality in _samples(run):
        reason = _undated(chart, t_ms, newest_ms)
        if reason is None:
            newest_ms = t_ms
            reason = _unfit(kind, value, quality)
        if reason is not None:
            chart.leave_out(run.kind, reason)
            continue
        chart.remember(run.kind, t_ms, value)
        charted = kind.charted(value)
        for detector in detectors:
            detector.take(t_ms, charted, quality)
    for detector in detectors:
        detector.close()
    chart.note_newest(run.device, run.kind, newest_ms)


def _samples(run: ObservationRun) -> list[tuple[int, float, float | None]]:
    """Return time, value and quality of each, by time."""
    quality: Sequence[float | None] = run.quality or [None] * len(run.value)
    return sorted(zip(run.t_ms, run.value, quality, strict=True), key=_time_of)


def _time_of(sample: tuple[int, float, float | None]) -> int:
    return sample[0]


def _undated(chart: Chart, t_ms: int, newest_ms: int) -> SkipReason | None:
    if is_doubtful(t_ms, chart.received_ms):
        return SkipReason.CLOCK_DOUBTED
    return None if is_newer(t_ms, newest_ms, chart.received_ms) else SkipReason.NOT_NEWER


def _unfit(kind: ObservationKind, value: float, quality: float | None) -> SkipReason | None:
    if not kind.is_plausible(value):
        return SkipReason.IMPLAUSIBLE
    return SkipReason.LOW_QUALITY if quality is not None and quality < LEAST_QUALITY else None
