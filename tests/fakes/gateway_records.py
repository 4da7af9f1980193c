"""Records as a gateway makes them, told apart by a number, and the outbox they go to."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from edge.outbox import Outbox, Timekeeper
from tests.fakes.clock import FakeClock
from vitals.clock import Clock
from vitals.records import DeviceReport, HealthEvent, LinkState, ObservationRun, Phase, Waveform

DEVICE = "c0-00-00-00-00-01"
_epochs = count(1)


def event(number: int) -> HealthEvent:
    return HealthEvent(
        event_id=f"episode-{number:08}",
        device=DEVICE,
        condition="atrial-fibrillation",
        phase=Phase.ONSET,
        t_ms=number,
        noticed_ms=number,
    )


def report(number: int) -> DeviceReport:
    return DeviceReport(device=DEVICE, t_ms=number, link=LinkState.CONNECTED)


def run(number: int, samples: int = 1) -> ObservationRun:
    return ObservationRun(
        device=DEVICE,
        kind="heart_rate",
        t_ms=[number + i for i in range(samples)],
        value=[float(number)] * samples,
    )


def strip(number: int, samples: int = 1_300) -> Waveform:
    return Waveform(
        device=DEVICE,
        kind="ecg",
        t0_ms=number,
        rate_hz=130.0,
        samples=(number % 30_000).to_bytes(2, "little") * samples,
        scale=0.001,
    )


def new_epoch(lane: str) -> str:
    return f"{next(_epochs):08}-{lane}"


def open_outbox(
    path: Path,
    *,
    clock: Clock | None = None,
    boot_id: str = "",
    is_synced: Callable[[], bool] = lambda: True,
    **options: Any,
) -> Outbox:
    timekeeper = Timekeeper(clock=clock or FakeClock(), boot_id=boot_id, is_synced=is_synced)
    settings: dict[str, Any] = {"new_epoch": new_epoch, "max_bytes": 1 << 28}
    return Outbox.open(path, timekeeper=timekeeper, **(settings | options))
