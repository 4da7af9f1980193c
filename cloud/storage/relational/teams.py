"""Care teams, and who was in them when: members come and go, and what was stays written."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import RowMapping, Select, and_, insert, or_, select, update

from cloud.ports import Membership, Team
from cloud.storage.relational.database import Database
from cloud.storage.relational.due import rouse
from cloud.storage.relational.relations import raise_epoch
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import care_team, patient_grant, team_member

__all__ = ["RelationalTeams"]

_MEMBERS: Final = team_member.c


class RelationalTeams:
    """The TeamBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def add_team(self, team: Team) -> None:
        """Write a team down."""
        row = close(self._sealer, care_team, asdict(team))
        with self._database.write() as connection:
            connection.execute(insert(care_team).values(row))

    def end_team(self, team: Team, at_ms: int, by: str) -> bool:
        """Have nobody join a team any more; False: it was ended before."""
        going_on = update(care_team).where(care_team.c.id == team.id, care_team.c.ended_ms.is_(None))
        with self._database.write() as connection:
            raise_epoch(connection)
            return connection.execute(going_on.values(ended_ms=at_ms, ended_by=by)).rowcount > 0

    def teams(self) -> Sequence[Team]:
        """Return every team that was not ended, by name."""
        going_on = select(care_team).where(care_team.c.ended_ms.is_(None))
        with self._database.read() as connection:
            found = [self._team(row) for row in connection.execute(going_on).mappings()]
        return sorted(found, key=lambda team: (team.name, team.id))

    def team(self, team_id: str) -> Team | None:
        """Return a team, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(care_team).where(care_team.c.id == team_id)).mappings().first()
        return self._team(row) if row else None

    def add_member(self, membership: Membership) -> None:
        """Write down that somebody is in a team; whoever it cares for may have somebody new to tell."""
        with self._database.write() as connection:
            connection.execute(insert(team_member).values(asdict(membership)))
            raise_epoch(connection)
            rouse(connection, connection.scalars(_patients(membership.team_id)).all())

    def end_membership(self, membership: Membership, at_ms: int, by: str) -> bool:
        """Take somebody out of a team; False: they were out of it before."""
        is_in = or_(_MEMBERS.until_ms.is_(None), _MEMBERS.until_ms > at_ms)
        ended = update(team_member).where(and_(_MEMBERS.id == membership.id, is_in))
        with self._database.write() as connection:
            was_in = connection.execute(ended.values(until_ms=at_ms, removed_by=by)).rowcount > 0
            raise_epoch(connection)
            rouse(connection, connection.scalars(_patients(membership.team_id)).all())
            return was_in

    def members_of(self, team_id: str) -> Sequence[Membership]:
        """Return who is in a team or ever was, the newest first."""
        members = (
            select(team_member)
            .where(_MEMBERS.team_id == team_id)
            .order_by(_MEMBERS.from_ms.desc(), _MEMBERS.id)
        )
        with self._database.read() as connection:
            return [Membership(**row) for row in connection.execute(members).mappings()]

    def patients_of(self, team_id: str, now_ms: int) -> Sequence[str]:
        """Return whose record is open to a team now or will be, by id."""
        standing = _patients(team_id).where(
            or_(patient_grant.c.until_ms.is_(None), patient_grant.c.until_ms > now_ms)
        )
        with self._database.read() as connection:
            return sorted(connection.scalars(standing).all())

    def _team(self, row: RowMapping) -> Team:
        return Team(**shown(self._sealer, care_team, row))


def _patients(team_id: str) -> Select[Any]:
    return (
        select(patient_grant.c.patient_id)
        .where(patient_grant.c.team_id == team_id, patient_grant.c.revoked_ms.is_(None))
        .distinct()
    )
