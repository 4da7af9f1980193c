"""One wearable as the gateway sees it: what each of its characteristics gives rise to."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from edge.clock import Stamp
from edge.ecg import Ecg
from edge.heart_rate import agrees, observations, on_body
from edge.rhythm import RhythmJudge
from edge.signal_stream import KIND_OF, SignalStream
from edge.wearable_status import TEXT_FIELDS, WearableStatus
from vitals.errors import DecodeError
from vitals.gatt import registry, uuids
from vitals.gatt.battery import BatteryLevel
from vitals.gatt.heart_rate import HeartRateMeasurement
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal
from vitals.records import AnyRecord, Gap, GapReason, LinkState, ObservationRun

__all__ = ["Wearable"]


class Wearable:
    """One wearable's state; each call returns the records it gave rise to, oldest first."""

    def __init__(
        self,
        *,
        device: str,
        judge: RhythmJudge,
        safe_until_ms: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """`safe_until_ms` tells by kind until when an earlier life of the gateway kept its samples."""
        self.device = device
        self._ecg = Ecg(device=device, judge=judge, safe_until_ms=safe_until_ms.get("ecg"))
        self._signals = {Signal.ECG: self._ecg.stream} | {
            signal: SignalStream(
                device=device,
                signal=signal,
                counters=judge.health.counters,
                safe_until_ms=safe_until_ms.get(KIND_OF[signal]),
            )
            for signal in (Signal.PPG, Signal.ACCELERATION)
        }
        self._status = WearableStatus(device)
        self._counters = judge.health.counters
        self._off_body_since_s: float | None = None
        """By the clock that never jumps."""
        self._handlers: dict[str, Callable[[Any, Stamp], list[AnyRecord]]] = {
            uuids.HEART_RATE_MEASUREMENT: self._on_heart_rate,
            uuids.BATTERY_LEVEL: self._on_battery,
            uuids.SIGNAL_DATA: self._on_signal,
            **{uuid: self._keeping(field) for uuid, field in TEXT_FIELDS.items()},
        }

    def on_value(self, uuid: str, value: bytes, received: Stamp) -> list[AnyRecord]:
        """Take the value of a characteristic, notified or read."""
        try:
            decoded = registry.decode(uuid, value)
        except DecodeError:
            return self._on_unreadable(uuid, received)
        handle = self._handlers.get(uuid.lower())
        if handle is None:
            self._counters["notification.unexpected"] += 1
            return []
        return handle(decoded, received)

    def on_link(
        self, link: LinkState, received: Stamp, reason: str | None, rssi_dbm: int | None
    ) -> list[AnyRecord]:
        """Take note that the wearable came, went or fell silent."""
        self._status.update(link=link, reason=reason)
        if rssi_dbm is not None:
            self._status.update(rssi_dbm=rssi_dbm)
        gap = _GAP_OF.get(link)
        records = (
            [record for stream in self._signals.values() for record in stream.interrupt(gap)] if gap else []
        )
        return [*records, *self._status.report(received)]

    def tick(self, now: Stamp) -> list[AnyRecord]:
        """Do what is due by time alone."""
        records = [record for stream in self._signals.values() for record in stream.tick(now)]
        self._status.note_drift(self._drift_ppm())
        return [*records, *self._status.report(now)]

    def close(self) -> list[AnyRecord]:
        """Return what still waited for more."""
        return [record for stream in self._signals.values() for record in stream.flush()]

    def safe_until_ms(self) -> dict[str, int]:
        """Return by kind until when samples are in the records returned so far, by wall time."""
        safe = {stream.kind: stream.safe_until_ms for stream in self._signals.values()}
        return {kind: t_ms for kind, t_ms in safe.items() if t_ms is not None}

    def _drift_ppm(self) -> float | None:
        """Return the drift as its first signal shows it: one clock stamps them all."""
        drifts = (stream.drift_ppm for stream in self._signals.values())
        return next((drift for drift in drifts if drift is not None), None)

    def _on_unreadable(self, uuid: str, received: Stamp) -> list[AnyRecord]:
        self._counters["notification.unreadable"] += 1
        if uuid.lower() == uuids.SIGNAL_DATA:
            for stream in self._signals.values():
                stream.on_unreadable()  # whichever it was of: its next frame shows what was in it
        kind = _KIND_OF.get(uuid.lower())
        if kind is None:
            return []
        return [self._gap(kind, received.wall_ms, received.wall_ms, GapReason.FRAME_UNREADABLE, missed=1)]

    def _on_heart_rate(self, seen: HeartRateMeasurement, received: Stamp) -> list[AnyRecord]:
        touches = on_body(seen.sensor_contact)
        records = self._on_contact(touches=touches, received=received)
        if touches is False:
            return records  # a rate told without skin contact is no heart rate
        ecg_per_min = self._ecg.heart_rate_per_min()
        if ecg_per_min is not None and not agrees(seen.heart_rate_bpm, ecg_per_min):
            self._counters["heart_rate.unlike_ecg"] += 1
        return [*records, *observations(self.device, seen, received.wall_ms, ecg_per_min=ecg_per_min)]

    def _on_contact(self, *, touches: bool | None, received: Stamp) -> list[AnyRecord]:
        """Report a sensor that came off or back on; once it is back, state the time it was off."""
        if touches == self._status.on_body:
            return []
        self._status.update(on_body=touches, reason="sensor-off" if touches is False else None)
        records: list[AnyRecord] = list(self._status.report(received))
        since_s, self._off_body_since_s = self._off_body_since_s, None
        if touches is False:
            self._off_body_since_s = received.monotonic_s
        elif since_s is not None:
            since_ms = received.wall_ms_at(since_s)
            records.append(self._gap("heart_rate", since_ms, received.wall_ms, GapReason.SENSOR_OFF))
        return records

    def _on_signal(self, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        return self._signals[frame.signal].on_frame(frame, received)

    def _on_battery(self, level: BatteryLevel, received: Stamp) -> list[AnyRecord]:
        self._status.update(battery_percent=level.percent)
        t_ms, percent = received.wall_ms, float(level.percent)
        return [ObservationRun(device=self.device, kind="battery_level", t_ms=[t_ms], value=[percent])]

    def _keeping(self, field: str) -> Callable[[str, Stamp], list[AnyRecord]]:
        def handle(text: str, _: Stamp) -> list[AnyRecord]:
            self._status.update(**{field: text})
            return []

        return handle

    def _gap(
        self, kind: str, from_ms: int, to_ms: int, reason: GapReason, *, missed: int | None = None
    ) -> Gap:
        to_ms = max(from_ms, to_ms)
        return Gap(device=self.device, kind=kind, from_ms=from_ms, to_ms=to_ms, reason=reason, missed=missed)


_KIND_OF: Final = {
    uuids.HEART_RATE_MEASUREMENT: "heart_rate",
    uuids.BATTERY_LEVEL: "battery_level",
}
"""What is missing when a value of this characteristic cannot be read."""

_GAP_OF: Final = {LinkState.DISCONNECTED: GapReason.LINK_LOST, LinkState.SILENT: GapReason.LINK_SILENT}
