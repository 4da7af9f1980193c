"""Silences, those that are over included."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import RowMapping, insert, select, update

from cloud.ports import Deed, LedgerNote, Priority, Silence
from cloud.storage.relational.database import Database
from cloud.storage.relational.due import rouse
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import silence

__all__ = ["RelationalSilences"]

_ROWS = silence.c


class RelationalSilences:
    """The SilenceBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def add(self, one: Silence) -> None:
        """Write a silence down."""
        row = close(self._sealer, silence, asdict(one))
        with self._database.write() as connection:
            connection.execute(insert(silence).values(row))
            write_down(connection, [_note(one, one.made_ms, one.author_id)])
            rouse(connection, [one.patient_id])

    def end(self, silence_id: str, by: str, now_ms: int) -> None:
        """Take a silence back; one that is over stays as it was."""
        going_on = (_ROWS.ended_ms.is_(None)) & (_ROWS.until_ms > now_ms)
        with self._database.write() as connection:
            ended = connection.execute(
                update(silence)
                .where(_ROWS.id == silence_id, going_on)
                .values(ended_ms=now_ms, ended_by=by)
                .returning(*_ROWS)
            )
            those = [self._silence(row) for row in ended.mappings()]
            write_down(connection, [_note(one, now_ms, by) for one in those])
            rouse(connection, [one.patient_id for one in those])

    def silence(self, silence_id: str) -> Silence | None:
        """Return a silence, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(silence).where(_ROWS.id == silence_id)).mappings().one_or_none()
        return self._silence(row) if row else None

    def of(self, patient_id: str, limit: int) -> Sequence[Silence]:
        """Return a patient's silences, newest first."""
        query = (
            select(silence)
            .where(_ROWS.patient_id == patient_id)
            .order_by(_ROWS.made_ms.desc(), _ROWS.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(self._silence(row) for row in connection.execute(query).mappings())

    def in_force(self, now_ms: int) -> Sequence[Silence]:
        """Return everybody's that hold something back now."""
        query = select(silence).where(
            _ROWS.from_ms <= now_ms, _ROWS.until_ms > now_ms, _ROWS.ended_ms.is_(None)
        )
        with self._database.read() as connection:
            return tuple(self._silence(row) for row in connection.execute(query).mappings())

    def _silence(self, row: RowMapping) -> Silence:
        plain = shown(self._sealer, silence, row)
        return Silence(**{**plain, "floor": Priority(plain["floor"])})


def _note(one: Silence, t_ms: int, by: str) -> LedgerNote:
    became = "begun" if one.ended_ms is None else "taken back"
    return LedgerNote(
        t_ms=t_ms,
        deed=Deed.CARE_CHANGED,
        actor=by,
        patient_id=one.patient_id,
        about={"silence": one.id, "condition": one.condition, "became": became},
    )
