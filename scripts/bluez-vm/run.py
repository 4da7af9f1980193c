"""`make test-bluez`: the gateway and its wearables against real BlueZ, in a virtual machine.

The first run builds an image and keeps the state of a machine that has booted from it; later runs take up
that state. What is tested is always the code as it lies here.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from code_disk import HERE, ROOT, write_code_disk
from figures import FIGURES
from image import build_image, digest, install_parts
from machine import KVM, TCG, Accelerator, Machine, MachineError

FOLDER: Final = ROOT / "build" / "bluez-vm"
BOOT_S: Final = {KVM: 30.0, TCG: 240.0}
"""How long the first process may take; a machine within a machine often has a KVM that never gets there."""
QEMU_VERSION: Final = ("qemu-system-x86_64", "--version")
WARM_S: Final = 600.0
TEST_S: Final = 240.0


def main() -> int:
    """Run the test; return its exit status."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--report", type=Path, help="write the figures there, as JSON")
    report: Path | None = options.parse_args().report
    install_parts()
    FOLDER.mkdir(parents=True, exist_ok=True)
    image = build_image(FOLDER, _say)
    write_code_disk(FOLDER / "code.img")
    try:
        accelerator, state = _kept_state(image)
        found = _test(accelerator, state)
    except MachineError as error:
        _say(str(error))
        return 1
    if "error" in found:
        _say(found["error"], *(f"{log}:\n{end}" for log, end in found["logs"].items()))
        return 1
    figures = json.loads(state.with_suffix(".json").read_text()) | found["findings"]
    figures |= {key: found[key] for key in ("take_up_s", "total_s")}
    figures["wearables_missed"] = figures["wearables"] - figures["wearables_heard"]
    passed = all(figure.passes(figures) for figure in FIGURES)
    _say(*(figure.line(figures) for figure in FIGURES))
    _say(f"{'passed' if passed else 'FAILED'}, on QEMU with {accelerator.name}, {os.cpu_count()} processors")
    if report is not None:
        report.write_text(json.dumps(figures | {"accelerator": accelerator.name, "passed": passed}, indent=1))
    return 0 if passed else 1


def _test(accelerator: Accelerator, state: Path) -> dict[str, Any]:
    began_s = time.monotonic()
    with Machine(FOLDER, accelerator, state=state) as machine:
        machine.say("go")
        machine.hear("CODE", within_s=TEST_S)
        taken_up_s = time.monotonic()
        found: dict[str, Any] = json.loads(machine.hear("RESULT", within_s=TEST_S))
    return found | {"take_up_s": taken_up_s - began_s, "total_s": time.monotonic() - began_s}


def _kept_state(image: str) -> tuple[Accelerator, Path]:
    """Return the state of a booted machine, with KVM where that works, made now if there is none yet."""
    qemu = subprocess.run(QEMU_VERSION, capture_output=True, text=True, check=True)  # noqa: S603 - as written above
    parts = (HERE / "machine.py", HERE / "code_disk.py", HERE / "guest" / "init", HERE / "guest" / "warm.py")
    name = digest(*parts, also=image + qemu.stdout)
    states = {accelerator: FOLDER / f"warm-{accelerator.name}-{name}.state" for accelerator in (KVM, TCG)}
    for accelerator, state in states.items():
        if state.exists():
            return accelerator, state
    for old in (*FOLDER.glob("warm-*"),):
        old.unlink()
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        try:
            return KVM, _keep_state(KVM, states[KVM])
        except MachineError:
            _say("KVM does not work here: emulating the processor instead")
    return TCG, _keep_state(TCG, states[TCG])


def _keep_state(accelerator: Accelerator, state: Path) -> Path:
    _say(f"booting a machine with {accelerator.name}, to keep its state")
    began_s = time.monotonic()
    with Machine(FOLDER, accelerator) as machine:
        machine.hear("BOOTED", within_s=BOOT_S[accelerator])
        booted_s = time.monotonic()
        machine.hear("WARM", within_s=WARM_S)
        warm_s = time.monotonic()
        machine.keep_state(state)
    times = {"boot_s": booted_s - began_s, "warm_s": warm_s - began_s}
    state.with_suffix(".json").write_text(json.dumps(times))
    return state


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
