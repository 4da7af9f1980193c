"""What the service knows of gateways by itself and their families are to be told, read now and then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cloud.gateways.overview import identities, known_alarms
from cloud.ports import GatewayBook
from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = ["KnownAlarms"]

_FRESH_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class KnownAlarms:
    """Belongs to one thread. A book that is away changes nothing: that it is, is told elsewhere."""

    book: GatewayBook
    clock: Clock
    monotonic_s: Callable[[], float]
    _read_s: float = float("-inf")
    _known: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __call__(self) -> Mapping[str, frozenset[str]]:
        """Return the alarms of each gateway."""
        now_s = self.monotonic_s()
        if now_s - self._read_s >= _FRESH_S:
            self._read_s = now_s
            try:
                self._known = known_alarms(identities(self.book, self.clock.wall_ms()))
            except StorageError:
                return self._known
        return self._known
