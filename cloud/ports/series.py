"""Reading what is stored of one patient, and what gateways say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vitals.records import Gap, GatewayReport, HealthEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One observed value: effective time, value in its kind's unit, quality 0..1 or unknown."""

    t_ms: int
    value: float
    quality: float | None
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points oldest first. `omitted` says how many in the range are not in `points`."""

    kind: str
    points: tuple[Point, ...]
    omitted: int


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


class SeriesReader(Protocol):
    """Reads one patient's history. Time ranges are half open: from <= t < to."""

    def observations(self, patient_id: str, kind: str, from_ms: int, to_ms: int, limit: int) -> Series:
        """Return the newest `limit` points of the range."""
        ...

    def latest(self, patient_id: str) -> dict[str, Point]:
        """Return the newest point of each kind whose effective time is believed."""
        ...

    def waveforms(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Strip]:
        """Return the strips that overlap the range."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MeansQuery:
    """Means of one kind over from <= t < to, one each `every_ms` from `from_ms` on.

    Values outside `within`, of a quality below `least_quality` or of a time not believed are left out.
    """

    kind: str
    from_ms: int
    to_ms: int
    every_ms: int
    within: tuple[float, float]
    least_quality: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The mean of `count` values from `from_ms` on, in their kind's unit."""

    from_ms: int
    value: float
    count: int


class MeansReader(Protocol):
    """Sums up one patient's history where it lies: weeks of it are too much to carry."""

    def means(self, patient_id: str, asked: MeansQuery) -> Sequence[Mean]:
        """Return the means, oldest first; a stretch without values has none."""
        ...


class OccurrenceReader(Protocol):
    """Reads what happened to one patient beside the series. Ranges are half open."""

    def events(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
        """Return health events by effective time, oldest first."""
        ...

    def gaps(self, patient_id: str, kind: str, from_ms: int, to_ms: int) -> Sequence[Gap]:
        """Return the declared gaps that overlap the range, oldest first."""
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
