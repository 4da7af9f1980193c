"""One device's ECG: a signal that is looked at for beats, quality and rhythm while it comes."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import structlog

from edge.clock import Stamp
from edge.counters import Counters
from edge.judging.judge import Judge
from edge.rhythm.analysis import RATES_HZ, EcgAnalysis
from edge.rhythm.beats import BeatWatch
from edge.rhythm.fibrillation import FibrillationWatch
from edge.rhythm.look import EcgWatch
from edge.rhythm.pauses import PauseWatch
from edge.rhythm.rates import RATE_LIMITS, RateWatch
from edge.rhythm.watch import RhythmWatch
from edge.streams.signal_stream import SignalStream
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal
from vitals.records import AnyRecord

__all__ = ["Ecg", "rules_of"]

_log = structlog.get_logger()

_LEADS_MS: Final = 120_000
"""So long after the last window that could be judged, the RR intervals alone may speak."""


class Ecg:
    """The stream, and what is known of the heart from it; what is followed outlives gaps in it."""

    def __init__(
        self,
        *,
        device: str,
        judge: Judge,
        safe_until_ms: int | None = None,
        spent: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self._device = device
        self._counters = judge.health.counters
        self._rhythm = RhythmWatch(device=device, judge=judge, spent=spent)
        self._watches = (*rules_of(device, judge), self._rhythm)
        self._watch: _StretchWatch | None = None
        self.stream = SignalStream(
            device=device,
            signal=Signal.ECG,
            counters=self._counters,
            safe_until_ms=safe_until_ms,
            watch_of=self._watch_of,
        )

    def heart_rate_per_min(self) -> float | None:
        """Return the rate of the last beats, to hold the wearable's own against; `None` if not known."""
        return self._watch.heart_rate_per_min() if self._watch and self.stream.is_unbroken else None

    def leads(self, now_ms: int) -> bool:
        """Tell whether the rhythm was judged by the ECG within the last minutes."""
        judged_ms = self._rhythm.judged_ms
        return judged_ms is not None and abs(now_ms - judged_ms) <= _LEADS_MS

    def spent(self) -> dict[str, float]:
        """Return by condition what its alarm budget has spent and not made up for."""
        return self._rhythm.spent()

    def _watch_of(self, rate_hz: float) -> "_StretchWatch | None":
        low_hz, high_hz = RATES_HZ
        self._watch = None
        if low_hz <= rate_hz <= high_hz:
            self._watch = _StretchWatch(
                device=self._device,
                counters=self._counters,
                analysis_of=lambda: EcgAnalysis(
                    device=self._device,
                    rate_hz=rate_hz,
                    watches=self._watches,
                    counters=self._counters,
                ),
            )
        return self._watch


def rules_of(device: str, judge: Judge) -> tuple[EcgWatch, ...]:
    """Return every watch of the ECG but that of the rhythm model."""
    return (
        FibrillationWatch(device=device, new_id=judge.new_id),
        PauseWatch(device=device, new_id=judge.new_id),
        *(RateWatch(device=device, limit=limit, new_id=judge.new_id) for limit in RATE_LIMITS),
        BeatWatch(device=device, judge=judge),
    )


class _StretchWatch:
    """Looks at one unbroken stretch."""

    def __init__(self, *, device: str, counters: Counters, analysis_of: Callable[[], EcgAnalysis]) -> None:
        self._device = device
        self._counters = counters
        self._analysis_of = analysis_of
        self._analysis = analysis_of()

    def heart_rate_per_min(self) -> float | None:
        return self._analysis.heart_rate_per_min()

    def push(self, frame: SignalFrame, *, wall_ms: Callable[[int], int], received: Stamp) -> list[AnyRecord]:
        """Let no mistake in judging cost the samples that were judged: log it whole and begin anew."""
        begin = self._analysis.end
        try:
            return self._analysis.push(
                np.array(frame.values[0]),
                wall_ms=lambda place: wall_ms(place - begin),
                noticed_ms=received.wall_ms,
            )
        except Exception:  # noqa: BLE001 - whatever a library or we ourselves get wrong
            self._counters["ecg.analysis_failed"] += 1
            _log.exception("ecg.analysis_failed", device=self._device)
            self._analysis = self._analysis_of()
            return []
