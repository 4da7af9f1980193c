"""Erasing one patient from the relational database: who they are, whose devices, what was told of them."""

import secrets
from collections import Counter
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, select

from cloud.ports import Forgotten, of_patient, of_person
from cloud.storage.relational import tables
from cloud.storage.relational.database import Database
from cloud.storage.relational.ledger import forget_in_ledger
from cloud.storage.relational.relations import raise_epoch
from cloud.storage.relational.sealer import RelationalSealer

__all__ = ["RelationalForgetting"]

_BY_PATIENT: Final = (
    tables.alert,
    tables.command,
    tables.evaluated_slice,
    tables.evaluator_state,
    tables.binding,
    tables.patient_grant,
    tables.proxy,
    tables.glass_break,
    tables.grant_offer,
    tables.rule_change,
    tables.fact_note,
    tables.policy_change,
    tables.duty_shift,
    tables.rota,
    tables.silence,
    tables.api_token,
    tables.gateway_patient,
)
_BY_PERSON: Final = (
    tables.patient_grant,
    tables.proxy,
    tables.glass_break,
    tables.team_member,
    tables.sign_in_link,
    tables.session,
    tables.sign_in_attempt,
    tables.passkey,
    tables.linked_identity,
    tables.api_token,
    tables.recovery_code,
    tables.account,
    tables.contact_point,
    tables.preference,
    tables.duty_shift,
)


class RelationalForgetting:
    """Erases patients. Run it while nothing else is: what judges a patient would write down how they are."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def forget(self, patient_id: str) -> Forgotten:
        """Erase everything that names a patient, and whoever signs in as them.

        Raises
        ------
        StorageError
            If the database refuses; nothing was erased, or what was may still be read from its file: again.
        """
        with self._database.write() as connection:
            persons = connection.scalars(
                select(tables.person.c.id).where(tables.person.c.patient_id == patient_id)
            ).all()
            owners = [of_patient(patient_id), *map(of_person, persons)]
            rows = Counter({tables.data_key.name: self._sealer.destroy(owners, connection)})
            named = forget_in_ledger(connection, patient_id, persons, secrets.token_bytes)
            rows[tables.ledger_entry.name] += named
            for table, those in _of(patient_id):
                rows[table.name] += connection.execute(delete(table).where(those)).rowcount
            raise_epoch(connection)
        self._database.compact()
        return Forgotten(rows={sort: count for sort, count in rows.items() if count})


def _of(patient_id: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """Return which rows to delete of which tables, what refers to others first."""
    alerts = select(tables.alert.c.id).where(tables.alert.c.patient_id == patient_id)
    commands = select(tables.command.c.id).where(tables.command.c.patient_id == patient_id)
    persons = select(tables.person.c.id).where(tables.person.c.patient_id == patient_id)
    return [
        (tables.hand_off, tables.hand_off.c.alert_id.in_(alerts)),
        (tables.command_answer, tables.command_answer.c.command_id.in_(commands)),
        *((table, table.c.patient_id == patient_id) for table in _BY_PATIENT),
        *((table, table.c.person_id.in_(persons)) for table in _BY_PERSON),
        (tables.person, tables.person.c.patient_id == patient_id),
        (tables.patient, tables.patient.c.id == patient_id),
    ]
