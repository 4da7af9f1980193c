"""What those who treat a patient wrote down of them."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import select

from cloud.ports import ClinicalNote, Deed, LedgerNote
from cloud.storage.relational.database import Database, insert_numbered
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import clinical_note

__all__ = ["RelationalNotes"]


class RelationalNotes:
    """The NoteBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def write(self, note: ClinicalNote) -> ClinicalNote:
        """Keep a note, and that it was written; return it with its number."""
        row = {name: value for name, value in asdict(note).items() if name != "number"}
        row = close(self._sealer, clinical_note, row)
        with self._database.write() as connection:
            number = insert_numbered(connection, clinical_note, row)
            deed = LedgerNote(
                t_ms=note.made_ms,
                deed=Deed.CARE_CHANGED,
                actor=note.author_id,
                patient_id=note.patient_id,
                about={"clinical note": note.id},
            )
            write_down(connection, [deed])
        return replace(note, number=number)

    def of(self, patient_id: str, limit: int) -> Sequence[ClinicalNote]:
        """Return the newest `limit` notes on a patient, newest first."""
        query = (
            select(clinical_note)
            .where(clinical_note.c.patient_id == patient_id)
            .order_by(clinical_note.c.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(ClinicalNote(**shown(self._sealer, clinical_note, row)) for row in rows)
