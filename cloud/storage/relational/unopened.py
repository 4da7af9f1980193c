"""Which sealed values did not open when last wanted: said in the log once, and in health until they do."""

import threading
from collections import Counter
from collections.abc import Collection
from typing import Final

import structlog

from cloud.ports.sealing import Place
from vitals.errors import SealError

__all__ = ["Unopened"]

_MOST: Final = 10_000
"""So many are counted one by one."""
_WHAT_TO_DO: Final = (
    "put keys back that are gone (`carewire cloud keys put-back KEYRING`, with the keyring beside the newest "
    "backup); what was altered, write anew, or restore a backup"
)
_log = structlog.get_logger(__name__)


class Unopened:
    """Their places; any thread may add to them and take from them."""

    def __init__(self) -> None:
        self._places: set[Place] = set()
        self._lock = threading.Lock()

    def note(self, place: Place, error: SealError) -> None:
        """Remember that what is at a place did not open."""
        with self._lock:
            if place in self._places or len(self._places) >= _MOST:
                return
            self._places.add(place)
        _log.error("seals.unreadable", column=_column(place), row=place.row, error=str(error))

    def clear(self, place: Place) -> None:
        """Forget a place: what is there opens, or is gone."""
        if self._places:
            with self._lock:
                self._places.discard(place)

    def forget(self, owners: Collection[str]) -> None:
        """Forget what was of owners who are erased: it is gone."""
        with self._lock:
            self._places = {place for place in self._places if place.owner not in owners}

    def troubles(self) -> tuple[str, ...]:
        """Return how many do not open, of which columns, and what to do; nothing of whom."""
        with self._lock:
            counts = Counter(map(_column, self._places))
        if not counts:
            return ()
        said = ", ".join(f"{count} of {column}" for column, count in sorted(counts.items()))
        return (f"sealed values: {said} do not open: {_WHAT_TO_DO}",)


def _column(place: Place) -> str:
    return f"{place.table}.{place.column}"
