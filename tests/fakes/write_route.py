"""A way of writing that keeps lines in memory and refuses what it is told to."""

from cloud.storage.influx.answers import LinesRefusedError
from vitals.errors import StorageError


class WriteRoute:
    """Refuses a body that holds any of `bad`, storing nothing of it; raises `failure` if set."""

    def __init__(self, *bad: str) -> None:
        self.bad = bad
        self.failure: StorageError | None = None
        self.stored: list[str] = []
        self.requests: list[int] = []
        self.closed = 0

    def write(self, body: bytes) -> None:
        lines = body.decode().split("\n")
        self.requests.append(len(lines))
        if self.failure is not None:
            raise self.failure
        if any(word in line for line in lines for word in self.bad):
            raise LinesRefusedError("refused")
        self.stored += lines

    def close(self) -> None:
        self.closed += 1
