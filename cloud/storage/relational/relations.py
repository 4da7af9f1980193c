"""Who may see whom, as patients, proxies and administrators said it: added to, never rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, or_, select, update

from cloud.ports import (
    GlassBreak,
    Grant,
    Guardianship,
    Membership,
    Person,
    Proxy,
    Related,
    Role,
    Scope,
)
from cloud.storage.relational.database import Database, upsert
from cloud.storage.relational.due import rouse
from cloud.storage.relational.sealed_rows import shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import (
    account,
    glass_break,
    patient_grant,
    person,
    proxy,
    relation_epoch,
    team_member,
)

__all__ = [
    "RelationalRelations",
    "note_change",
    "person_of",
    "proxy_of",
    "raise_epoch",
    "scopes_of",
    "scopes_text",
]

_THE_ONE: Final = 1
_PEOPLE: Final = select(person).where(
    person.c.id.not_in(select(account.c.person_id).where(account.c.closed_ms.is_not(None)))
)
"""Whoever has a closed account is related to nobody: they see nothing and are told of nothing."""
_EPOCH: Final = select(relation_epoch.c.epoch).where(relation_epoch.c.id == _THE_ONE)


class RelationalRelations:
    """The ports RelationReader and RelationBook on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def epoch(self) -> int:
        """Return the number that every change of who may see what raises."""
        with self._database.read() as connection:
            return connection.scalar(_EPOCH) or 0

    def related(self, now_ms: int) -> Related:
        """Return what is in force now or will be; the epoch is read first: what comes later is read again."""
        with self._database.read() as connection:
            return Related(
                epoch=connection.scalar(_EPOCH) or 0,
                people=[person_of(self._sealer, row) for row in _rows(connection, _PEOPLE)],
                grants=[_grant(row) for row in _rows(connection, _standing(patient_grant.c, now_ms))],
                memberships=[
                    Membership(**row)
                    for row in _rows(
                        connection, select(team_member).where(_not_over(team_member.c.until_ms, now_ms))
                    )
                ],
                proxies=[proxy_of(row) for row in _rows(connection, _standing(proxy.c, now_ms))],
                broken=[
                    GlassBreak(**{**row, "reason": ""})  # who decides needs none
                    for row in _rows(connection, select(glass_break).where(glass_break.c.until_ms > now_ms))
                ],
            )

    def give(self, grant: Grant) -> None:
        """Write a grant down, and have the patient's open alerts looked at: there may be somebody to tell.

        Raises
        ------
        StorageError
            If there is no such patient, person or team.
        """
        with self._database.write() as connection:
            connection.execute(insert(patient_grant).values(_row(grant)))
            note_change(connection, grant.patient_id)

    def revoke(self, grant: Grant, at_ms: int, by: str) -> bool:
        """Take a grant back; False: it was taken back before."""
        standing = and_(patient_grant.c.id == grant.id, patient_grant.c.revoked_ms.is_(None))
        with self._database.write() as connection:
            taken = update(patient_grant).where(standing).values(revoked_ms=at_ms, revoked_by=by)
            is_taken = connection.execute(taken).rowcount > 0
            note_change(connection, grant.patient_id)
            return is_taken

    def grants_of(self, patient_id: str) -> Sequence[Grant]:
        """Return every grant a patient ever gave, newest first."""
        grants = (
            select(patient_grant)
            .where(patient_grant.c.patient_id == patient_id)
            .order_by(patient_grant.c.given_ms.desc(), patient_grant.c.id)
        )
        with self._database.read() as connection:
            return [_grant(row) for row in _rows(connection, grants)]


def raise_epoch(connection: Connection) -> None:
    """Have every process read again who may see what; transactions that do so take turns."""
    raised = update(relation_epoch).where(relation_epoch.c.id == _THE_ONE)
    if not connection.execute(raised.values(epoch=relation_epoch.c.epoch + 1)).rowcount:
        upsert(connection, relation_epoch, [{"id": _THE_ONE, "epoch": 1}])


def person_of(sealer: RelationalSealer, row: Mapping[Any, Any]) -> Person:
    """Return the person of a row; of whom the name does not open it is a question mark."""
    plain = shown(sealer, person, row)
    return Person(**{**plain, "role": Role(plain["role"])})


def scopes_text(scopes: frozenset[Scope]) -> str:
    """Return scopes as they are kept."""
    return " ".join(sorted(scopes))


def scopes_of(text: str) -> frozenset[Scope]:
    """Return the scopes that were kept."""
    return frozenset(Scope(one) for one in text.split())


def note_change(connection: Connection, patient_id: str) -> None:
    """Have it noticed that something of a patient is open to others than before."""
    raise_epoch(connection)
    rouse(connection, [patient_id])


def _rows(connection: Connection, query: Select[Any]) -> Sequence[Mapping[str, Any]]:
    return [{**row} for row in connection.execute(query).mappings()]


def _not_over(until_ms: ColumnElement[Any], now_ms: int) -> ColumnElement[bool]:
    return or_(until_ms.is_(None), until_ms > now_ms)


def _standing(columns: Any, now_ms: int) -> Select[Any]:  # noqa: ANN401 - SQLAlchemy's own collection of columns
    return select(*columns).where(columns.revoked_ms.is_(None), _not_over(columns.until_ms, now_ms))


def _row(grant: Grant) -> dict[str, Any]:
    return asdict(grant) | {"scopes": scopes_text(grant.scopes)}


def _grant(row: Mapping[str, Any]) -> Grant:
    return Grant(**{**row, "scopes": scopes_of(row["scopes"])})


def proxy_of(row: Mapping[Any, Any]) -> Proxy:
    """Return the proxy of a row."""
    return Proxy(**{**row, "kind": Guardianship(row["kind"])})
