"""Which erasures were asked for, and how far they are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, Select, Update, case, insert, select, update

from cloud.ports import OPERATOR, Erasure, ErasureState
from cloud.storage.relational.database import Database
from cloud.storage.relational.tables import erasure

__all__ = ["RelationalErasures"]

_ROWS = erasure.c
_OPEN = (ErasureState.WAITING, ErasureState.BEGUN)


class RelationalErasures:
    """The ErasureBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, asked: Erasure) -> Erasure:
        """Write it down; return the one that is already there for the patient, if one waits or has begun."""
        with self._database.write() as connection:
            row = connection.execute(_of(asked.patient_id)).mappings().one_or_none()
            if row is not None:
                return _erasure(row)
            kept = asdict(asked) | {"rows": dict(asked.rows), "gateways": list(asked.gateways)}
            connection.execute(insert(erasure).values(kept))
        return asked

    def ask_now(self, asked: Erasure) -> Erasure:
        """Ask; one that still waits is due as soon as this one, and asked for by whom this one is."""
        found = self.ask(asked)
        taken_over = {"due_ms": min(found.due_ms, asked.due_ms), "asked_by": asked.asked_by}
        with self._database.write() as connection:
            connection.execute(_if_waiting(found.reference).values(taken_over))
        return self.by_reference(found.reference) or found

    def call_off(self, reference: str, state: ErasureState, now_ms: int) -> bool:
        """Have one that waits end in this state and nothing erased; False: it waits no more."""
        ended = {"state": state, "ended_ms": now_ms, "patient_id": None}
        with self._database.write() as connection:
            return connection.execute(_if_waiting(reference).values(ended)).rowcount == 1

    def put_off(self, reference: str, due_ms: int) -> bool:
        """Have one that waits begin no sooner than then; False: it waits no more."""
        with self._database.write() as connection:
            return connection.execute(_if_waiting(reference).values(due_ms=due_ms)).rowcount == 1

    def wait_anew(self, until_ms: int) -> None:
        """Have nothing that waits begin before then, but what the operator asked for."""
        sooner = (_ROWS.state == ErasureState.WAITING, _ROWS.due_ms < until_ms, _ROWS.asked_by != OPERATOR)
        with self._database.write() as connection:
            connection.execute(update(erasure).where(*sooner).values(due_ms=until_ms))

    def of(self, patient_id: str) -> Erasure | None:
        """Return what waits or has begun for a patient, or None."""
        with self._database.read() as connection:
            row = connection.execute(_of(patient_id)).mappings().one_or_none()
        return _erasure(row) if row else None

    def by_reference(self, reference: str) -> Erasure | None:
        """Return one by what whoever asked for it was told, or None."""
        with self._database.read() as connection:
            query = select(erasure).where(_ROWS.reference == reference)
            row = connection.execute(query).mappings().one_or_none()
        return _erasure(row) if row else None

    def due(self, now_ms: int) -> Sequence[Erasure]:
        """Return what has begun, then what is due, oldest first."""
        query = (
            select(erasure)
            .where(_ROWS.state.in_(_OPEN), _ROWS.due_ms <= now_ms)
            .order_by(case((_ROWS.state == ErasureState.BEGUN, 0), else_=1), _ROWS.due_ms, _ROWS.reference)
        )
        with self._database.read() as connection:
            return tuple(_erasure(row) for row in connection.execute(query).mappings())

    def begin(self, reference: str) -> bool:
        """Have nothing of the patient written down any more by what judges them; False: it waits no more."""
        with self._database.write() as connection:
            begun = _if_waiting(reference).values(state=ErasureState.BEGUN)
            return connection.execute(begun).rowcount == 1

    def note(self, reference: str, rows: Mapping[str, int], gateways: Sequence[str]) -> None:
        """Add what was erased of which sort, and which gateways were told."""
        with self._database.write() as connection:
            found = connection.execute(select(erasure).where(_ROWS.reference == reference)).mappings().one()
            sums = Counter(found["rows"]) + Counter(rows)
            told = sorted({*found["gateways"], *gateways})
            change = update(erasure).where(_ROWS.reference == reference)
            connection.execute(change.values(rows=dict(sums), gateways=told))

    def end(self, reference: str, now_ms: int) -> None:
        """Note that it is done, and forget who it was."""
        ended = {"state": ErasureState.DONE, "ended_ms": now_ms, "patient_id": None}
        with self._database.write() as connection:
            connection.execute(update(erasure).where(_ROWS.reference == reference).values(ended))
        self._database.compact([erasure])


def _if_waiting(reference: str) -> Update:
    return update(erasure).where(_ROWS.reference == reference, _ROWS.state == ErasureState.WAITING)


def _of(patient_id: str | None) -> Select[Any]:
    return select(erasure).where(_ROWS.patient_id == patient_id)


def _erasure(row: RowMapping) -> Erasure:
    return Erasure(**{**row, "state": ErasureState(row["state"]), "gateways": tuple(row["gateways"])})
