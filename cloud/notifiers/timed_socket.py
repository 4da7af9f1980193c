"""A connected socket with one deadline for all that is said on it: a byte now and then is no answer."""

import io
import socket
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["TimedSocket"]


@dataclass(slots=True, kw_only=True)
class TimedSocket:
    """What `http.client` needs of a socket; any part of it raises TimeoutError past the deadline."""

    socket: socket.socket
    deadline_s: float
    monotonic_s: Callable[[], float]

    def sendall(self, data: bytes) -> None:
        """Send it all."""
        self._allow()
        self.socket.sendall(data)

    def makefile(self, _: str) -> io.BufferedReader:
        """Return what is received."""
        return io.BufferedReader(_Received(self))

    def receive_into(self, buffer: memoryview) -> int:
        """Receive some of it."""
        self._allow()
        return self.socket.recv_into(buffer)

    def close(self) -> None:
        """Leave it to who opened it: what was answered may not be read yet."""

    def _allow(self) -> None:
        left_s = self.deadline_s - self.monotonic_s()
        if left_s <= 0:
            raise TimeoutError
        self.socket.settimeout(left_s)


class _Received(io.RawIOBase):
    def __init__(self, source: TimedSocket) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        return self._source.receive_into(buffer)
