"""What is known of one wearable itself, reported when it changes and now and then."""

from typing import Final

import msgspec

from edge.clock import Stamp
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


class WearableStatus:
    """One wearable's state; `report` returns it once after each change."""

    def __init__(self, device: str) -> None:
        self._known = DeviceReport(device=device, t_ms=0, link=LinkState.DISCONNECTED)
        self._reported: DeviceReport | None = None
        self._reported_s = float("-inf")

    @property
    def on_body(self) -> bool | None:
        """Whether it touches skin, as far as it can tell."""
        return self._known.on_body

    def update(self, **fields: object) -> None:
        """Take note of fields of `DeviceReport` by name."""
        self._known = msgspec.structs.replace(self._known, **fields)

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
