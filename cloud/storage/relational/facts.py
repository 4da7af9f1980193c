"""What was ever said of a patient that no wearable tells."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace

from sqlalchemy import func, select

from cloud.ports import Deed, FactNote, LedgerNote
from cloud.storage.relational.database import Database, insert_numbered
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import fact_note

__all__ = ["RelationalFacts"]

_IDS_AT_ONCE = 500


class RelationalFacts:
    """The FactBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def note(self, note: FactNote) -> FactNote:
        """Write a fact down; return it with its number."""
        row = {name: value for name, value in asdict(note).items() if name != "number"}
        row = close(self._sealer, fact_note, row)
        with self._database.write() as connection:
            number = insert_numbered(connection, fact_note, row)
            deed = LedgerNote(
                t_ms=note.made_ms,
                deed=Deed.CARE_CHANGED,
                actor=note.author_id,
                patient_id=note.patient_id,
                about={"fact": note.name, "note": str(number)},
            )
            write_down(connection, [deed])
        return replace(note, number=number)

    def of(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[FactNote]]:
        """Return the notes of each of these patients, oldest first; nothing for who has none."""
        found: dict[str, list[FactNote]] = {}
        asked = sorted(patient_ids)
        with self._database.read() as connection:
            for first in range(0, len(asked), _IDS_AT_ONCE):
                query = (
                    select(fact_note)
                    .where(fact_note.c.patient_id.in_(asked[first : first + _IDS_AT_ONCE]))
                    .order_by(fact_note.c.number)
                )
                for row in connection.execute(query).mappings():
                    found.setdefault(row["patient_id"], []).append(
                        FactNote(**shown(self._sealer, fact_note, row))
                    )
        return found

    def revision(self) -> int:
        """Return a number that rises with every note on anybody."""
        with self._database.read() as connection:
            return connection.scalar(select(func.max(fact_note.c.number))) or 0
