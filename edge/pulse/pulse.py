"""One device's pulse: its light and its acceleration, aligned by the clock that stamps both.

A gap in the light begins anew; one in the acceleration leaves the windows it touches unwatched. Each window
gives its quality, and a pulse rate or the reason why there is none.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog

from edge.clock import Stamp
from edge.counters import Counters
from edge.streams.scalar_stream import ScalarStream
from vitals.features.ppg import RATES_HZ, PulseEstimate, PulseMeter, acceleration_tail
from vitals.features.ppg_quality import PulseDoubt
from vitals.gatt.signal_stream import SignalFrame
from vitals.records import AnyRecord, GapReason, ObservationRun

if TYPE_CHECKING:
    from vitals.features.signal_tail import SignalTail

__all__ = ["Pulse"]

_log = structlog.get_logger()

KIND: Final = "pulse_rate"
_OWN_S: Final = 10.0
"""How long a rate that the wearable itself tells stands, in place of ours."""
_FRESH_S: Final = 10.0
_DECIMALS: Final = 1
_GAP_OF: Final = {
    PulseDoubt.FLAT: GapReason.SENSOR_OFF,
    PulseDoubt.POOR_CONTACT: GapReason.SENSOR_OFF,
    PulseDoubt.DISTURBED: GapReason.SENSOR_OFF,
}
"""Why there is no rate, where it is not that none could be measured."""


class Pulse:
    """Watches both streams of a device, and tells the pulse rate found in them."""

    def __init__(self, *, device: str, counters: Counters) -> None:
        self._device = device
        self._counters = counters
        self._told = ScalarStream(device=device, kind=KIND)
        self._meter: PulseMeter | None = None
        self._movement: SignalTail | None = None
        self._own_s = self._found_s = float("-inf")
        self._found_per_min = 0.0

    def watch_light(self, rate_hz: float) -> "_Watch | None":
        """Return what watches the next unbroken stretch of light."""
        self._meter = PulseMeter(channels=1, rate_hz=rate_hz) if self._is_usable(rate_hz) else None
        return _Watch(self._on_light) if self._meter else None

    def watch_acceleration(self, rate_hz: float) -> "_Watch | None":
        """Return what watches the next unbroken stretch of acceleration."""
        self._movement = acceleration_tail(rate_hz) if self._is_usable(rate_hz) else None
        return _Watch(self._on_acceleration) if self._movement else None

    def rate_per_min(self, now: Stamp) -> float | None:
        """Return the rate last found, to hold the wearable's own against; `None`: not known."""
        return self._found_per_min if now.monotonic_s - self._found_s <= _FRESH_S else None

    def note_own(self, received: Stamp) -> None:
        """Take note that the wearable told a pulse rate of its own: one series is enough."""
        self._own_s = received.monotonic_s

    def interrupt(self, reason: GapReason, now: Stamp) -> list[AnyRecord]:
        """Take note that nothing can come for now."""
        return list(self._told.interrupt(reason, now))

    def tick(self, now: Stamp) -> list[AnyRecord]:
        """State what has been missing for long."""
        return list(self._told.tick(now))

    def flush(self, now: Stamp) -> list[AnyRecord]:
        """State what is known to be missing: the last call before a stop."""
        return list(self._told.flush(now))

    def _is_usable(self, rate_hz: float) -> bool:
        lowest_hz, highest_hz = RATES_HZ
        is_usable = lowest_hz <= rate_hz <= highest_hz
        if not is_usable:
            self._counters["pulse.rate_unusable"] += 1
        return is_usable

    def _on_light(self, frame: SignalFrame, wall_ms: Callable[[float], int], now: Stamp) -> list[AnyRecord]:
        if self._meter is not None:
            self._meter.push(np.array(frame.values), frame.timestamp_us / 1e6)
        return self._look(wall_ms, now)

    def _on_acceleration(
        self, frame: SignalFrame, wall_ms: Callable[[float], int], now: Stamp
    ) -> list[AnyRecord]:
        if self._movement is not None:
            self._movement.push(np.array(frame.values), frame.timestamp_us / 1e6)
        return self._look(wall_ms, now)

    def _look(self, wall_ms: Callable[[float], int], now: Stamp) -> list[AnyRecord]:
        """Let no mistake in judging cost the samples that were judged: log it whole and begin anew."""
        if self._meter is None:
            return []
        try:
            return self._records(list(self._meter.estimates(self._movement)), wall_ms, now)
        except Exception:  # noqa: BLE001 - whatever a library or we ourselves get wrong
            self._counters["pulse.analysis_failed"] += 1
            _log.exception("pulse.analysis_failed", device=self._device)
            self._meter = PulseMeter(channels=1, rate_hz=self._meter.rate_hz)
            return []

    def _records(
        self, found: Iterable[PulseEstimate], wall_ms: Callable[[float], int], now: Stamp
    ) -> list[AnyRecord]:
        records: list[AnyRecord] = []
        for estimate in found:
            at_ms, quality = max(0, wall_ms(estimate.to_s)), round(estimate.confidence, 3)
            records.append(self._run("ppg_quality", at_ms, quality))
            records += self._rate(estimate, at_ms, quality, now)
        return records

    def _rate(self, estimate: PulseEstimate, at_ms: int, quality: float, now: Stamp) -> list[AnyRecord]:
        """Return the rate and the gap it ends; where none is told, count why."""
        if estimate.doubt is None:
            self._found_per_min, self._found_s = estimate.rate_per_min, now.monotonic_s
        if now.monotonic_s - self._own_s <= _OWN_S:
            self._counters["pulse.withheld.beside-own"] += 1
            return []
        if estimate.doubt is not None:
            self._counters[f"pulse.withheld.{estimate.doubt}"] += 1
            reason = _GAP_OF.get(estimate.doubt, GapReason.NOT_MEASURED)
            return list(self._told.on_missing(reason, now))
        self._counters["pulse.told"] += 1
        rate = self._run(KIND, at_ms, round(estimate.rate_per_min, _DECIMALS), quality=quality)
        return [*self._told.on_value(now), rate]

    def _run(self, kind: str, at_ms: int, value: float, *, quality: float | None = None) -> ObservationRun:
        return ObservationRun(
            device=self._device,
            kind=kind,
            t_ms=[at_ms],
            value=[value],
            quality=None if quality is None else [quality],
        )


class _Watch:
    """Hands on what one unbroken stretch brings, with the wall time of any moment of the wearable's clock."""

    def __init__(self, take: Callable[[SignalFrame, Callable[[float], int], Stamp], list[AnyRecord]]) -> None:
        self._take = take

    def push(self, frame: SignalFrame, *, wall_ms: Callable[[int], int], received: Stamp) -> list[AnyRecord]:
        def at(device_s: float) -> int:
            return wall_ms(round((device_s - frame.timestamp_us / 1e6) * frame.rate_hz))

        return self._take(frame, at, received)
