"""Care teams: administrators make them and say who is in them; whoever is signed in may know their names."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path
from pydantic import BaseModel, Field

from cloud.access.guards import Administrator, Oneself
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import Membership, Team
from cloud.services import Services
from vitals.errors import ValidationError

router = policed_router("care teams")

_ID: Final = Path(max_length=64)


class TeamOut(BaseModel):
    """A care team."""

    id: str
    name: str


class TeamsOut(BaseModel):
    """Every care team, by name."""

    teams: list[TeamOut]


class TeamIn(BaseModel):
    """What a new team is called."""

    name: str = Field(min_length=1, max_length=80)


class MemberOut(BaseModel):
    """Somebody in a team, now or before."""

    id: str
    person_id: str
    display_name: str
    from_: str = Field(alias="from")
    until: str | None


class MembersOut(BaseModel):
    """Who is in a team or was, the newest first."""

    members: list[MemberOut]


class MemberIn(BaseModel):
    """Who joins."""

    person_id: str = Field(max_length=64)


@router.get("/api/v1/care-teams", responses=problems(503))
def teams(_: Oneself, services: ServicesOf) -> TeamsOut:
    """List the teams that a record can be opened to."""
    return TeamsOut(teams=[TeamOut(id=one.id, name=one.name) for one in services.teams.all()])


@router.post("/api/v1/care-teams", responses=problems(400, 413, 422, 503))
def make(viewer: Administrator, services: ServicesOf, body: TeamIn) -> TeamOut:
    """Make a team that nobody is in."""
    team = services.teams.make(body.name, viewer.person.id)
    return TeamOut(id=team.id, name=team.name)


@router.get("/api/v1/care-teams/{team_id}/members", responses=problems(404, 503))
def members(_: Administrator, services: ServicesOf, team_id: Annotated[str, _ID]) -> MembersOut:
    """List who is in a team and was."""
    return _members_out(services, _known(services, team_id))


@router.post("/api/v1/care-teams/{team_id}/members", responses=problems(400, 404, 413, 422, 503))
def add(
    viewer: Administrator,
    _: RecentlyProved,
    services: ServicesOf,
    team_id: Annotated[str, _ID],
    body: MemberIn,
) -> MembersOut:
    """Put somebody else in a team: what patients granted to it is open to them at once."""
    team = _known(services, team_id)
    if services.directory.person(body.person_id) is None:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "there is no such person: check the id")
    try:
        services.teams.add(team, body.person_id, viewer.person.id)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return _members_out(services, team)


@router.delete("/api/v1/care-teams/{team_id}", responses=problems(404, 503))
def end(
    viewer: Administrator, _: RecentlyProved, services: ServicesOf, team_id: Annotated[str, _ID]
) -> TeamOut:
    """Take everybody out of a team and have nobody join it any more, at once."""
    team = _known(services, team_id)
    services.teams.end(team, viewer.person.id)
    return TeamOut(id=team.id, name=team.name)


@router.delete("/api/v1/care-teams/{team_id}/members/{member_id}", responses=problems(404, 503))
def remove(
    viewer: Administrator,
    services: ServicesOf,
    team_id: Annotated[str, _ID],
    member_id: Annotated[str, _ID],
) -> MembersOut:
    """Take somebody out of a team, at once."""
    team = _known(services, team_id)
    for one in services.teams.current(team.id):
        if one.id == member_id:
            services.teams.remove(one, viewer.person.id)
            return _members_out(services, team)
    raise ProblemError(HTTPStatus.NOT_FOUND, "nobody in the team has this id: list its members")


def _known(services: Services, team_id: str) -> Team:
    team = services.teams.team(team_id)
    if team is None or team.ended_ms is not None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such team: see the list of teams")
    return team


def _members_out(services: Services, team: Team) -> MembersOut:
    return MembersOut(members=[_member_out(services, one) for one in services.teams.members(team.id)])


def _member_out(services: Services, member: Membership) -> MemberOut:
    person = services.directory.person(member.person_id)
    return MemberOut.model_validate(
        {
            "id": member.id,
            "person_id": member.person_id,
            "display_name": person.display_name if person else member.person_id,
            "from": iso(member.from_ms),
            "until": iso_or_none(member.until_ms),
        }
    )
