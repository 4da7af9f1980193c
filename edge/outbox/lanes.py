"""Which lane a record takes, and what is said of it should it be given up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from vitals.records import (
    AnyRecord,
    CommandReport,
    DeviceReport,
    Gap,
    GapReason,
    GatewayReport,
    HealthEvent,
    ObservationRun,
    Waveform,
)

GATEWAY_DEVICE: Final = "gateway"
"""What stands for a device where a record is about the gateway itself."""


class Lane(StrEnum):
    """The outbox's lanes, most urgent first."""

    EVENTS = "events"
    OBSERVATIONS = "observations"
    WAVEFORMS = "waveforms"


LANES: Final = tuple(Lane)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Whose, of what, from when to when, and how many samples (None: not countable)."""

    device: str
    kind: str
    from_ms: int
    to_ms: int
    samples: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    lane: Lane
    extent: Callable[[Any], Extent]


def _of_run(run: ObservationRun) -> Extent:
    return Extent(
        device=run.device, kind=run.kind, from_ms=min(run.t_ms), to_ms=max(run.t_ms), samples=len(run.t_ms)
    )


def _of_waveform(strip: Waveform) -> Extent:
    samples = len(strip.samples) // 2
    return Extent(
        device=strip.device,
        kind=strip.kind,
        from_ms=strip.t0_ms,
        to_ms=strip.t0_ms + round(1000 * (samples - 1) / strip.rate_hz),
        samples=samples,
    )


def _of_event(event: HealthEvent) -> Extent:
    return Extent(device=event.device, kind="event", from_ms=event.t_ms, to_ms=event.t_ms)


def _of_device_report(report: DeviceReport) -> Extent:
    return Extent(device=report.device, kind="device_report", from_ms=report.t_ms, to_ms=report.t_ms)


def _of_gateway_report(report: GatewayReport) -> Extent:
    return Extent(device=GATEWAY_DEVICE, kind="gateway_report", from_ms=report.t_ms, to_ms=report.t_ms)


def _of_command_report(report: CommandReport) -> Extent:
    return Extent(device=GATEWAY_DEVICE, kind="command_report", from_ms=report.t_ms, to_ms=report.t_ms)


def _of_gap(gap: Gap) -> Extent:
    return Extent(device=gap.device, kind=gap.kind, from_ms=gap.from_ms, to_ms=gap.to_ms, samples=gap.missed)


_ROWS: Final[Mapping[type[AnyRecord], _Row]] = MappingProxyType(
    {
        HealthEvent: _Row(lane=Lane.EVENTS, extent=_of_event),
        DeviceReport: _Row(lane=Lane.EVENTS, extent=_of_device_report),
        GatewayReport: _Row(lane=Lane.EVENTS, extent=_of_gateway_report),
        CommandReport: _Row(lane=Lane.EVENTS, extent=_of_command_report),
        Gap: _Row(lane=Lane.EVENTS, extent=_of_gap),
        ObservationRun: _Row(lane=Lane.OBSERVATIONS, extent=_of_run),
        Waveform: _Row(lane=Lane.WAVEFORMS, extent=_of_waveform),
    }
)


def lane_of(record: AnyRecord) -> Lane:
    """Return the lane `record` takes."""
    return _ROWS[type(record)].lane


def extent_of(record: AnyRecord) -> Extent:
    """Return what would be missing without `record`."""
    return _ROWS[type(record)].extent(record)


def gap_for(extent: Extent, reason: GapReason) -> Gap:
    """State that what `extent` describes does not exist, and why."""
    return Gap(
        device=extent.device,
        kind=extent.kind,
        from_ms=extent.from_ms,
        to_ms=extent.to_ms,
        reason=reason,
        missed=extent.samples,
    )
