"""What is known of one wearable itself, reported when it changes and now and then."""

from typing import Final

import msgspec

from edge.clock import Stamp
from edge.streams.device_time import ClockDoubt
from vitals.gatt import uuids
from vitals.records import DeviceReport, LinkState

__all__ = ["TEXT_FIELDS", "WearableStatus"]

TEXT_FIELDS: Final = {
    uuids.MODEL_NUMBER: "model",
    uuids.MANUFACTURER_NAME: "manufacturer",
    uuids.FIRMWARE_REVISION: "firmware",
}
"""Which characteristic of device information tells which field of a report."""

_REPORT_EVERY_S: Final = 300.0
_DRIFT_STEP_PPM: Final = 10
"""A smaller change of a clock's drift is no news."""
_MOST_PPM: Final = 100_000
_BATTERY_LOW_PERCENT: Final = 15
_BATTERY_CHARGED_PERCENT: Final = 20
"""An evening is left to change a day's coin cell; over 20 % it was changed."""
_CLOCK: Final = "clock"


class WearableStatus:
    """One wearable's state; `report` returns it once after each change."""

    def __init__(self, device: str) -> None:
        self._known = DeviceReport(device=device, t_ms=0, link=LinkState.DISCONNECTED)
        self._reported: DeviceReport | None = None
        self._reported_s = float("-inf")
        self._conditions: dict[str, frozenset[str]] = {}
        """By who says so."""

    def update(self, **fields: object) -> None:
        """Take note of fields of `DeviceReport` by name."""
        self._known = msgspec.structs.replace(self._known, **fields)

    def note_contact(self, *, touches: bool) -> bool:
        """Take note whether it touches skin; return whether that is news."""
        if touches == self._known.on_body:
            return False
        self.update(on_body=touches, reason=None if touches else "sensor-off")
        return True

    def note_battery(self, percent: int) -> None:
        """Take note of its battery; a low one is a condition until it has been charged or changed."""
        was_low = bool(self._conditions.get(uuids.BATTERY_LEVEL))
        is_low = percent <= _BATTERY_LOW_PERCENT or (was_low and percent < _BATTERY_CHARGED_PERCENT)
        self.update(battery_percent=percent)
        self.note_conditions(uuids.BATTERY_LEVEL, frozenset({"battery-low"}) if is_low else frozenset())

    def note_clock(self, doubt: ClockDoubt | None) -> bool:
        """Take note of what is doubtful about its own time; return whether that is news."""
        return self.note_conditions(_CLOCK, frozenset() if doubt is None else frozenset({f"clock-{doubt}"}))

    def note_conditions(self, source: str, conditions: frozenset[str]) -> bool:
        """Take note of everything that `source` says is wrong with it; return whether that is news."""
        self._conditions[source] = conditions
        told = sorted(frozenset().union(*self._conditions.values()))
        is_news = told != self._known.conditions
        self.update(conditions=told)
        return is_news

    def note_drift(self, drift_ppm: float | None) -> None:
        """Take note of how fast its clock runs, once that has changed by a step."""
        told_ppm = self._known.clock_drift_ppm
        if drift_ppm is not None and (told_ppm is None or abs(drift_ppm - told_ppm) >= _DRIFT_STEP_PPM):
            self.update(clock_drift_ppm=max(-_MOST_PPM, min(_MOST_PPM, round(drift_ppm))))

    def report(self, now: Stamp) -> list[DeviceReport]:
        """Return a report if anything changed since the last one, or if that was long ago."""
        if self._known == self._reported and now.monotonic_s - self._reported_s < _REPORT_EVERY_S:
            return []
        self._reported, self._reported_s = self._known, now.monotonic_s
        return [msgspec.structs.replace(self._known, t_ms=now.wall_ms)]
