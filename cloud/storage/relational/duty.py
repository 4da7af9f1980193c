"""Duties: shifts as they were taken, and weekly rotas."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, func, insert, or_, select, update

from cloud.ports import Deed, DutyShift, LedgerNote, Rota, RotaSlot
from cloud.storage.relational.database import Database
from cloud.storage.relational.due import rouse
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.tables import duty_shift, rota

__all__ = ["RelationalDuties"]

_SHIFTS = duty_shift.c
_TOUCHING = (
    select(duty_shift)
    .where(
        _SHIFTS.patient_id.in_(bindparam("patients", expanding=True)),
        _SHIFTS.from_ms < bindparam("to"),
        or_(_SHIFTS.until_ms.is_(None), _SHIFTS.until_ms > bindparam("from")),
    )
    .order_by(_SHIFTS.from_ms, _SHIFTS.made_ms, _SHIFTS.id)
)
_newest = (
    select(func.max(rota.c.number).label("number"))
    .where(rota.c.patient_id.in_(bindparam("patients", expanding=True)))
    .group_by(rota.c.patient_id)
    .subquery()
)
_NEWEST_ROTAS = select(rota).join(_newest, _newest.c.number == rota.c.number)


class RelationalDuties:
    """The DutyBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, shift: DutyShift) -> None:
        """Write a shift down; whatever shift of the patient goes on into it ends where it begins."""
        reaching = (
            update(duty_shift)
            .where(
                _SHIFTS.patient_id == shift.patient_id,
                _SHIFTS.from_ms <= shift.from_ms,
                or_(_SHIFTS.until_ms.is_(None), _SHIFTS.until_ms > shift.from_ms),
            )
            .values(until_ms=shift.from_ms)
        )
        with self._database.write() as connection:
            connection.execute(reaching)
            connection.execute(insert(duty_shift).values(asdict(shift)))
            note = LedgerNote(
                t_ms=shift.made_ms,
                deed=Deed.CARE_CHANGED,
                actor=shift.made_by,
                patient_id=shift.patient_id,
                about={"duty": shift.id, "person": shift.person_id},
            )
            write_down(connection, [note])
            rouse(connection, [shift.patient_id])

    def end(self, shift: DutyShift, until_ms: int, by: str) -> None:
        """Have a shift end sooner than it would, and write that down; one that is over stays as it is."""
        sooner = or_(_SHIFTS.until_ms.is_(None), _SHIFTS.until_ms > until_ms)
        with self._database.write() as connection:
            those = update(duty_shift).where(_SHIFTS.id == shift.id, sooner).values(until_ms=until_ms)
            if connection.execute(those).rowcount == 0:
                return
            note = LedgerNote(
                t_ms=until_ms,
                deed=Deed.CARE_CHANGED,
                actor=by,
                patient_id=shift.patient_id,
                about={"duty": shift.id, "person": shift.person_id, "did": "ended"},
            )
            write_down(connection, [note])
            rouse(connection, [shift.patient_id])

    def shifts_of(
        self, patient_ids: Collection[str], from_ms: int, to_ms: int
    ) -> Mapping[str, Sequence[DutyShift]]:
        """Return each one's shifts that touch from <= t < to, by their start; nothing for who has none."""
        asked = {"patients": list(patient_ids), "from": from_ms, "to": to_ms}
        found: defaultdict[str, list[DutyShift]] = defaultdict(list)
        with self._database.read() as connection:
            for row in connection.execute(_TOUCHING, asked).mappings():
                found[row["patient_id"]].append(DutyShift(**row))
        return found

    def set_rota(self, rota_: Rota) -> None:
        """Write a rota down; it stands in place of the one before."""
        row = {
            "patient_id": rota_.patient_id,
            "slots": msgspec.to_builtins(rota_.slots),
            "author_id": rota_.author_id,
            "made_ms": rota_.made_ms,
        }
        with self._database.write() as connection:
            connection.execute(insert(rota).values(row))
            note = LedgerNote(
                t_ms=rota_.made_ms,
                deed=Deed.CARE_CHANGED,
                actor=rota_.author_id,
                patient_id=rota_.patient_id,
                about={"rota": "set"},
            )
            write_down(connection, [note])
            rouse(connection, [rota_.patient_id])

    def rotas_of(self, patient_ids: Collection[str]) -> Mapping[str, Rota]:
        """Return the rota in force of each of these patients; nothing for who has none."""
        with self._database.read() as connection:
            rows = connection.execute(_NEWEST_ROTAS, {"patients": list(patient_ids)})
            return {row.patient_id: _rota(row) for row in rows}


def _rota(row: Row[Any]) -> Rota:
    return Rota(
        patient_id=row.patient_id,
        slots=msgspec.convert(row.slots, tuple[RotaSlot, ...]),
        author_id=row.author_id,
        made_ms=row.made_ms,
    )
