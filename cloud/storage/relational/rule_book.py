"""What was changed of patients' rules: written down with its author and reason, and never changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace

from sqlalchemy import bindparam, func, select

from cloud.ports import Deed, LedgerNote, OvertakenError, RuleChange
from cloud.storage.relational.database import Database, insert_numbered, take_turns
from cloud.storage.relational.ledger_writing import write_down
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import rule_change

__all__ = ["RelationalRules"]

_OF = (
    select(rule_change)
    .where(rule_change.c.patient_id.in_(bindparam("patients", expanding=True)))
    .order_by(rule_change.c.number)
)
_NEWEST = select(func.coalesce(func.max(rule_change.c.number), 0))


class RelationalRules:
    """The RuleBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def add(self, change: RuleChange, *, after: int | None = None) -> RuleChange:
        """Write a change down; return it with its number. It stands in front of earlier ones of its row.

        Raises
        ------
        OvertakenError
            If anything was added since the book was of revision `after`, where that is said.
        """
        row = {each.name: getattr(change, each.name) for each in fields(change) if each.name != "number"}
        row = close(self._sealer, rule_change, row | {"changes": dict(change.changes)})
        with self._database.write() as connection:
            take_turns(connection, rule_change)
            if after is not None and connection.scalar(_NEWEST) != after:
                raise OvertakenError("rules were changed meanwhile: read them again")
            number = insert_numbered(connection, rule_change, row)
            about = {"rule": change.rule, "change": str(number), "fields": " ".join(sorted(change.changes))}
            note = LedgerNote(
                t_ms=change.made_ms,
                deed=Deed.RULE_CHANGED,
                actor=change.author_id,
                patient_id=change.patient_id,
                about=about,
            )
            write_down(connection, [note])
        return replace(change, number=number)

    def of(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[RuleChange]]:
        """Return the changes of each of these patients, oldest first; nothing for who has none."""
        found: dict[str, list[RuleChange]] = {}
        with self._database.read() as connection:
            for row in connection.execute(_OF, {"patients": list(patient_ids)}).mappings():
                found.setdefault(row["patient_id"], []).append(
                    RuleChange(**shown(self._sealer, rule_change, row))
                )
        return found

    def revision(self) -> int:
        """Return a number that rises with every change of anybody's."""
        with self._database.read() as connection:
            return connection.scalar(_NEWEST) or 0
