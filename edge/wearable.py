"""One wearable as the gateway sees it: what each of its characteristics gives rise to."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from edge.clock import Stamp
from edge.falls.falls import Falls
from edge.judging.judge import Judge
from edge.last_seen import NOTHING_YET, Progress, of_device
from edge.pulse.pulse import Pulse
from edge.readings import SOURCES, Reading, Source, Value, cgm, heart_rate
from edge.rhythm.ecg import Ecg
from edge.rhythm.rr_watch import RrWatch
from edge.rhythm.standing import StandingEpisodes
from edge.streams.device_time import session_start_ms, shown_ms
from edge.streams.measurements import Measurements
from edge.streams.record_book import RecordMemory
from edge.streams.signal_stream import KIND_OF, SignalStream
from edge.wearable_status import TEXT_FIELDS, WearableStatus
from vitals.errors import DecodeError
from vitals.gatt import registry, uuids
from vitals.gatt.battery import BatteryLevel
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.cgm_status import CgmStatus
from vitals.gatt.current_time import CurrentTime
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal
from vitals.records import AnyRecord, GapReason, LinkState, ObservationRun

__all__ = ["Wearable"]


class Wearable:
    """One wearable's state; each call returns the records it gave rise to, oldest first."""

    def __init__(self, *, device: str, judge: Judge, before: Progress = NOTHING_YET) -> None:
        """Begin where an earlier life of the gateway ended."""
        safe_until_ms, spent = of_device(device, before.safe_until_ms), of_device(device, before.spent)
        standing = of_device(device, before.standing)
        self.device = device
        self._counters = judge.health.counters
        self._ecg = Ecg(device=device, judge=judge, safe_until_ms=safe_until_ms.get("ecg"), spent=spent)
        self._rr = RrWatch(device=device, judge=judge, ecg_leads=self._ecg.leads, spent=spent)
        self._signals = {Signal.ECG: self._ecg.stream} | {
            signal: SignalStream(
                device=device,
                signal=signal,
                counters=self._counters,
                safe_until_ms=safe_until_ms.get(KIND_OF[signal]),
            )
            for signal in (Signal.PPG, Signal.ACCELERATION)
        }
        self._episodes = StandingEpisodes(device=device, before=standing)
        self._pulse = Pulse(device=device, counters=self._counters)
        self._signals[Signal.PPG].watched_by(self._pulse.watch_light)
        self._signals[Signal.ACCELERATION].watched_by(self._pulse.watch_acceleration)
        self._falls = Falls(device=device, judge=judge, standing=standing)
        self._signals[Signal.ACCELERATION].watched_by(self._falls.watch)
        self._measurements = Measurements(
            device=device,
            counters=self._counters,
            new_id=judge.new_id,
            safe_until_ms=safe_until_ms,
            memories=of_device(device, before.records),
        )
        self._status = WearableStatus(device)
        self._handlers: dict[str, Callable[[Any, Stamp], list[AnyRecord]]] = {
            uuids.BATTERY_LEVEL: self._on_battery,
            uuids.SIGNAL_DATA: self._on_signal,
            uuids.CURRENT_TIME: self._on_current_time,
            uuids.CGM_SESSION_START_TIME: self._on_session_start,
            uuids.CGM_STATUS: self._on_cgm_status,
            **{uuid: self._keeping(field) for uuid, field in TEXT_FIELDS.items()},
            **{uuid: partial(self._on_measurement, uuid, source) for uuid, source in SOURCES.items()},
        }

    def on_value(self, uuid: str, value: bytes, received: Stamp) -> list[AnyRecord]:
        """Take the value of a characteristic, notified or read."""
        try:
            decoded = registry.decode(uuid, value)
        except DecodeError:
            return self._on_unreadable(uuid.lower(), received)
        handle = self._handlers.get(uuid.lower())
        if handle is None:
            self._counters["notification.unexpected"] += 1
            return []
        records = handle(decoded, received)
        is_beating = self._ecg.heart_rate_per_min() is not None
        ended = self._episodes.left_behind(received, is_beating=is_beating)
        self._episodes.note(records)
        return [*ended, *records]

    def on_link(
        self, link: LinkState, received: Stamp, reason: str | None, rssi_dbm: int | None
    ) -> list[AnyRecord]:
        """Take note that the wearable came, went or fell silent."""
        self._status.update(link=link, reason=reason)
        if rssi_dbm is not None:
            self._status.update(rssi_dbm=rssi_dbm)
        if link is LinkState.CONNECTED:
            self._measurements.connect()
        gap = _GAP_OF.get(link)
        records = self._interrupt(gap, received) if gap else []
        return [*records, *self._status.report(received)]

    def tick(self, now: Stamp) -> list[AnyRecord]:
        """Do what is due by time alone."""
        records = [record for stream in self._signals.values() for record in stream.tick(now)]
        records += self._pulse.tick(now)
        records += self._falls.tick(now)
        self._status.note_drift(self._drift_ppm())
        return [*records, *self._measurements.tick(now), *self._status.report(now)]

    def close(self, now: Stamp) -> list[AnyRecord]:
        """Return what still waited for more."""
        records = [record for stream in self._signals.values() for record in stream.flush()]
        return [*records, *self._falls.flush(), *self._pulse.flush(now), *self._measurements.flush(now)]

    def safe_until_ms(self) -> dict[str, int]:
        """Return by kind until when samples are in the records returned so far, by wall time."""
        safe = {stream.kind: stream.safe_until_ms for stream in self._signals.values()}
        signals = {kind: t_ms for kind, t_ms in safe.items() if t_ms is not None}
        return signals | self._measurements.safe_until_ms()

    def memories(self) -> dict[str, RecordMemory]:
        """Return by UUID which stored records are in the records returned so far."""
        return self._measurements.memories()

    def spent(self) -> dict[str, float]:
        """Return by condition what its alarm budget has spent and not made up for."""
        by_ecg, by_rr = self._ecg.spent(), self._rr.spent()
        return {name: max(by_ecg.get(name, 0.0), by_rr.get(name, 0.0)) for name in by_ecg | by_rr}

    def standing(self) -> dict[str, str]:
        """Return by condition the event id of each episode of the heart, or after a fall, that stands."""
        return self._episodes.by_condition() | self._falls.standing()

    def _interrupt(self, gap: GapReason, now: Stamp) -> list[AnyRecord]:
        records = [record for stream in self._signals.values() for record in stream.interrupt(gap)]
        self._rr.interrupt()
        return [*records, *self._pulse.interrupt(gap, now), *self._measurements.interrupt(gap, now)]

    def _on_unreadable(self, uuid: str, received: Stamp) -> list[AnyRecord]:
        self._counters["notification.unreadable"] += 1
        if uuid == uuids.SIGNAL_DATA:
            for stream in self._signals.values():
                stream.on_unreadable()  # whichever it was of: its next frame shows what was in it
        return self._measurements.on_unreadable(uuid, received)

    def _on_measurement(self, uuid: str, source: Source, decoded: object, received: Stamp) -> list[AnyRecord]:
        readings = source.read(decoded)
        if not readings:
            self._counters["reading.none"] += 1
        return [record for reading in readings for record in self._on_reading(uuid, reading, received)]

    def _on_reading(self, uuid: str, reading: Reading, received: Stamp) -> list[AnyRecord]:
        self._beside_light(reading, received)
        records = self._measurements.on_reading(uuid, self._beside_ecg(reading), received)
        is_news = reading.on_body is not None and self._status.note_contact(touches=reading.on_body)
        if reading.conditions is not None and self._measurements.is_newest(uuid, reading):
            is_news |= self._status.note_conditions(uuid, reading.conditions)
        is_news |= self._status.note_clock(self._measurements.clock_doubt)
        records += self._rr.on_reading(reading, received)
        return [*self._status.report(received), *records] if is_news else records

    def _beside_ecg(self, reading: Reading) -> Reading:
        """Hold a heart rate against the beats of the ECG, while there is one."""
        ecg_per_min = self._ecg.heart_rate_per_min()
        rates = [told for told in reading.entries if isinstance(told, Value) and told.kind == "heart_rate"]
        if ecg_per_min is None or not rates:
            return reading
        if not heart_rate.agrees(rates[0].value, ecg_per_min):
            self._counters["heart_rate.unlike_ecg"] += 1
        return heart_rate.beside_ecg(reading, ecg_per_min)

    def _beside_light(self, reading: Reading, received: Stamp) -> None:
        """Hold a pulse rate that the wearable tells by itself against that of its light; one is told."""
        rates = [told for told in reading.entries if isinstance(told, Value) and told.kind == "pulse_rate"]
        if not rates:
            return
        self._pulse.note_own(received)
        found_per_min = self._pulse.rate_per_min(received)
        if found_per_min is not None and not heart_rate.agrees(rates[0].value, found_per_min):
            self._counters["pulse_rate.unlike_ppg"] += 1

    def _on_signal(self, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        records = self._signals[frame.signal].on_frame(frame, received)
        return self._rr.beside_ecg(records) if frame.signal is Signal.ECG else records

    def _on_battery(self, level: BatteryLevel, received: Stamp) -> list[AnyRecord]:
        self._status.note_battery(level.percent)
        t_ms, percent = received.wall_ms, float(level.percent)
        return [ObservationRun(device=self.device, kind="battery_level", t_ms=[t_ms], value=[percent])]

    def _on_current_time(self, shown: CurrentTime, received: Stamp) -> list[AnyRecord]:
        self._measurements.on_calendar(shown_ms(shown), received)
        return self._about_clock(received)

    def _on_session_start(self, start: SessionStartTime, _: Stamp) -> list[AnyRecord]:
        self._measurements.session.observe_start(session_start_ms(start))
        return []

    def _on_cgm_status(self, status: CgmStatus, received: Stamp) -> list[AnyRecord]:
        self._measurements.session.observe_now(status.time_offset_min, received)
        is_news = self._status.note_conditions(uuids.CGM_MEASUREMENT, cgm.conditions_of(status.sensor_status))
        return list(self._status.report(received)) if is_news else []

    def _about_clock(self, received: Stamp) -> list[AnyRecord]:
        is_news = self._status.note_clock(self._measurements.clock_doubt)
        return list(self._status.report(received)) if is_news else []

    def _keeping(self, field: str) -> Callable[[str, Stamp], list[AnyRecord]]:
        def handle(text: str, _: Stamp) -> list[AnyRecord]:
            self._status.update(**{field: text})
            return []

        return handle

    def _drift_ppm(self) -> float | None:
        """Return the drift as its first signal shows it: one clock stamps them all."""
        drifts = (stream.drift_ppm for stream in self._signals.values())
        return next((drift for drift in drifts if drift is not None), None)


_GAP_OF: Final = {LinkState.DISCONNECTED: GapReason.LINK_LOST, LinkState.SILENT: GapReason.LINK_SILENT}
