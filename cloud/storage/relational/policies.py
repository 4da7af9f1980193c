"""Escalation policies as patients' people changed them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, func, insert, select

from cloud.ports import Deed, EscalationPolicy, LedgerNote, PolicyChange, Priority
from cloud.storage.relational.database import Database
from cloud.storage.relational.due import rouse
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import policy_change

__all__ = ["RelationalPolicies"]

_ROWS = policy_change.c
_newest = (
    select(func.max(_ROWS.number).label("number"))
    .where(_ROWS.patient_id.in_(bindparam("patients", expanding=True)))
    .group_by(_ROWS.patient_id)
    .subquery()
)
_NEWEST = select(policy_change).join(_newest, _newest.c.number == _ROWS.number)


class RelationalPolicies:
    """The PolicyBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def add(self, change: PolicyChange) -> None:
        """Write a change down; it stands in place of the one before."""
        row = {
            "patient_id": change.patient_id,
            "policies": msgspec.to_builtins(change.policies),
            "author_id": change.author_id,
            "reason": change.reason,
            "made_ms": change.made_ms,
        }
        row = close(self._sealer, policy_change, row)
        with self._database.write() as connection:
            connection.execute(insert(policy_change).values(row))
            note = LedgerNote(
                t_ms=change.made_ms,
                deed=Deed.CARE_CHANGED,
                actor=change.author_id,
                patient_id=change.patient_id,
                about={"policies": " ".join(sorted(change.policies))},
            )
            write_down(connection, [note])
            rouse(connection, [change.patient_id])

    def newest(self, patient_ids: Collection[str]) -> Mapping[str, PolicyChange]:
        """Return the change in force of each of these patients; nothing for who has none."""
        with self._database.read() as connection:
            rows = connection.execute(_NEWEST, {"patients": list(patient_ids)})
            return {row.patient_id: self._change(row) for row in rows}

    def of(self, patient_id: str, limit: int) -> Sequence[PolicyChange]:
        """Return a patient's changes, newest first."""
        query = (
            select(policy_change)
            .where(_ROWS.patient_id == patient_id)
            .order_by(_ROWS.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(self._change(row) for row in connection.execute(query))

    def _change(self, row: Row[Any]) -> PolicyChange:
        plain = shown(self._sealer, policy_change, row._mapping)  # noqa: SLF001 - as SQLAlchemy names it
        return PolicyChange(
            patient_id=row.patient_id,
            policies=msgspec.convert(row.policies, dict[Priority, EscalationPolicy]),
            author_id=row.author_id,
            reason=plain["reason"],
            made_ms=row.made_ms,
        )
