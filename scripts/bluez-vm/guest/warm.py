"""Waits at the point where the machine's state is kept, with every library loaded that the test will need.

Importing them takes an emulated processor longer than all the rest; a snapshot taken here spares that, and
what is forked from this process has them too.
"""

import importlib
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path

BOOT_CODE = Path("/run/carewire")
CODE = Path("/run/code")
CODE_DISK = "/dev/vdb"
PROGRAMS = (
    "edge.bootstrap",
    "edge.adapters.tflite",
    "firmware_sim.bootstrap",
    "bleak.backends.bluezdbus.client",
    "bumble.transport.vhci",
)
"""What the test will import; which libraries that takes is found out from the code as it is now."""
NAMES = "print(*(name for name, module in sys.modules.items() if '/opt/site/' in repr(module)))"


def libraries() -> list[str]:
    """Return the modules that the programs import and that are not this project's own."""
    find = f"import sys, {', '.join(PROGRAMS)}\n{NAMES}"
    done = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-c", find], cwd=BOOT_CODE, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.split()


def say(*words: object) -> None:
    """Write a line on the console."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Load, say so, wait for a word on the console, and run the code that is on the disk by then."""
    for name in libraries():
        importlib.import_module(name)
    say("WARM", f"{time.monotonic():.1f}")
    sys.stdin.readline()
    CODE.mkdir()
    subprocess.run(["/usr/bin/tar", "-xf", CODE_DISK, "-C", CODE], check=True)  # noqa: S603 - our own disk
    say("CODE", "unpacked")
    os.chdir(CODE)
    sys.path[:0] = [str(CODE), str(CODE / "guest")]
    runpy.run_path(str(CODE / "guest" / "check.py"), run_name="__main__")


if __name__ == "__main__":
    main()
