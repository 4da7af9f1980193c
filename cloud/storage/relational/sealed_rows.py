"""Which columns are sealed, and by whose key: one row here is all that a further one takes.

`close`, `opened` and `shown` do to a row what is written here, so that an adapter says only where it does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Table

from cloud.ports.sealing import UNREADABLE, Place, of_patient, of_person, of_team
from cloud.storage.relational import tables
from cloud.storage.relational.sealer import RelationalSealer
from vitals.errors import SealError

__all__ = ["SEALED", "SealedColumn", "close", "opened", "shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """A sealed column.

    `patient`, `person` or `team` is the column that names by whose key, `row` what tells the row from others,
    `unreadable` what is shown where a value does not open any more.
    """

    table: Table
    column: str
    patient: str | None = None
    person: str | None = None
    team: str | None = None
    row: tuple[str, ...]
    unreadable: object = UNREADABLE

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.table.name}.{self.column}"

    def place_in(self, row: Mapping[Any, Any]) -> Place:
        """Return where the value of a row belongs."""
        return Place(
            owner=self._owner_in(row),
            table=str(self.table.name),
            column=self.column,
            row=tuple(str(row[name]) for name in self.row),
        )

    def _owner_in(self, row: Mapping[Any, Any]) -> str:
        if self.patient:
            return of_patient(row[self.patient])
        return of_team(row[self.team]) if self.team else of_person(row[self.person or ""])


SEALED: Final[Sequence[SealedColumn]] = (
    SealedColumn(table=tables.patient, column="display_name", patient="id", row=("id",)),
    SealedColumn(table=tables.person, column="display_name", person="id", row=("id",)),
    SealedColumn(table=tables.contact_point, column="address", person="person_id", row=("id",)),
    SealedColumn(table=tables.contact_point, column="label", person="person_id", row=("id",)),
    SealedColumn(
        table=tables.fact_note, column="value", patient="patient_id", row=("name", "made_ms"), unreadable=None
    ),
    SealedColumn(table=tables.clinical_note, column="text", patient="patient_id", row=("id",)),
    SealedColumn(table=tables.patient_message, column="text", patient="patient_id", row=("id",)),
    SealedColumn(table=tables.rule_change, column="reason", patient="patient_id", row=("rule", "made_ms")),
    SealedColumn(table=tables.policy_change, column="reason", patient="patient_id", row=("made_ms",)),
    SealedColumn(table=tables.glass_break, column="reason", patient="patient_id", row=("id",)),
    SealedColumn(table=tables.silence, column="reason", patient="patient_id", row=("id",)),
    SealedColumn(table=tables.care_team, column="name", team="id", row=("id",)),
    SealedColumn(table=tables.passkey, column="label", person="person_id", row=("id",)),
    SealedColumn(table=tables.api_token, column="label", person="person_id", row=("id",)),
)
_OF_TABLE: Final[Mapping[str, tuple[SealedColumn, ...]]] = {
    name: tuple(columns) for name, columns in groupby(SEALED, key=lambda one: str(one.table.name))
}


def close(
    sealer: RelationalSealer, table: Table, row: Mapping[str, Any], within: Connection | None = None
) -> dict[str, Any]:
    """Return a row as it is stored."""
    closed = dict(row)
    for one in _OF_TABLE[table.name]:
        if row.get(one.column) is not None:
            closed[one.column] = sealer.seal(row[one.column], one.place_in(row), within=within)
    return closed


def opened(
    sealer: RelationalSealer, table: Table, row: Mapping[Any, Any], within: Connection | None = None
) -> dict[str, Any]:
    """Return a stored row as it was; of its sealed columns those that it holds.

    Raises
    ------
    SealError
        If one does not open.
    """
    plain = dict(row)
    for one in _OF_TABLE[table.name]:
        if row.get(one.column) is not None:
            plain[one.column] = sealer.opened(row[one.column], one.place_in(row), within=within)
    return plain


def shown(sealer: RelationalSealer, table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a stored row as it was, and what stands for a value where it does not open any more.

    Who may see what, who is told, and what is held back hang on no name and on no reason: one that was
    altered keeps nobody from the rest. The sealer tells of it in health.
    """
    plain = dict(row)
    for one in _OF_TABLE[table.name]:
        if row.get(one.column) is not None:
            try:
                plain[one.column] = sealer.opened(row[one.column], one.place_in(row))
            except SealError:
                plain[one.column] = one.unreadable
    return plain
