"""The administrator's pages of care teams: which there are, who is in each, who lets it see something."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Path
from starlette.responses import RedirectResponse, Response

from cloud.access.errors import NotVisibleError, UnfitError
from cloud.access.guards import Administrator
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.api.sharing import name_of
from cloud.ports import Team
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.refusals import refusal
from cloud.web.rendering import render
from cloud.web.words import N_, Phrase, Sentence
from vitals.errors import ValidationError

router = policed_router("care-team-pages", documented=False)

PATH: Final = "/admin/care-teams"
_ID: Final = Path(max_length=64)
_NOBODY: Final = Sentence(message=N_("There is nobody of this code. They find it under their sign-in."))


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """A team, how many are in it, and how many patients let it see something."""

    id: str
    name: str
    members: int
    patients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """Somebody in a team now."""

    id: str
    name: str
    since_ms: int


@router.get(PATH)
def teams_page(viewer: Administrator, services: ServicesOf) -> Response:
    """Show every team, and a form for another."""
    return _teams(viewer, services)


@router.post(PATH)
def make(viewer: Administrator, services: ServicesOf, form: Form) -> Response:
    """Make a team that nobody is in, and go to it."""
    try:
        return _to(services.teams.make(form.get("name", ""), viewer.person.id))
    except UnfitError as error:
        return _teams(viewer, services, refusal(error))


@router.get(f"{PATH}/{{team_id}}")
def team_page(viewer: Administrator, services: ServicesOf, team_id: Annotated[str, _ID]) -> Response:
    """Show who is in a team and how many patients it sees, with a button to take each out."""
    return _team(viewer, services, _known(services, team_id))


@router.post(f"{PATH}/{{team_id}}/members")
def add(
    viewer: Administrator, _: RecentlyProved, services: ServicesOf, team_id: Annotated[str, _ID], form: Form
) -> Response:
    """Put somebody else in a team."""
    team, person_id = _known(services, team_id), form.get("person", "").strip()
    if services.directory.person(person_id) is None:
        return _team(viewer, services, team, _NOBODY)
    try:
        services.teams.add(team, person_id, viewer.person.id)
    except ValidationError as error:
        return _team(viewer, services, team, refusal(error))
    return _to(team)


@router.post(f"{PATH}/{{team_id}}/members/{{member_id}}/remove")
def remove(
    viewer: Administrator,
    services: ServicesOf,
    team_id: Annotated[str, _ID],
    member_id: Annotated[str, _ID],
) -> Response:
    """Take somebody out of a team, at once."""
    team = _known(services, team_id)
    for one in services.teams.current(team.id):
        if one.id == member_id:
            services.teams.remove(one, viewer.person.id)
    return _to(team)


@router.post(f"{PATH}/{{team_id}}/end")
def end(
    viewer: Administrator, _: RecentlyProved, services: ServicesOf, team_id: Annotated[str, _ID]
) -> Response:
    """Take everybody out of a team, for good, and go back to the list."""
    services.teams.end(_known(services, team_id), viewer.person.id)
    return RedirectResponse(PATH, status_code=303)


def _known(services: Services, team_id: str) -> Team:
    team = services.teams.team(team_id)
    if team is None or team.ended_ms is not None:
        raise NotVisibleError("there is no such team: go back to the list")
    return team


def _to(team: Team) -> Response:
    return RedirectResponse(f"{PATH}/{team.id}", status_code=303)


def _teams(viewer: Administrator, services: Services, failed: Phrase | None = None) -> Response:
    rows = [
        TeamRow(
            id=one.id,
            name=one.name,
            members=len(services.teams.current(one.id)),
            patients=len(services.teams.patients(one.id)),
        )
        for one in services.teams.all()
    ]
    return _shown("care_teams.html", failed, {"viewer": viewer, "rows": rows})


def _team(viewer: Administrator, services: Services, team: Team, failed: Phrase | None = None) -> Response:
    members = [
        MemberRow(id=one.id, name=name_of(services, one.person_id), since_ms=one.from_ms)
        for one in services.teams.current(team.id)
    ]
    about = {"team": team, "members": members, "patients": services.teams.patients(team.id)}
    return _shown("care_team.html", failed, {"viewer": viewer, **about})


def _shown(template: str, failed: Phrase | None, about: Mapping[str, object]) -> Response:
    return render(template, 200 if failed is None else 400, failed=failed, **about)
