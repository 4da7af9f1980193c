"""Looks at patients, written down before anything is shown; a page left open is one look in five minutes.

The first look is always written; those of the same person at the same sort of thing of the same patient
within the next five minutes are the same look, and what the entry says is just that.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from cloud.ledger.scribe import Scribe
from cloud.ports import Deed, LedgerNote

__all__ = ["LOOK_LASTS_MS", "Looks"]

LOOK_LASTS_MS: Final = 300_000
_MOST_HELD: Final = 20_000
_Look = tuple[str, str, str]
"""Who, at whom, at what."""


@dataclass(slots=True, kw_only=True)
class Looks:
    """Any thread may call. Each process has its own: a look is written twice rather than not at all."""

    scribe: Scribe
    wall_ms: Callable[[], int]
    _written: "OrderedDict[_Look, int]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def saw(self, person_id: str, patient_ids: Iterable[str], what: str) -> None:
        """Write down, where it is not yet, that somebody looks at something of patients.

        Raises
        ------
        StorageError
            If it cannot be written: then nothing may be shown.
        """
        now_ms = self.wall_ms()
        looks = [(person_id, patient_id, what) for patient_id in patient_ids]
        with self._lock:
            fresh = [look for look in looks if not self._is_same(look, now_ms)]
        if not fresh:
            return
        self.scribe.write([_note(look, now_ms) for look in fresh])
        with self._lock:
            self._remember(fresh, now_ms)

    def _is_same(self, look: _Look, now_ms: int) -> bool:
        since_ms = self._written.get(look)
        return since_ms is not None and 0 <= now_ms - since_ms < LOOK_LASTS_MS

    def _remember(self, looks: Iterable[_Look], now_ms: int) -> None:
        """Only what is written is remembered: what failed is written the next time."""
        for look in looks:
            self._written[look] = now_ms
            self._written.move_to_end(look)
        while len(self._written) > _MOST_HELD:
            self._written.popitem(last=False)


def _note(look: _Look, now_ms: int) -> LedgerNote:
    person_id, patient_id, what = look
    return LedgerNote(
        t_ms=now_ms,
        deed=Deed.LOOKED,
        actor=person_id,
        patient_id=patient_id,
        about={"what": what, "for_s": str(LOOK_LASTS_MS // 1_000)},
    )
