"""Erasing one patient from the relational database: who they are, whose devices, what was told of them.

`DEALT_WITH` says of every table what becomes of its rows; a test holds it to name them all. Their bindings
stay as bindings to nobody: what their devices still bring from that time is theirs, and goes with them.
"""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, exists, or_, select, update

from cloud.ports import Forgotten, WornDevice, of_patient, of_person
from cloud.storage.relational import tables
from cloud.storage.relational.database import Database
from cloud.storage.relational.ledger import forget_in_ledger
from cloud.storage.relational.relations import raise_epoch
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import metadata

__all__ = ["DEALT_WITH", "Dealt", "RelationalForgetting", "erase_rows", "of", "rows_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """What becomes of a table's rows when a patient is erased.

    They go by the column that names the `patient`, by the one that names a `person` who signs in as them,
    and `through` a column that names a row of another table that goes; or are `kept`, for a reason.
    """

    patient: str | None = None
    person: str | None = None
    through: tuple[str, str] | None = None
    kept: str | None = None


_BY_PATIENT: Final = Dealt(patient="patient_id")
_BY_PERSON: Final = Dealt(person="person_id")
_BY_EITHER: Final = Dealt(patient="patient_id", person="person_id")
_OF_GATEWAYS: Final = Dealt(kept="it is about gateways and processes")

_OF_LEDGER: Final = Dealt(kept="it says by pseudonyms that something was done, and no longer to whom")

DEALT_WITH: Final[Mapping[str, Dealt]] = {
    "account": _BY_PERSON,
    "alert": _BY_PATIENT,
    "api_token": _BY_EITHER,
    "binding": Dealt(kept="it stands on as a binding to nobody, so that late data goes too"),
    "care_team": Dealt(kept="it is a team's name"),
    "clinical_note": _BY_PATIENT,
    "command": _BY_PATIENT,
    "command_answer": Dealt(through=("command_id", "command")),
    "contact_point": _BY_PERSON,
    "data_key": Dealt(kept="its rows are destroyed by owner, before all others"),
    "device": Dealt(kept="it is about a device; what it last said on its wearer goes with them"),
    "door_counter": Dealt(kept="it counts tries by digests, and forgets them as they fade"),
    "duty_shift": _BY_EITHER,
    "erasure": Dealt(kept="it says that somebody was erased, and no longer who"),
    "evaluated_slice": _BY_PATIENT,
    "evaluator_state": _BY_PATIENT,
    "fact_note": _BY_PATIENT,
    "gateway_certificate": _OF_GATEWAYS,
    "gateway_credential": _OF_GATEWAYS,
    "gateway_invitation": _OF_GATEWAYS,
    "gateway_presence": _OF_GATEWAYS,
    "gateway_running": _OF_GATEWAYS,
    "gateway_standing": _OF_GATEWAYS,
    "gateway_patient": _BY_PATIENT,
    "glass_break": _BY_EITHER,
    "grant_offer": _BY_PATIENT,
    "hand_off": Dealt(through=("alert_id", "alert")),
    "ledger_entry": _OF_LEDGER,
    "ledger_head": _OF_LEDGER,
    "ledger_node": _OF_LEDGER,
    "ledger_origin": _OF_LEDGER,
    "ledger_pseudonym": Dealt(kept="who a pseudonym is goes before all others, with what entries say"),
    "ledger_waiting": Dealt(kept="what waits is entered first, and then names nobody"),
    "ledger_witness": _OF_LEDGER,
    "linked_identity": _BY_PERSON,
    "message_mark": _BY_EITHER,
    "partition_lease": _OF_GATEWAYS,
    "passkey": _BY_PERSON,
    "patient": Dealt(patient="id"),
    "patient_message": _BY_PATIENT,
    "patient_grant": _BY_EITHER,
    "person": Dealt(patient="patient_id"),
    "policy_change": _BY_PATIENT,
    "preference": _BY_PERSON,
    "process": _OF_GATEWAYS,
    "proxy": _BY_EITHER,
    "recovery_code": _BY_PERSON,
    "relation_epoch": Dealt(kept="it is a number that rises when relations change"),
    "rollout": _OF_GATEWAYS,
    "rollout_artefact": _OF_GATEWAYS,
    "rollout_gateway": _OF_GATEWAYS,
    "rota": _BY_PATIENT,
    "rule_change": _BY_PATIENT,
    "sealed_column": Dealt(kept="it names columns"),
    "session": _BY_PERSON,
    "sign_in_attempt": _BY_PERSON,
    "sign_in_link": _BY_PERSON,
    "silence": _BY_PATIENT,
    "team_member": _BY_PERSON,
}
"""By the name of the table."""


class RelationalForgetting:
    """Erases patients, whether anything else runs or not."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def patients(self) -> Sequence[str]:
        """Return every patient."""
        with self._database.read() as connection:
            return tuple(connection.scalars(select(tables.patient.c.id).order_by(tables.patient.c.id)))

    def worn_by(self, patient_id: str) -> Sequence[WornDevice]:
        """Return what a patient ever wore."""
        later = tables.binding.alias("later")
        until_ms = (
            select(later.c.from_ms)
            .where(later.c.device == tables.binding.c.device, later.c.from_ms > tables.binding.c.from_ms)
            .order_by(later.c.from_ms)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(
                tables.binding.c.device,
                tables.device.c.gateway,
                tables.binding.c.from_ms,
                until_ms.label("until_ms"),
            )
            .outerjoin(tables.device, tables.device.c.id == tables.binding.c.device)
            .where(tables.binding.c.patient_id == patient_id)
            .order_by(tables.binding.c.device, tables.binding.c.from_ms)
        )
        with self._database.read() as connection:
            return tuple(WornDevice(**row) for row in connection.execute(query).mappings())

    def forget(self, patient_id: str) -> Forgotten:
        """Erase everything that names a patient, and whoever signs in as them; their keys go first.

        Raises
        ------
        StorageError
            If the database refuses; nothing was erased, or what was may still be read from its file: again.
        """
        with self._database.write() as connection:
            persons = connection.scalars(_persons(patient_id)).all()
            owners = [of_patient(patient_id), *map(of_person, persons)]
            rows = Counter({tables.data_key.name: self._sealer.destroy(owners, connection)})
            named = forget_in_ledger(connection, patient_id, persons, secrets.token_bytes)
            rows[tables.ledger_entry.name] += named
            rows += erase_rows(connection, patient_id)
            raise_epoch(connection)  # open streams of the patient end
        self._database.compact(
            [tables.data_key]
        )  # in PostgreSQL: what else was deleted is sealed, or nameless
        return Forgotten(rows={sort: count for sort, count in rows.items() if count})


def erase_rows(connection: Connection, patient_id: str) -> Counter[str]:
    """Delete what names a patient, keys and the ledger left aside; return how many rows of which table."""
    rows: Counter[str] = Counter()
    rows["device"] += _forget_devices(connection, patient_id)
    rows["binding"] += _let_go_of_bindings(connection, patient_id)
    for table, those in rows_of(patient_id):
        rows[table.name] += connection.execute(delete(table).where(those)).rowcount
    return rows


def rows_of(patient_id: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Return which rows of which tables are a patient's, what refers to others first."""
    for table in reversed(metadata.sorted_tables):
        named = of(table, patient_id)
        if named is not None:
            yield table, named


def of(table: Table, patient_id: str) -> ColumnElement[bool] | None:
    """Return which rows of a table go with a patient; None: none do."""
    dealt = DEALT_WITH[table.name]
    terms: list[ColumnElement[bool]] = []
    if dealt.patient is not None:
        terms.append(table.c[dealt.patient] == patient_id)
    if dealt.person is not None:
        terms.append(table.c[dealt.person].in_(_persons(patient_id)))
    if dealt.through is not None:
        column, other = dealt.through
        parent = metadata.tables[other]
        named = of(parent, patient_id)
        if named is not None:
            terms.append(table.c[column].in_(select(parent.c.id).where(named)))
    return or_(*terms) if terms else None


def _persons(patient_id: str) -> Select[Any]:
    return select(tables.person.c.id).where(tables.person.c.patient_id == patient_id)


def _forget_devices(connection: Connection, patient_id: str) -> int:
    """Forget how the devices are that the patient wears, or wore last."""
    binding = tables.binding
    later = binding.alias("later")
    worn_last = select(binding.c.device).where(
        binding.c.patient_id == patient_id,
        ~exists().where(and_(later.c.device == binding.c.device, later.c.from_ms > binding.c.from_ms)),
    )
    return connection.execute(delete(tables.device).where(tables.device.c.id.in_(worn_last))).rowcount


def _let_go_of_bindings(connection: Connection, patient_id: str) -> int:
    theirs = tables.binding.c.patient_id == patient_id
    return connection.execute(update(tables.binding).where(theirs).values(patient_id=None)).rowcount
