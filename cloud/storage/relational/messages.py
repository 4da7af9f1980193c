"""The threads of patients, and how far each person has read them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace

from sqlalchemy import and_, func, select, update

from cloud.ports import Deed, LedgerNote, PatientMessage
from cloud.storage.relational.database import Database, insert_new, insert_numbered
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import message_mark, patient_message

__all__ = ["RelationalMessages"]


class RelationalMessages:
    """The ports MessageBook and ReadMarks on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def write(self, message: PatientMessage) -> PatientMessage:
        """Keep a message, and that it was written; return it with its number."""
        row = {name: value for name, value in asdict(message).items() if name != "number"}
        row = close(self._sealer, patient_message, row)
        with self._database.write() as connection:
            number = insert_numbered(connection, patient_message, row)
            deed = LedgerNote(
                t_ms=message.made_ms,
                deed=Deed.CARE_CHANGED,
                actor=message.author_id,
                patient_id=message.patient_id,
                about={"message": message.id},
            )
            write_down(connection, [deed])
        return replace(message, number=number)

    def of(self, patient_id: str, limit: int) -> Sequence[PatientMessage]:
        """Return the newest `limit` messages of a patient's thread, newest first."""
        query = (
            select(patient_message)
            .where(patient_message.c.patient_id == patient_id)
            .order_by(patient_message.c.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(PatientMessage(**shown(self._sealer, patient_message, row)) for row in rows)

    def read(self, patient_id: str, person_id: str, number: int) -> None:
        """Note that somebody has read up to a message; who has read further stays there."""
        row = {"patient_id": patient_id, "person_id": person_id, "number": number}
        theirs = and_(
            message_mark.c.patient_id == patient_id,
            message_mark.c.person_id == person_id,
            message_mark.c.number < number,
        )
        with self._database.write() as connection:
            if not insert_new(connection, message_mark, row):
                connection.execute(update(message_mark).where(theirs).values(number=number))

    def marks(self, patient_id: str) -> Mapping[str, int]:
        """Return by person how far each has read; nothing for who never looked."""
        query = select(message_mark.c.person_id, message_mark.c.number).where(
            message_mark.c.patient_id == patient_id
        )
        with self._database.read() as connection:
            return {row.person_id: row.number for row in connection.execute(query)}

    def unread(self, person_id: str, patient_ids: Collection[str]) -> Mapping[str, int]:
        """Return how many messages of others each of these threads has that a person has not read."""
        message, mark = patient_message.c, message_mark.c
        query = (
            select(message.patient_id, func.count().label("count"))
            .select_from(patient_message)
            .outerjoin(message_mark, and_(mark.patient_id == message.patient_id, mark.person_id == person_id))
            .where(
                message.patient_id.in_(patient_ids),
                message.author_id != person_id,
                message.number > func.coalesce(mark.number, 0),
            )
            .group_by(message.patient_id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return {row["patient_id"]: row["count"] for row in rows}
