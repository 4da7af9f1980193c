"""Records for the suites: one wearable of one gateway, times in milliseconds."""

from typing import Any

from cloud.ports import IdentifiedRecord
from vitals.records import (
    AnyRecord,
    CommandOutcome,
    CommandReport,
    DeviceReport,
    Gap,
    GapReason,
    GatewayReport,
    HealthEvent,
    LinkState,
    ObservationRun,
    Phase,
    Waveform,
)

STRAP = "c0-00-00-00-00-01"
OTHER_STRAP = "c0-00-00-00-00-02"
NOW_MS = 1_800_000_000_000


def run(*points: tuple[int, float], device: str = STRAP, kind: str = "heart_rate") -> ObservationRun:
    return ObservationRun(device=device, kind=kind, t_ms=[t for t, _ in points], value=[v for _, v in points])


def strip(t0_ms: int, *, count: int = 250, lead: str = "", device: str = STRAP) -> Waveform:
    samples = b"".join(i.to_bytes(2, "little", signed=True) for i in range(count))
    return Waveform(
        device=device, kind="ecg", t0_ms=t0_ms, rate_hz=250.0, samples=samples, scale=0.001, lead=lead
    )


def event(t_ms: int, event_id: str = "episode-1", phase: Phase = Phase.ONSET) -> HealthEvent:
    return HealthEvent(
        event_id=event_id,
        device=STRAP,
        condition="atrial-fibrillation",
        phase=phase,
        t_ms=t_ms,
        noticed_ms=t_ms + 40,
    )


def device_report(t_ms: int = NOW_MS, battery_percent: int | None = 80, device: str = STRAP) -> DeviceReport:
    return DeviceReport(device=device, t_ms=t_ms, link=LinkState.CONNECTED, battery_percent=battery_percent)


def gateway_report(t_ms: int = NOW_MS) -> GatewayReport:
    return GatewayReport(t_ms=t_ms, software="0.1.0", outbox_records=3, outbox_bytes=900)


def command_report(
    t_ms: int = NOW_MS, command_id: str = "0123456789abcdef", outcome: CommandOutcome = CommandOutcome.DONE
) -> CommandReport:
    return CommandReport(id=command_id, name="identify", outcome=outcome, detail="blinked", t_ms=t_ms)


def gap(from_ms: int, to_ms: int) -> Gap:
    return Gap(device=STRAP, kind="ecg", from_ms=from_ms, to_ms=to_ms, reason=GapReason.LINK_LOST)


def identified(record: AnyRecord, seq: int, **changes: Any) -> IdentifiedRecord:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "epoch": "abcd1234-observations",
        "patient_id": "wei",
        "received_ms": NOW_MS,
    }
    return IdentifiedRecord(record=record, seq=seq, **fields | changes)
