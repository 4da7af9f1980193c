"""From the moment a gateway notices to the moment an alert is handed over, through every real part between.

A gateway's own outbox and delivery, the embedded broker and the service, each in a process of its own, at
speed 1, while other patients keep all of them busy; only the conclusion itself is given. Rule durations are
no part of it, the events are immediate; each is another patient's, so that no two are grouped.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from carewire.bench.background import Background, Told
from carewire.bench.figures import Figures, rank
from carewire.bench.system import system
from carewire.bench.ward import USUAL, patient_of, wearable_of
from carewire.layout import Layout
from carewire.observer import Observer
from carewire.processes import until
from carewire.seed import CAREGIVER, observer_of, seed_demo
from cloud.bootstrap.access import sharing_over
from cloud.config import load_settings as load_cloud_settings
from cloud.ports import OPERATOR, Patient
from cloud.storage.relational.opening import open_relational
from edge.bootstrap import build_gateway
from edge.config import load_settings
from edge.outbox import Outbox
from vitals.clock import ScaledClock
from vitals.errors import CarewireError
from vitals.records import Evidence, HealthEvent, ObservationRun, Phase

__all__ = ["measure"]

ALERTS: Final = 200
CONDITION: Final = "atrial-fibrillation"
EVERY_S: Final = 0.15
WARM_S: Final = 5.0
SETTLE_S: Final = 30.0
_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noticed:
    """When the gateway noticed, and when its outbox had it: milliseconds since 1970."""

    noticed_ms: float
    kept_ms: float


def measure(folder: Path | None = None, *, patients: int = 1) -> Figures:
    """Raise `ALERTS` alerts, one every `EVERY_S` seconds, each with a heart rate, among `patients` others."""
    with system(folder) as (layout, _), observer_of(layout, seed_demo(layout)) as observer:
        _admit(layout, patients)
        with _background(layout, patients) as told:
            time.sleep(WARM_S)
            noticed = asyncio.run(_raise_alerts(layout))
            alerts = _handed_over(observer)
    return {
        "patients": patients,
        "latency_ms": _spread([alert["latency_ms"] for alert in alerts.values()]),
        "alerts_raised": ALERTS,
        "alerts_handed_over": len(alerts),
        "stages_ms": _stages(noticed, alerts),
        "background_observations_per_s": round(len(USUAL) * told[0].sent / told[0].elapsed_s),
        "background_acknowledged": round(told[0].acknowledged / max(told[0].sent, 1), 3),
    }


def _spread(took_ms: Sequence[float]) -> Figures:
    return {"p50": rank(took_ms, 0.50), "p99": rank(took_ms, 0.99), "max": rank(took_ms, 1.0)}


def _stages(noticed: Sequence[_Noticed], alerts: Mapping[int, Mapping[str, Any]]) -> Figures:
    """Split the way: into the outbox; over the broker, into the store and judged; and handed over."""
    raised_ms = {number: _ms(alert["raised_at"]) for number, alert in alerts.items()}
    handed_ms = {number: noticed[number].noticed_ms + alerts[number]["latency_ms"] for number in alerts}
    return {
        "into_outbox": _spread([each.kept_ms - each.noticed_ms for each in noticed]),
        "sent_stored_and_judged": _spread([raised_ms[number] - noticed[number].kept_ms for number in alerts]),
        "handed_over": _spread([handed_ms[number] - raised_ms[number] for number in alerts]),
    }


@contextmanager
def _background(layout: Layout, patients: int) -> Iterator[list[Told]]:
    """Have other patients told of while the block runs; afterwards the list holds what was told."""
    load = Background(port=layout.mqtt_port, patients=patients)
    told: list[Told] = []
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "carewire.bench.background", msgspec.json.encode(load).decode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield told
        finally:
            process.terminate()
            out, errors = process.communicate(timeout=SETTLE_S)
    if process.returncode:
        raise CarewireError(f"the background ended with status {process.returncode}: {errors[-2000:]!r}")
    told.append(msgspec.json.decode(out, type=Told))


def _handed_over(observer: Observer) -> Mapping[int, Mapping[str, Any]]:
    """Return the alerts that were handed over, by number; wait for them a while.

    A strap that was heard once and never again is told of as silent by then: that is another alert.
    """
    found: dict[int, Mapping[str, Any]] = {}
    for _ in until(SETTLE_S, poll_s=0.5):
        for number in set(range(ALERTS)) - found.keys():
            for alert in replace(observer, patient=_patient(number)).alerts():
                if alert["condition"] == CONDITION and alert["latency_ms"] is not None:
                    found[number] = alert
        if len(found) == ALERTS:
            break
    return found


async def _raise_alerts(layout: Layout) -> list[_Noticed]:
    gateway = build_gateway(load_settings(layout.settings_file("gateway")))
    delivering = asyncio.create_task(gateway.delivery.run())
    noticed = []
    try:
        while not gateway.delivery.is_link_up:  # noqa: ASYNC110 - delivery tells nobody, it is asked
            await asyncio.sleep(0.05)
        for number in range(ALERTS):
            noticed.append(await asyncio.to_thread(_append, gateway.outbox, number))
            gateway.delivery.notify()
            await asyncio.sleep(EVERY_S)
        for _ in range(round(SETTLE_S / _LOOK_S)):
            if not (await asyncio.to_thread(gateway.outbox.status)).records:
                break
            await asyncio.sleep(_LOOK_S)
    finally:
        delivering.cancel()
        await asyncio.wait([delivering])
        gateway.close()
    return noticed


def _admit(layout: Layout, patients: int) -> None:
    """Make known who is alarmed of, in the caregiver's sight, and who else is measured."""
    relational = open_relational(load_cloud_settings(layout.settings_file("cloud")).database_url)
    directory, sharing = relational.directory, sharing_over(relational, ScaledClock())
    try:
        with relational.database.together():
            for number in range(ALERTS):
                directory.add_patient(Patient(id=_patient(number), display_name=f"Alarmed {number}"))
                directory.bind(_strap(number), _patient(number), 0)
                sharing.give(_patient(number), person_id=CAREGIVER.id, from_ms=0, by=OPERATOR)
            for number in range(patients):
                directory.add_patient(Patient(id=patient_of(number), display_name=f"Bench {number}"))
                directory.bind(wearable_of(number), patient_of(number), 0)
    finally:
        relational.close()


def _patient(number: int) -> str:
    return f"bench-alarmed-{number:04d}"


def _strap(number: int) -> str:
    return f"bench-strap-{number:04d}"


def _append(outbox: Outbox, number: int) -> _Noticed:
    now_ms = time.time_ns() // 1_000_000
    strap = _strap(number)
    onset = HealthEvent(
        event_id=f"bench-{number:06d}",
        device=strap,
        condition=CONDITION,
        phase=Phase.ONSET,
        t_ms=now_ms,
        noticed_ms=now_ms,
        signal_quality=1.0,
        evidence=Evidence(model="rhythm", model_version=1, probability=0.9, threshold=0.5, features=[]),
    )
    outbox.append([onset, ObservationRun(device=strap, kind="heart_rate", t_ms=[now_ms], value=[72.0])])
    return _Noticed(noticed_ms=now_ms, kept_ms=time.time_ns() / 1_000_000)


def _ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000
