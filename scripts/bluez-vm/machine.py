"""A QEMU virtual machine: booted or taken up from its kept state, and spoken to over its serial console."""

import json
import shutil
import socket
import subprocess
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TextIO

__all__ = ["KVM", "TCG", "Accelerator", "Machine", "MachineError"]


class MachineError(Exception):
    """The machine did not do what was expected of it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """How the machine comes by its processors."""

    name: str
    options: tuple[str, ...]


KVM: Final = Accelerator(name="kvm", options=("-accel", "kvm", "-cpu", "host"))
TCG: Final = Accelerator(name="tcg", options=("-accel", "tcg,thread=multi", "-cpu", "max"))


class Machine:
    """One running machine; kernel, initrd, root and code disks lie in `folder`."""

    def __init__(self, folder: Path, accelerator: Accelerator, *, state: Path | None = None) -> None:
        self._folder = folder
        self._line = ""
        self._heard: deque[str] = deque(maxlen=60)
        for name in (_SERIAL, _MONITOR):
            (folder / name).unlink(missing_ok=True)
        taken_up = () if state is None else ("-incoming", f"exec:cat {state.name}")
        with (folder / "qemu.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own words alone
                [*_QEMU, *accelerator.options, *taken_up], cwd=folder, stdin=subprocess.DEVNULL, stderr=log
            )
        self._serial = self._connect(_SERIAL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._serial.close()
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def say(self, line: str) -> None:
        """Type a line on the console."""
        self._serial.sendall(f"{line}\n".encode())

    def hear(self, word: str, *, within_s: float) -> str:
        """Return the rest of the next line on the console that begins with the word.

        Raises
        ------
        MachineError
            It did not come in time, or the machine died; the message ends with what came last.
        """
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s and self._process.poll() is None:
            try:
                self._line += self._serial.recv(1).decode(errors="replace")
            except TimeoutError:
                continue
            except ConnectionError:
                break  # QEMU has died, its console with it
            if self._line.endswith("\n"):
                line, self._line = self._line.strip(), ""
                self._heard.append(line)
                if line.startswith(f"{word} "):
                    return line.removeprefix(f"{word} ")
        said = "\n".join([*self._heard, self._line])
        raise MachineError(f"the machine did not say {word} within {within_s:.0f} s; its last words:\n{said}")

    def keep_state(self, file: Path) -> None:
        """Write the machine's state to a file in its folder; it runs no more.

        Raises
        ------
        MachineError
            QEMU could not.
        """
        partial = file.with_suffix(".partial")
        with self._connect(_MONITOR) as monitor, monitor.makefile("rw") as lines:
            lines.readline()  # its greeting
            _command(lines, "qmp_capabilities")
            _command(lines, "migrate-set-parameters", {"max-bandwidth": 1 << 33})
            _command(lines, "migrate", {"uri": f"exec:cat >{partial.name}"})
            while (status := _command(lines, "query-migrate").get("status")) != "completed":
                if status == "failed":
                    raise MachineError("QEMU could not write the machine's state: is the disk full?")
                time.sleep(0.2)
        shutil.move(partial, file)

    def _connect(self, name: str) -> socket.socket:
        until_s = time.monotonic() + _PATIENCE_S
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(1.0)
            try:
                connection.connect(_short(self._folder / name))
            except OSError as error:
                connection.close()
                if time.monotonic() > until_s or self._process.poll() is not None:
                    raise MachineError("QEMU did not start: qemu.log in its folder says why") from error
                time.sleep(0.05)
            else:
                return connection


_SERIAL: Final = "serial"
_MONITOR: Final = "monitor"
_PATIENCE_S: Final = 10.0
_QEMU: Final = (
    *("qemu-system-x86_64", "-smp", "2", "-m", "1024"),
    *("-display", "none", "-nic", "none", "-no-reboot"),
    *("-kernel", "vmlinuz", "-initrd", "initrd.img"),
    *("-append", "root=/dev/vda ro console=ttyS0 quiet panic=-1 mitigations=off init=/sbin/carewire-init"),
    *("-drive", "file=root.ext2,format=raw,if=virtio,readonly=on"),
    *("-drive", "file=code.img,format=raw,if=virtio,readonly=on"),
    *("-serial", f"unix:{_SERIAL},server=on,wait=off"),
    *("-qmp", f"unix:{_MONITOR},server=on,wait=off"),
)


def _short(path: Path) -> str:
    """Return a path that fits into a socket's address, which has room for 107 octets."""
    with suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return str(path)


def _command(lines: TextIO, name: str, arguments: dict[str, object] | None = None) -> dict[str, Any]:
    """Have the monitor do something; events that come between are passed over."""
    lines.write(json.dumps({"execute": name, "arguments": arguments or {}}) + "\n")
    lines.flush()
    while True:
        answer: dict[str, Any] = json.loads(lines.readline())
        if "error" in answer:
            raise MachineError(f"QEMU refuses {name}: {answer['error']['desc']}")
        if "return" in answer:
            return dict(answer["return"])
