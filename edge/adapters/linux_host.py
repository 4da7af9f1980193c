"""How a Linux computer is, from the files its kernel keeps; what this one does not tell is `None`."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from vitals.records import HostState

__all__ = ["LinuxHost"]

_T = TypeVar("_T")

_PROCESSOR_ZONES: Final = ("cpu", "soc", "x86_pkg", "k10temp")
"""What the thermal zone of a processor is called, in part: "cpu-thermal" on a Raspberry Pi."""
_THROTTLED: Final = Path("sys/devices/platform/soc/soc:firmware/get_throttled")
"""The Raspberry Pi firmware's answer, in hexadecimal."""
_SLOWED_NOW: Final = 0x0F
"""Under-voltage, frequency capped, throttled, soft temperature limit: now, not at some time before."""
_MILLI: Final = 1000
_KIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LinuxHost:
    """`edge.ports.Host` of this computer; `data_dir` is where its disk is asked for room."""

    data_dir: Path
    root: Path = Path("/")

    def state(self) -> HostState:
        """Return how it is now."""
        return HostState(
            cpu_temperature_c=_told(self._cpu_temperature_c),
            disk_free_bytes=_told(self._disk_free_bytes),
            memory_bytes=_told(self._memory_bytes),
            load=_told(self._load),
            throttled=_told(self._is_throttled),
        )

    def _cpu_temperature_c(self) -> float:
        zones = sorted((self.root / "sys/class/thermal").glob("thermal_zone*"))
        zone = next(zone for zone in zones if self._is_of_processor(zone))
        return int((zone / "temp").read_text(encoding="ascii")) / _MILLI

    def _is_of_processor(self, zone: Path) -> bool:
        name = (zone / "type").read_text(encoding="ascii").lower()
        return any(part in name for part in _PROCESSOR_ZONES)

    def _disk_free_bytes(self) -> int:
        disk = os.statvfs(self.data_dir)
        return disk.f_bavail * disk.f_frsize

    def _memory_bytes(self) -> int:
        """Return what this process holds in memory."""
        lines = (self.root / "proc/self/status").read_text(encoding="utf-8").splitlines()
        resident = next(line for line in lines if line.startswith("VmRSS:"))
        return int(resident.split()[1]) * _KIB

    def _load(self) -> float:
        return float((self.root / "proc/loadavg").read_text(encoding="ascii").split()[0])

    def _is_throttled(self) -> bool:
        says = (self.root / _THROTTLED).read_text(encoding="ascii")
        return bool(int(says, base=16) & _SLOWED_NOW)


def _told(ask: Callable[[], _T]) -> _T | None:
    """Return the answer, or `None` where there is no such file, or nothing in it that makes sense."""
    with suppress(OSError, ValueError, IndexError, StopIteration):
        return ask()
    return None
