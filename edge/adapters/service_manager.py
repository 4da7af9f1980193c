"""What the gateway tells whoever started it (sd_notify(3)): ready, alive, how it is, stopping."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import structlog

__all__ = ["ServiceManager"]

_log = structlog.get_logger()

_MICROSECONDS: Final = 1_000_000


@dataclass(slots=True, kw_only=True)
class ServiceManager:
    """A service manager that listens at `address`; without one, nobody does, and nothing is said."""

    address: str | None = None
    watchdog_s: float | None = None
    """How long it waits for `feed` before it takes this process for dead; `None`: for ever."""
    _was_unheard: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str], *, pid: int) -> Self:
        """Return the manager that the environment of process `pid` names."""
        meant_for = environment.get("WATCHDOG_PID", str(pid))
        watchdog_us = environment.get("WATCHDOG_USEC", "") if meant_for == str(pid) else ""
        return cls(
            address=environment.get("NOTIFY_SOCKET") or None,
            watchdog_s=int(watchdog_us) / _MICROSECONDS if watchdog_us.isdecimal() else None,
        )

    @classmethod
    def here(cls) -> Self:
        """Return the manager of this process."""
        return cls.of(os.environ, pid=os.getpid())

    def ready(self, status: str) -> None:
        """Say that everything runs."""
        self._tell("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """Say in one line how the gateway is."""
        self._tell(f"STATUS={status}")

    def feed(self) -> None:
        """Say that every part moves."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the gateway ends because it was told to."""
        self._tell("STOPPING=1")

    def _tell(self, *assignments: str) -> None:
        if self.address is None:
            return
        name = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to_manager:
                to_manager.setblocking(False)
                to_manager.sendto("\n".join(assignments).encode(), name)
        except OSError as error:
            if not self._was_unheard:
                self._was_unheard = True
                _log.warning("service_manager.unheard", address=self.address, error=str(error))
        else:
            self._was_unheard = False
