"""Reading what is stored of one patient, and what gateways say of themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from vitals.records import DeviceReport, Gap, GatewayReport, HealthEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One observed value: effective time, value in its kind's unit, quality 0..1 or unknown."""

    t_ms: int
    value: float
    quality: float | None
    device: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """Points of one kind in columns of one length, by time, then device. Compare `points`, not this.

    `t_ms` int64; `value` float64 in the kind's unit; `quality` float64 0..1, NaN where it is not known;
    `device_index` int32 into `devices`. `omitted` says how many older points of the range are not here.
    """

    kind: str
    t_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.float64]
    device_index: NDArray[np.int32]
    devices: tuple[str, ...]
    omitted: int = 0

    @classmethod
    def of(cls, kind: str, points: Iterable[Point], omitted: int = 0) -> Self:
        """Put points that are in order into columns."""
        rows = list(points)
        devices = tuple(sorted({row.device for row in rows}))
        index = {device: place for place, device in enumerate(devices)}
        return cls(
            kind=kind,
            t_ms=np.array([row.t_ms for row in rows], np.int64),
            value=np.array([row.value for row in rows], np.float64),
            quality=np.array([row.quality for row in rows], np.float64),
            device_index=np.array([index[row.device] for row in rows], np.int32),
            devices=devices,
            omitted=omitted,
        )

    @property
    def points(self) -> tuple[Point, ...]:
        """The points one by one, where there are few."""
        known = ~np.isnan(self.quality)
        columns = (self.t_ms, self.value, self.quality, known, self.device_index)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return tuple(
            Point(t_ms=t_ms, value=value, quality=quality if knows else None, device=self.devices[place])
            for t_ms, value, quality, knows, place in rows
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A stretch of waveform: physical value = samples * scale + offset, in its kind's unit."""

    device: str
    kind: str
    t0_ms: int
    rate_hz: float
    samples: bytes
    scale: float
    offset: float
    lead: str


class Span(NamedTuple):
    """A stretch of time: from <= t < to."""

    from_ms: int
    to_ms: int


class SeriesReader(Protocol):
    """Reads one patient's history. Time ranges are half open: from <= t < to."""

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range."""
        ...

    def latest(self, patient_id: str) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed."""
        ...

    def latest_of(self, patient_ids: Iterable[str]) -> dict[str, dict[str, Point]]:
        """Return what `latest` says of each of many patients at once; of whom nothing is stored, nothing."""
        ...

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        """Return the strips that overlap the range."""
        ...

    def waveform_spans(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Span]:
        """Return where in the range there is a waveform, of any device and lead, without its samples.

        Oldest first, within the range; what lies less than a tenth of a second apart is one span.
        """
        ...


LEAST_QUALITY: Final = 0.5
"""A value of less quality is shown, and nothing is concluded from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupQuery:
    """One kind over from <= t < to, summed up every `every_ms` from `from_ms` on.

    Only values that can be judged count: within the kind's plausible range, of a quality not known or of
    at least `LEAST_QUALITY`, of a time that is believed or was put right.
    """

    kind: str
    from_ms: int
    to_ms: int
    every_ms: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rollups:
    """Stretches that have values, oldest first, in columns of one length.

    `from_ms` int64, where the stretch begins; `count` int64; `minimum`, `maximum`, `mean` and `deviation`
    (of the whole population) float64, in the kind's unit.
    """

    kind: str
    from_ms: NDArray[np.int64]
    count: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


class RollupReader(Protocol):
    """Sums up one patient's history where it lies: weeks of it are too much to carry."""

    def rollups(self, patient_id: str, query: RollupQuery) -> Rollups:
        """Return the stretches that have values, devices taken together."""
        ...


class OccurrenceReader(Protocol):
    """Reads what happened to one patient beside the series. Ranges are half open."""

    def events(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
        """Return health events by effective time, oldest first."""
        ...

    def gaps(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Gap]:
        """Return the declared gaps that overlap the range, oldest first."""
        ...

    def device_reports(self, patient_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[DeviceReport]:
        """Return the newest `limit` words of devices on how they were, by effective time, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardDevice:
    """When the server last received anything a device measured, by the server's clock."""

    device: str
    gateway: str
    received_ms: int


class GatewayReader(Protocol):
    """What gateways say of themselves, and when they and their devices were last heard."""

    def gateway_report(self, gateway: str) -> tuple[GatewayReport, int] | None:
        """Return the newest report received and the server time of its receipt."""
        ...

    def heard_gateways(self) -> dict[str, int]:
        """Return every gateway ever heard and the server time of its last batch."""
        ...

    def heard_devices(self) -> Sequence[HeardDevice]: ...
