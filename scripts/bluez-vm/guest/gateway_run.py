"""The gateway as it ships on real BlueZ, with every wearable, and what is then in its outbox."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from carewire.logs import configure_logs
from edge.bootstrap import run_gateway
from edge.config import load_settings
from tests.fakes.outbox_contents import everything_in, largest_hole_ms
from vitals.records import Gap, GapReason, ObservationRun, Waveform

FOLDER: Final = Path("/tmp/gateway")  # noqa: S108 - the machine's own memory, gone with it
LOG: Final = FOLDER / "gateway.log"
PATIENCE_S: Final = 60.0
LISTEN_S: Final = 5.0
HOLE_MS: Final = 1_000
"""What an emulated processor may delay a notification by."""

SETTINGS: Final = f"""
gateway_id = "bluez-vm"
data_dir = "{FOLDER}"
adopt = true
mqtt = {{ port = 1 }}
radio = {{ scan_rest_s = 0.2, first_pause_s = 0.2, longest_pause_s = 1.0, most_devices = 10 }}
"""


def watch(answers: Connection, world: Connection, wearables: list[tuple[str, bool]]) -> None:
    """Send the figures of a gateway that streams, is visited, loses its links, recovers and is stopped.

    Of each wearable it is known whether it comes and goes.
    """
    visitors = sum(is_visitor for _, is_visitor in wearables)
    streams = len(wearables) - visitors
    FOLDER.mkdir()
    gateway = os.fork()
    if not gateway:
        _be_the_gateway()
    began_s = time.monotonic()
    _until(lambda: _times("ble.streaming") >= streams)
    figures = {"gateway_all_streaming_s": time.monotonic() - began_s}
    _until(lambda: _times("ble.visiting") >= visitors)
    figures["gateway_all_visited_s"] = time.monotonic() - began_s
    time.sleep(LISTEN_S)
    lost_s = time.monotonic()
    world.send(("lose-wearables",))
    world.recv()
    _until(lambda: _times("ble.streaming") >= 2 * streams)
    figures["gateway_loss_to_streaming_s"] = time.monotonic() - lost_s
    time.sleep(LISTEN_S)
    os.kill(gateway, signal.SIGTERM)
    _, status = os.waitpid(gateway, 0)
    answers.send(
        figures | _account(len(wearables)) | {"gateway_exit_status": os.waitstatus_to_exitcode(status)}
    )


def _be_the_gateway() -> None:
    """Run the gateway in this forked process, and end with it."""
    settings = FOLDER / "gateway.toml"
    settings.write_text(SETTINGS)
    log = os.open(LOG, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    status = 1
    try:
        configure_logs()
        asyncio.run(run_gateway(load_settings(settings)))
        status = 0
    finally:
        os._exit(status)


def _times(event: str) -> int:
    return LOG.read_text().count(event) if LOG.exists() else 0


def _account(wearables: int) -> dict[str, float]:
    records = everything_in(FOLDER / "outbox.db")
    strips = [record for record in records if isinstance(record, Waveform)]
    gaps = [record for record in records if isinstance(record, Gap)]
    return {
        "wearables": wearables,
        "wearables_heard": len({record.device for record in (*strips, *_runs(records))}),
        "kinds": len({run.kind for run in _runs(records)} | {strip.kind for strip in strips}),
        "records": len(records),
        "waveform_s": sum(len(strip.samples) / 2 / strip.rate_hz for strip in strips),
        "observations": sum(len(run.value) for run in _runs(records)),
        "gaps": len(gaps),
        "gaps_unexplained": sum(gap.reason is not GapReason.LINK_LOST for gap in gaps),
        "largest_hole_ms": largest_hole_ms(records),
    }


def _runs(records: list) -> list[ObservationRun]:
    return [record for record in records if isinstance(record, ObservationRun)]


def _until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > until_s:
            raise TimeoutError(f"waited {PATIENCE_S:.0f} s in vain for all wearables to be served")
        time.sleep(0.1)
