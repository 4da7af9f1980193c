"""What the gateway costs this machine: its agent with four patients, and its pure core as fast as it goes.

`cpu_percent_per_stream` is the whole agent's share of a core with four chest straps (ECG at 250 Hz, models
running), divided by four: codecs, clocks, gaps, R peaks, quality, the rhythm model, the ring of raw
waveforms, the outbox, and the MQTT batches that the service acknowledges. `rss_mb` is of another agent, whose
four patients wear an oximeter and a wrist band as well. The radio is left out: see `carewire.bench.agent`.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from carewire.bench import home
from carewire.bench.agent import LEAD_S, Cost, Told
from carewire.bench.figures import Figures, rank
from carewire.bench.system import system
from carewire.layout import Layout, toml_text
from edge.bootstrap import load_models
from edge.clock import Stamp
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.judging.judge import Judge
from edge.pipeline import Pipeline
from vitals.clock import ScaledClock
from vitals.errors import CarewireError

PATIENTS = 4
MEASURED_S = 40
CORE_S = 150
LIMIT_S = 180.0


def measure(folder: Path | None = None) -> Figures:
    """Run two agents beside one another for `MEASURED_S` seconds; then play one strap through the core."""
    length_s = LEAD_S + MEASURED_S
    ecg = home.straps(PATIENTS, length_s)
    everything = sorted([*ecg, *home.others(PATIENTS, length_s)], key=lambda told: told.due_s)
    straps, all_worn = _agents({"bench-straps": ecg, "bench-home": everything}, folder)
    percent = 100 * straps.cpu_s / straps.real_s / PATIENTS
    return {
        "cpu_percent_per_stream": round(percent, 3),
        "streams_per_core": int(100 // percent),
        "rss_mb": round(all_worn.rss_mb, 1),
        "peak_rss_mb": round(all_worn.peak_rss_mb, 1),
        "rss_mb_straps_alone": round(straps.rss_mb, 1),
        "patients": PATIENTS,
        "wearables": len({told.device for told in everything}),
        "agent_cpu_percent": round(100 * all_worn.cpu_s / all_worn.real_s, 3),
        "agent_notifications_per_s": round(all_worn.notifications / all_worn.real_s, 1),
        "agent_records": all_worn.records,
        "agent_inferences": all_worn.inferences,
        "measured_s": round(all_worn.real_s, 1),
        **_core(),
    }


def _agents(homes: dict[str, list[Told]], folder: Path | None) -> Sequence[Cost]:
    """Feed one agent a home, all at the same time, with a broker and a service that acknowledges."""
    with system(folder) as (layout, _):
        agents = [_started(layout, name, told) for name, told in homes.items()]
        try:
            return [_cost(agent) for agent in agents]
        finally:
            for agent in agents:
                agent.kill()


def _started(layout: Layout, name: str, told: list[Told]) -> subprocess.Popen[str]:
    settings = {
        "gateway_id": name,
        "data_dir": str(layout.folder / name),
        "adopt": True,
        "ecg_rate_hz": home.ECG_RATE_HZ,
        "mqtt": {"host": "127.0.0.1", "port": layout.mqtt_port},
    }
    layout.settings_file(name).write_text(toml_text(settings))
    told_file = layout.folder / f"{name}.told"
    told_file.write_bytes(msgspec.msgpack.encode(told))
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "carewire.bench.agent", str(layout.settings_file(name)), str(told_file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _cost(agent: subprocess.Popen[str]) -> Cost:
    """Return what an agent told of itself; figures of one that lost anything would say nothing."""
    out, errors = agent.communicate(timeout=LIMIT_S)
    if agent.returncode:
        raise CarewireError(f"the agent ended with status {agent.returncode}: {errors[-2000:]}")
    cost = msgspec.json.decode(out, type=Cost)
    if cost.dropped or cost.failed or not cost.inferences or not cost.acknowledged:
        raise CarewireError(f"the agent did not do its work, run it again on a quieter machine: {cost}")
    return cost


def _core() -> Figures:
    """Play a strap's notifications through the gateway's pure core as fast as it goes."""
    with TemporaryDirectory() as folder:
        settings = EdgeSettings(gateway_id="bench", data_dir=Path(folder), adopt=True)
        models = load_models(settings, GatewayHealth(), ScaledClock())
    judge = Judge(models=models, health=models.health)
    pipeline = Pipeline(judge=judge, software="bench")
    played, took_ms, began_cpu_s = home.straps(1, CORE_S), [], time.process_time()
    for told in played:
        received = Stamp(wall_ms=round(told.due_s * 1000), monotonic_s=told.due_s)
        began_s = time.perf_counter()
        pipeline.on_notification(told.device, told.uuid, told.value, received)
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return {
        "core_played_s": CORE_S,
        "core_cpu_percent": round(100 * (time.process_time() - began_cpu_s) / CORE_S, 3),
        "notification_p50_ms": rank(took_ms, 0.50),
        "notification_p99_ms": rank(took_ms, 0.99),
        "inferences": models.timings.count,
        "inference_p50_us": round(models.timings.p50_us or 0.0, 1),
    }
