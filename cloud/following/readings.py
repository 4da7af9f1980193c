"""New readings of the patients somebody watches, as they appear in the stores.

The pages take the same reading twice as one, and read the past by themselves when a stream begins: so a
patient is followed from a little before they were first watched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cloud.live import LATE_MS, LiveHub, gap_event, strip_event
from cloud.ports import Device, Directory, GatewayReader, OccurrenceReader, Point, SeriesReader
from vitals.clock import Clock
from vitals.records import Gap

__all__ = ["ReadingsFollowed"]

_BEFORE_MS: Final = 10_000
_AHEAD_MS: Final = 300_000
"""A gateway's clock may be that far ahead and is believed."""
_MOST_POINTS: Final = 500
_KINDS: Final = ("heart_rate", "ecg")
"""What the pages draw as it comes."""


@dataclass(slots=True)
class _Followed:
    """Up to where a patient is told: when each device was last heard, what was newest of it, gaps told."""

    since_ms: int
    heard: dict[str, int] = field(default_factory=dict)
    newest: dict[tuple[str, str], int] = field(default_factory=dict)
    reported: dict[str, int | None] = field(default_factory=dict)
    gaps: set[tuple[str, int, int]] = field(default_factory=set)

    def is_news(self, kind: str, device: str, t_ms: int) -> bool:
        """Note a reading; tell whether it is newer than all before it, of this kind and device."""
        if t_ms <= self.newest.get((kind, device), self.since_ms):
            return False
        self.newest[kind, device] = t_ms
        return True


@dataclass(slots=True, kw_only=True)
class ReadingsFollowed:
    """Publishes what is new; `step` costs nothing for whom nobody watches, and little where nothing came."""

    hub: LiveHub
    directory: Directory
    gateways: GatewayReader
    series: SeriesReader
    occurrences: OccurrenceReader
    clock: Clock
    _followed: dict[str, _Followed] = field(default_factory=dict)

    def step(self) -> None:
        """Look once for everybody watched now."""
        watched, now_ms = self.hub.watched, self.clock.wall_ms()
        before = self._followed
        self._followed = {one: before.get(one) or _Followed(since_ms=now_ms - _BEFORE_MS) for one in watched}
        if not watched:
            return
        heard = {one.device: one.received_ms for one in self.gateways.heard_devices()}
        for patient_id, followed in self._followed.items():
            devices = self.directory.devices_of(patient_id)
            theirs = {one.id: heard[one.id] for one in devices if one.id in heard}
            if theirs != followed.heard:
                followed.heard = theirs
                self._tell(patient_id, followed, devices, now_ms)

    def _tell(self, patient_id: str, followed: _Followed, devices: Sequence[Device], now_ms: int) -> None:
        span = (max(followed.since_ms, now_ms - LATE_MS), now_ms + _AHEAD_MS)
        rates = self.series.observations(patient_id, "heart_rate", *span, limit=_MOST_POINTS).points
        for source, points in _by_device(rates, followed).items():
            self.hub.publish(patient_id, "heart_rate", {"device": source, "points": points})
        for strip in self.series.waveforms(patient_id, "ecg", *span):
            if followed.is_news("ecg", strip.device, strip.t0_ms):
                self.hub.publish(patient_id, "ecg", strip_event(strip))
        for device in devices:
            if followed.reported.setdefault(device.id, None) != device.reported_ms:
                followed.reported[device.id] = device.reported_ms
                self.hub.publish(patient_id, "device", {"device": device.id})
        for gap in self._gaps(patient_id, span):
            if (key := (gap.kind, gap.from_ms, gap.to_ms)) not in followed.gaps:
                followed.gaps.add(key)
                self.hub.publish(patient_id, "gap", gap_event(gap))

    def _gaps(self, patient_id: str, span: tuple[int, int]) -> Iterable[Gap]:
        return (gap for kind in _KINDS for gap in self.occurrences.gaps(patient_id, kind, *span))


def _by_device(
    points: Iterable[Point], followed: _Followed
) -> dict[str, list[tuple[int, float, float | None]]]:
    fresh: dict[str, list[tuple[int, float, float | None]]] = {}
    for one in points:
        if followed.is_news("heart_rate", one.device, one.t_ms):
            fresh.setdefault(one.device, []).append((one.t_ms, one.value, one.quality))
    return fresh
