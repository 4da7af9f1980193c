"""How fast the service makes observations durable: from gateways through the broker to the store and back.

Every part is the real one, in a process of its own: gateways that publish batches of 200 over MQTT 5 with
QoS 1, the broker, and `carewire cloud run` on its embedded store (SQLite, `synchronous=FULL`). An
observation counts once the service's acknowledgement is back at its gateway; afterwards all that were
counted are looked for in the store.
"""

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np

from carewire.bench import influxd
from carewire.bench.figures import Figures
from carewire.bench.influxd_server import require
from carewire.bench.load import Load, Sent
from carewire.bench.process import cpu_s, memory_mb
from carewire.bench.system import system
from carewire.bench.ward import (
    KINDS,
    OBSERVATIONS_A_BATCH,
    RECORDS_A_BATCH,
    Burst,
    Shape,
    gateway_of,
    patient_of,
    wearable_of,
)
from carewire.layout import Layout
from carewire.processes import Supervisor
from cloud.config import load_settings
from cloud.ports import Patient
from cloud.storage.relational.opening import open_relational
from cloud.storage.series import open_series_stores
from vitals.errors import CarewireError

__all__ = ["RUNS", "Run", "chosen", "measure"]

_SAMPLE_S: Final = 0.5
_LEAST_SAMPLES: Final = 8
_ALL_TIME_MS: Final = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measurement: what is sent, to a service that does what besides."""

    shape: Shape
    roles: Sequence[str] = ()


_ALONE: Final = ("ingest",)

RUNS: Final[Mapping[str, Run]] = MappingProxyType(
    {
        "runs": Run(shape=Shape.RUNS, roles=_ALONE),
        "single": Run(shape=Shape.SINGLE, roles=_ALONE),
        "runs_with_alerts": Run(shape=Shape.RUNS),
        "single_with_alerts": Run(shape=Shape.SINGLE),
    }
)
"""What is measured, the headline first: the process that takes in and stores, while none judges. With alerts
it is the whole service in one process, as a family runs it, which judges meanwhile what it stores."""


def measure(
    folder: Path | None = None,
    *,
    burst: Burst | None = None,
    runs: Sequence[str] = tuple(RUNS),
    on_mosquitto: bool = False,
    beside_influxd: bool = False,
) -> Figures:
    """Send a burst in each run, each to a service of its own that has stored nothing yet."""
    burst = burst or Burst()
    if beside_influxd:
        require()
    found = {name: _measured(folder, burst, RUNS[name], on_mosquitto=on_mosquitto) for name in runs}
    headline = found[runs[0]]
    return {
        **{name: headline[name] for name in ("observations_per_s", "cpu_s_per_million", "rss_mb")},
        "broker": "mosquitto" if on_mosquitto else "embedded",
        "observations": burst.sent,
        "observations_a_batch": OBSERVATIONS_A_BATCH,
        "gateways": burst.gateways,
        "window": burst.window,
        **found,
        **({"influxdb": influxd.measure(folder, burst)} if beside_influxd else {}),
    }


def chosen(shapes: Iterable[str], *, with_alerts: bool) -> list[str]:
    """Return the runs of these shapes, the headline first."""
    wanted = set(shapes)
    return [name for name, run in RUNS.items() if run.shape in wanted and (with_alerts or run.roles)]


def _measured(folder: Path | None, burst: Burst, run: Run, *, on_mosquitto: bool) -> Figures:
    certified = [gateway_of(number) for number in range(burst.gateways)] if on_mosquitto else []
    with system(folder, certified=certified, roles=run.roles) as (layout, supervisor):
        _admit(layout, burst)
        sent, cost = _sent(_load(layout, burst, run.shape), supervisor)
        stored = _stored(layout, burst)
    if stored != sent.observations:
        raise CarewireError(f"{sent.observations} observations were acknowledged, {stored} are in the store")
    return {
        "observations_per_s": round(sent.observations / sent.elapsed_s),
        **cost,
        "ack_p50_ms": sent.ack_p50_ms,
        "ack_p99_ms": sent.ack_p99_ms,
        "records_a_batch": RECORDS_A_BATCH[run.shape],
        "batch_bytes": sent.batch_bytes,
    }


def _load(layout: Layout, burst: Burst, shape: Shape) -> Load:
    return Load(
        port=layout.mqtt_port,
        shape=shape,
        gateways=burst.gateways,
        batches=burst.batches,
        window=burst.window,
        start_ms=burst.start_ms(layout.anchor_ms),
        certificates=None if layout.certificates is None else str(layout.certificates),
    )


def _admit(layout: Layout, burst: Burst) -> None:
    """Make the patients known and give each a wearable."""
    relational = open_relational(load_settings(layout.settings_file("cloud")).database_url)
    try:
        for number in range(burst.gateways):
            relational.directory.add_patient(Patient(id=patient_of(number), display_name=f"Bench {number}"))
            relational.directory.bind(wearable_of(number), patient_of(number), 0)
    finally:
        relational.close()


def _sent(load: Load, supervisor: Supervisor) -> tuple[Sent, Figures]:
    """Run the generator; return what it tells, and what every process took meanwhile."""
    pids = {name: part.pid or 0 for name, part in supervisor.parts.items()}
    began_cpu_s = {name: cpu_s(pid) for name, pid in pids.items()}
    generator = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "carewire.bench.load", msgspec.json.encode(load).decode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with generator:
        resident = list(_resident_mb(generator, pids["cloud"]))
        out, errors = generator.communicate()
    if generator.returncode:
        raise CarewireError(f"the generator ended with status {generator.returncode}: {errors[-2000:]}")
    sent = msgspec.json.decode(out, type=Sent)
    took_s = {name: cpu_s(pid) - began_cpu_s[name] for name, pid in pids.items()}
    return sent, {
        "cpu_s_per_million": _per_million(took_s["cloud"], sent),
        "rss_mb": round(memory_mb(pids["cloud"], "VmHWM"), 1),
        "rss_mb_grown_per_million": _growth(resident, sent),
        "broker_cpu_s_per_million": _per_million(took_s["broker"], sent),
        "generator_cpu_s_per_million": _per_million(sent.cpu_s, sent),
    }


def _resident_mb(generator: subprocess.Popen[str], pid: int) -> Iterator[tuple[float, float]]:
    """Yield when, and how much memory the service holds, for as long as the generator runs."""
    while True:
        yield time.monotonic(), memory_mb(pid, "VmRSS")
        try:
            generator.wait(_SAMPLE_S)
        except subprocess.TimeoutExpired:
            continue
        return


def _growth(resident: Sequence[tuple[float, float]], sent: Sent) -> float | None:
    """Return by how many MB a million observations memory grew over the second half of the burst."""
    end_s = resident[-1][0]
    late = np.array([each for each in resident if each[0] > end_s - sent.elapsed_s / 2])
    if len(late) < _LEAST_SAMPLES:
        return None
    mb_a_second = float(np.polyfit(late[:, 0], late[:, 1], 1)[0])
    return round(mb_a_second * sent.elapsed_s / sent.observations * 1e6, 2)


def _per_million(seconds: float, sent: Sent) -> float:
    return round(seconds / sent.observations * 1e6, 3)


def _stored(layout: Layout, burst: Burst) -> int:
    """Count what the store holds of everybody's kinds."""
    stores = open_series_stores(load_settings(layout.settings_file("cloud")))
    try:
        found = [
            stores.series.observations(patient_of(number), kind, 0, _ALL_TIME_MS, 1)
            for number in range(burst.gateways)
            for kind in KINDS
        ]
    finally:
        stores.close()
    return sum(len(series.points) + series.omitted for series in found)
