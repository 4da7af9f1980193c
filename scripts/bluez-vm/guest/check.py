"""The test in the virtual machine: real BlueZ measured, then the gateway on it; a line of JSON tells all."""

import json
import multiprocessing
import sys
import time
import traceback
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import gateway_run
import measure
import world

LOGS = (gateway_run.LOG, Path("/run/bluetoothd.log"))
STOP_S = 10.0
_fork = multiprocessing.get_context("fork")


def main() -> None:
    """Run all of it and report, whatever happens."""
    began_s = time.monotonic()
    try:
        findings: dict[str, Any] = {"findings": _run()}
    except BaseException:  # noqa: BLE001 - the host must hear of it, whatever it is
        findings = {"error": traceback.format_exc(), "logs": {str(log): _end_of(log) for log in LOGS}}
    findings["in_guest_s"] = time.monotonic() - began_s
    sys.stdout.write(f"RESULT {json.dumps(findings)}\n")
    sys.stdout.flush()


def _run() -> dict[str, float]:
    air, commands = _start(world.live)
    wearables = commands.recv()
    figures: dict[str, float] = {}
    for part in (measure.measure, gateway_run.watch):
        process, answers = _start(part, commands, wearables)
        found = answers.recv()  # EOFError: it died, and its last words are on the console
        process.join(STOP_S)
        figures |= found
    commands.send(("stop",))
    air.join(STOP_S)
    air.kill()
    return figures


def _start(part: Any, *arguments: object) -> tuple[BaseProcess, Connection]:  # noqa: ANN401 - any of three
    """Fork a part of the test; return it and what it is spoken to through."""
    ours, theirs = _fork.Pipe()
    process = _fork.Process(target=part, args=(theirs, *arguments))
    process.start()
    theirs.close()
    return process, ours


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:] if log.exists() else ""


if __name__ == "__main__":
    main()
