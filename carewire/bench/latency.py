"""From the moment a gateway notices to the moment an alert is handed over, through every real part between.

A gateway's own outbox and delivery, the embedded broker and the service, each in a process of its own, at
speed 1; only the conclusion itself is given. Rule durations are no part of it, the events are immediate; each
is another patient's, so that no two are grouped.
"""

import asyncio
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from carewire.bench.figures import Figures, rank
from carewire.layout import Layout, free_port
from carewire.processes import Part, Supervisor, until
from carewire.seed import CAREGIVER, observer_of, seed_demo
from cloud.config import load_settings as load_cloud_settings
from cloud.ports import Patient
from cloud.storage.relational import open_relational
from edge.bootstrap import build_gateway
from edge.config import load_settings
from edge.outbox import Outbox
from vitals.errors import CarewireError
from vitals.records import Evidence, HealthEvent, ObservationRun, Phase

ALERTS = 200
EVERY_S = 0.15
READY_S = 60.0
SETTLE_S = 20.0


def measure(folder: Path | None = None) -> Figures:
    """Raise `ALERTS` alerts, one every `EVERY_S` seconds, each beside a heart rate."""
    with ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory(dir=folder))
        supervisor = stack.enter_context(Supervisor())
        layout = Layout(
            folder=Path(temporary),
            http_port=free_port(),
            mqtt_port=free_port(),
            radio_port=free_port(),
            anchor_ms=time.time_ns() // 1_000_000,
        )
        layout.write_settings()
        seeded = seed_demo(layout)
        _seed_patients(layout)
        observer = stack.enter_context(observer_of(layout, seeded))
        for name in ("broker", "cloud"):
            supervisor.start(Part(name=name, command=layout.command(name), log_file=layout.log_file(name)))
        if not any(observer.is_up() for _ in until(READY_S)):
            raise CarewireError(f"the service did not start: {supervisor.parts['cloud'].last_words()}")
        asyncio.run(_raise_alerts(layout))
        latencies: list[float] = []
        for _ in until(SETTLE_S, poll_s=0.5):
            latencies = [
                alert["latency_ms"]
                for number in range(ALERTS)
                for alert in replace(observer, patient=_patient(number)).alerts()
                if alert["latency_ms"] is not None
            ]
            if len(latencies) >= ALERTS:
                break
    return {
        "alerts_raised": ALERTS,
        "alerts_handed_over": len(latencies),
        "latency_p50_ms": rank(latencies, 0.50),
        "latency_p99_ms": rank(latencies, 0.99),
        "latency_max_ms": rank(latencies, 1.0),
    }


async def _raise_alerts(layout: Layout) -> None:
    gateway = build_gateway(load_settings(layout.settings_file("gateway")))
    delivering = asyncio.create_task(gateway.delivery.run())
    try:
        while not gateway.delivery.is_link_up:  # noqa: ASYNC110 - delivery tells nobody, it is asked
            await asyncio.sleep(0.05)
        for number in range(ALERTS):
            await asyncio.to_thread(_append, gateway.outbox, number)
            gateway.delivery.notify()
            await asyncio.sleep(EVERY_S)
        while (await asyncio.to_thread(gateway.outbox.status)).records:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.1)
    finally:
        delivering.cancel()
        await asyncio.wait([delivering])
        gateway.close()


def _seed_patients(layout: Layout) -> None:
    relational = open_relational(load_cloud_settings(layout.settings_file("cloud")).database_url)
    try:
        for number in range(ALERTS):
            relational.directory.add_patient(Patient(id=_patient(number), display_name=f"Bench {number}"))
            relational.directory.bind(_strap(number), _patient(number), 0)
            relational.directory.grant(CAREGIVER.id, _patient(number), 0, None)
    finally:
        relational.close()


def _patient(number: int) -> str:
    return f"bench-patient-{number:04d}"


def _strap(number: int) -> str:
    return f"bench-strap-{number:04d}"


def _append(outbox: Outbox, number: int) -> None:
    now_ms = time.time_ns() // 1_000_000
    strap = _strap(number)
    onset = HealthEvent(
        event_id=f"bench-{number:06d}",
        device=strap,
        condition="atrial-fibrillation",
        phase=Phase.ONSET,
        t_ms=now_ms,
        noticed_ms=now_ms,
        signal_quality=1.0,
        evidence=Evidence(model="rhythm", model_version=1, probability=0.9, threshold=0.5, features=[]),
    )
    outbox.append([onset, ObservationRun(device=strap, kind="heart_rate", t_ms=[now_ms], value=[72.0])])
