"""Whose records are taken in no more: of whom was erased. They count as stored, and are not."""

from collections.abc import Sequence

from cloud.ports import ERASED, IdentifiedRecord

__all__ = ["Fence"]


class Fence:
    """Stands in the one transaction at a time that writes the file, so that nothing slips by an erasure.

    What comes once it is known that its wearer was erased is bound to `ERASED`; what was bound before, and
    is written after, is known by the patient's id for as long as this process lives.
    """

    def __init__(self) -> None:
        self._erased = frozenset({ERASED})

    def close_to(self, patient_id: str) -> None:
        """Let nothing of a patient by any more."""
        self._erased |= {patient_id}

    def let_by(self, records: Sequence[IdentifiedRecord]) -> Sequence[IdentifiedRecord]:
        """Return what may be written."""
        if self._erased.isdisjoint(item.patient_id for item in records):
            return records
        return [item for item in records if item.patient_id not in self._erased]
