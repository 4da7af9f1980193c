"""Where somebody is given everything that is kept of a patient; that it was given is written down first."""

from collections.abc import Iterator
from dataclasses import dataclass

from cloud.export.archive import archive, file_name
from cloud.export.sources import Sources
from cloud.ports import Deed, Ledger, LedgerNote, Patient
from vitals.clock import Clock

__all__ = ["ExportDesk", "Given"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An archive that is read as it is written, and what it is called."""

    file_name: str
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDesk:
    """Any thread may ask; each archive is read by one."""

    sources: Sources
    ledger: Ledger
    clock: Clock

    def give(self, patient: Patient, to: str) -> Given:
        """Return everything kept of a patient.

        Raises
        ------
        StorageError
            If it cannot be written down that it was given: then it is not.
        """
        now_ms = self.clock.wall_ms()
        self.ledger.append(LedgerNote(t_ms=now_ms, deed=Deed.EXPORTED, actor=to, patient_id=patient.id))
        return Given(file_name=file_name(patient, now_ms), pieces=archive(self.sources, patient, now_ms))
