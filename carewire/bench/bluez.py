"""What the gateway's own command costs with its radio beneath it: bleak, D-Bus and BlueZ's objects.

The wearables of four patients, a chest strap (ECG at 250 Hz), a finger oximeter and a wrist band each, are
served over the small BlueZ of `carewire sim bluez`. Simulator, BlueZ, bus, broker and service are processes
of their own; only the gateway's is counted, once the rhythm model judges every heart.
"""

import time
from pathlib import Path
from typing import Final

from carewire.bench.agent import LEAD_S
from carewire.bench.figures import Figures
from carewire.bench.process import cpu_s, memory_mb
from carewire.bench.system import await_word, start, system
from carewire.layout import Layout, carewire_command, toml_text
from carewire.processes import Supervisor
from edge.outbox import read_status
from vitals.errors import CarewireError

HEARTS: Final = ("atrial-fibrillation", "resting", "ectopic-beats", "generated-resting")
WORN: Final = ("strap", "oximeter", "band")
ECG_RATE_HZ: Final = 250
MEASURED_S: float = 40.0
SETTLE_S: float = LEAD_S
_BUS: Final = "DBUS_SYSTEM_BUS_ADDRESS="


def measure(folder: Path | None = None) -> Figures:
    """Let the gateway find and stream everything, then count for `MEASURED_S` seconds."""
    wearables = len(HEARTS) * len(WORN)
    with system(folder) as (layout, supervisor):
        bus = _bus_with_wearables(layout, supervisor)
        pid = _streaming_gateway(layout, supervisor, bus, wearables)
        time.sleep(SETTLE_S)
        began_cpu_s, began_s, made = cpu_s(pid), time.monotonic(), _made(layout)
        time.sleep(MEASURED_S)
        took_s = time.monotonic() - began_s
        return {
            "patients": len(HEARTS),
            "wearables": wearables,
            "agent_cpu_percent": round(100 * (cpu_s(pid) - began_cpu_s) / took_s, 2),
            "rss_mb": round(memory_mb(pid, "VmRSS"), 1),
            "peak_rss_mb": round(memory_mb(pid, "VmHWM"), 1),
            "records_per_s": round((_made(layout) - made) / took_s, 1),
            "measured_s": round(took_s, 1),
        }


def _bus_with_wearables(layout: Layout, supervisor: Supervisor) -> str:
    """Start simulator and BlueZ; return the setting by which a program finds their bus."""
    radio = f"127.0.0.1:{layout.radio_port}"
    patients = [word for heart in HEARTS for word in ("--patient", f"{heart}:{','.join(WORN)}")]
    live = carewire_command(
        "sim", "run", *patients, "--listen", f"tcp:{radio}", "--ecg-rate", str(ECG_RATE_HZ)
    )
    await_word(start(supervisor, layout, "simulator", live), lambda log: "sim.ready" in log)
    offer = carewire_command("sim", "bluez", "--radio", f"tcp-client:{radio}")
    said = await_word(start(supervisor, layout, "bluez", offer), lambda log: _bus_in(log) is not None)
    return str(_bus_in(said))


def _bus_in(log: str) -> str | None:
    return next((line for line in log.splitlines() if line.startswith(_BUS)), None)


def _streaming_gateway(layout: Layout, supervisor: Supervisor, bus: str, wearables: int) -> int:
    """Start the gateway on that bus; return its process id once every wearable streams."""
    settings = dict(layout.settings()["gateway"])
    settings |= {"ecg_rate_hz": ECG_RATE_HZ, "radio": {"most_devices": wearables}}
    layout.settings_file("gateway").write_text(toml_text(settings))
    run = carewire_command("edge", "run", "--config", str(layout.settings_file("gateway")))
    gateway = start(supervisor, layout, "gateway", ["env", bus, *run])
    await_word(gateway, lambda log: log.count("ble.streaming") >= wearables)
    if gateway.pid is None:
        raise CarewireError(f"the gateway ended: {gateway.last_words()}")
    return gateway.pid


def _made(layout: Layout) -> int:
    return sum(read_status(layout.outbox).made.values())
