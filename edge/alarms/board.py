"""What the gateway knows of each wearable now: its last report and the newest value of each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vitals.records import AnyRecord, DeviceReport, LinkState, ObservationRun

__all__ = ["Board", "Reading", "WearableNow"]

_LATELY_MS = 60_000
_MOST_DEVICES = 64
"""A wearable more would be an attack, not a household; those known longest stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The newest value of a kind; `quality` runs from 0 to 1, `None` where nobody judged it."""

    t_ms: int
    value: float
    quality: float | None = None


@dataclass(slots=True, kw_only=True)
class WearableNow:
    """One wearable; `report` is `None` until it has been heard of."""

    device: str
    report: DeviceReport | None = None
    readings: dict[str, Reading] = field(default_factory=dict)

    @property
    def heard_ms(self) -> int | None:
        """When its newest value was true."""
        return max((reading.t_ms for reading in self.readings.values()), default=None)


class Board:
    """Takes every record that is made; keeps only the newest."""

    def __init__(self, *, wall_ms: Callable[[], int], expected: tuple[str, ...] = ()) -> None:
        """Show wearables that are `expected` from the start, even if they never come."""
        self._wall_ms = wall_ms
        self._wearables = {device: WearableNow(device=device) for device in expected}

    @property
    def wearables(self) -> Mapping[str, WearableNow]:
        """Every wearable that is expected or was heard of."""
        return MappingProxyType(self._wearables)

    def streaming(self) -> frozenset[str]:
        """Return the wearables that are connected and of which something was measured lately."""
        since_ms = self._wall_ms() - _LATELY_MS
        return frozenset(
            device
            for device, wearable in self._wearables.items()
            if wearable.report is not None
            and wearable.report.link is LinkState.CONNECTED
            and (wearable.heard_ms or 0) >= since_ms
        )

    def take(self, record: AnyRecord) -> None:
        """Take note of what a record says of now."""
        if isinstance(record, DeviceReport):
            if (wearable := self._wearable(record.device)) is not None:
                wearable.report = record
        elif isinstance(record, ObservationRun) and record.t_ms:
            self._take_newest(record)

    def _take_newest(self, run: ObservationRun) -> None:
        wearable = self._wearable(run.device)
        at = max(range(len(run.t_ms)), key=run.t_ms.__getitem__)
        reading = Reading(
            t_ms=run.t_ms[at], value=run.value[at], quality=run.quality[at] if run.quality else None
        )
        if wearable is None:
            return
        before = wearable.readings.get(run.kind)
        is_ahead = before is not None and before.t_ms > self._wall_ms()  # the clock was set back since
        if before is None or is_ahead or before.t_ms <= reading.t_ms:
            wearable.readings[run.kind] = reading

    def _wearable(self, device: str) -> WearableNow | None:
        if device not in self._wearables and len(self._wearables) < _MOST_DEVICES:
            self._wearables[device] = WearableNow(device=device)
        return self._wearables.get(device)
