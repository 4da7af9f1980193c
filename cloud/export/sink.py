"""What a file is written to that is sent while it is written: nobody can go back in it."""

import io

__all__ = ["Sink"]


class Sink(io.RawIOBase):
    """Bytes wait here until they are taken."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._taken = 0

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def tell(self) -> int:
        """Return how much was written."""
        return self._taken + len(self._waiting)

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Take bytes in."""
        self._waiting += data
        return len(data)

    def take(self, least: int = 0) -> bytes:
        """Return what waits, if it is that much."""
        if len(self._waiting) < max(1, least):
            return b""
        taken = bytes(self._waiting)
        self._taken += len(taken)
        self._waiting.clear()
        return taken
