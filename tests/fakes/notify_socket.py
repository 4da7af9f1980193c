"""The socket on which systemd would hear a service."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self


class FakeNotifySocket:
    """Listens at a path, or, given a name that begins with '@', in the abstract namespace."""

    def __init__(self, address: Path | str) -> None:
        self.address = str(address)
        self.heard: list[str] = []
        """Every assignment so far, in order."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.address[1:] if self.address.startswith("@") else self.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def environment(self, *, watchdog_s: float | None = None) -> dict[str, str]:
        """Return the environment systemd would start the service with."""
        watchdog = {"WATCHDOG_USEC": str(round(watchdog_s * 1e6))} if watchdog_s else {}
        return {**os.environ, "NOTIFY_SOCKET": self.address, **watchdog}

    def listen(self, until: Callable[[list[str]], bool] = lambda _heard: False, *, within_s: float) -> bool:
        """Hear what comes until `until` holds of all heard so far; tell whether it came to hold."""
        deadline_s = time.monotonic() + within_s
        while not until(self.heard):
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            self._socket.settimeout(left_s)
            try:
                self.heard += self._socket.recv(4096).decode().split("\n")
            except TimeoutError:
                return until(self.heard)
        return True

    def forget(self) -> None:
        """Begin to hear anew: what waits unheard is thrown away too."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(4096):
                pass
        except BlockingIOError:
            self.heard.clear()
