"""The page "who may see what" of a patient, the page a link opens, and the page of an emergency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Path, Query
from starlette.responses import RedirectResponse, Response

from cloud.access.errors import UnfitError
from cloud.access.glass import LONGEST_BREAK_MIN
from cloud.access.guards import Clinician, Oneself, OwnVisit, VisitedPatient
from cloud.access.proof import RecentlyProved
from cloud.access.sessions import Viewer
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.api.sharing import GrantOut, sharing_out
from cloud.ports import Scope
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.own_data import waiting_erasure
from cloud.web.refusals import refusal
from cloud.web.rendering import render
from cloud.web.words import N_, Phrase, Sentence
from vitals.errors import ValidationError

router = policed_router("sharing-pages", documented=False)

_ID: Final = Path(max_length=64)
_USUAL_MIN: Final = 60
_MOST_DIGITS: Final = 4
_NO_TEAM: Final = Sentence(message=N_("There is no such team any more. Choose another."))
_NO_PATIENT: Final = Sentence(message=N_("There is no such patient. Check the code."))
SCOPE_WORDS: Final[Mapping[Scope, Sentence]] = MappingProxyType(
    {
        Scope.ALERTS: Sentence(message=N_("alerts, and being told of them")),
        Scope.VITALS: Sentence(message=N_("measured values")),
        Scope.WAVEFORMS: Sentence(message=N_("ECG strips")),
        Scope.LOCATION: Sentence(message=N_("where you are")),
        Scope.GENOME: Sentence(message=N_("genes")),
    }
)
"""What each opens, in the order that a page lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRow:
    """Somebody to whom something is open."""

    id: str
    who: str
    is_team: bool
    members: tuple[str, ...]
    scopes: tuple[Sentence, ...]
    until: str | None


@router.get("/patients/{patient_id}/sharing")
def sharing_page(visit: OwnVisit, services: ServicesOf) -> Response:
    """Show what is open to whom, with a button to take each back."""
    return _page(services, visit)


@router.post("/patients/{patient_id}/sharing/links")
def make_link(visit: OwnVisit, _: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Make a link and show it, this once."""
    try:
        token = services.offers.make(
            visit.patient.id, _chosen(form), _end_of_day_ms(form.get("until", "")), visit.viewer.person.id
        )
    except ValidationError as error:
        return _page(services, visit, failed=refusal(error))
    return _page(services, visit, link=f"{services.site.url}/shared?token={token}")


@router.post("/patients/{patient_id}/sharing/guests")
def invite(visit: OwnVisit, _: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Make somebody new who sees what was chosen, and show their link, this once."""
    try:
        person, token = services.guests.invite(
            visit.patient.id,
            form.get("display_name", ""),
            _chosen(form),
            _end_of_day_ms(form.get("until", "")),
            visit.viewer.person,
        )
    except (UnfitError, ValidationError) as error:
        return _page(services, visit, failed=refusal(error))
    return render(
        "invited.html",
        viewer=visit.viewer,
        name=person.display_name,
        link=f"{services.site.url}/invitation?token={token}",
        back=f"/patients/{visit.patient.id}/sharing",
    )


@router.post("/patients/{patient_id}/sharing/teams")
def give_to_team(visit: OwnVisit, _: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Open what was chosen to a care team, at once."""
    team = services.teams.team(form.get("team", ""))
    if team is None or team.ended_ms is not None:
        return _page(services, visit, failed=_NO_TEAM)
    try:
        services.sharing.give(
            visit.patient.id,
            team_id=team.id,
            scopes=_chosen(form),
            until_ms=_end_of_day_ms(form.get("until", "")),
            by=visit.viewer.person.id,
        )
    except ValidationError as error:
        return _page(services, visit, failed=refusal(error))
    return RedirectResponse(f"/patients/{visit.patient.id}/sharing", status_code=303)


@router.post("/patients/{patient_id}/sharing/grants/{grant_id}/take-back")
def take_back(visit: OwnVisit, services: ServicesOf, grant_id: Annotated[str, _ID]) -> Response:
    """Close what a grant opened, and show how things stand."""
    for one in services.sharing.given(visit.patient.id):
        if one.id == grant_id:
            services.sharing.take_back(one, visit.viewer.person.id)
    return RedirectResponse(f"/patients/{visit.patient.id}/sharing", status_code=303)


@router.post("/patients/{patient_id}/sharing/links/{offer_id}/take-back")
def take_link_back(visit: OwnVisit, services: ServicesOf, offer_id: Annotated[str, _ID]) -> Response:
    """Make a link that waits worthless, and show how things stand."""
    services.offers.take_back(visit.patient.id, offer_id)
    return RedirectResponse(f"/patients/{visit.patient.id}/sharing", status_code=303)


@router.get("/shared")
def link_page(
    viewer: Oneself, services: ServicesOf, token: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Show what a link would open, and a button: whoever previews it does not use it up."""
    offer = services.offers.found(token)
    patient = services.directory.patient(offer.patient_id) if offer else None
    return render(
        "shared.html",
        200 if offer else 404,
        viewer=viewer,
        token=token,
        patient=patient,
        scopes=_words(offer.scopes) if offer else (),
    )


@router.post("/shared")
def take_up(viewer: Oneself, services: ServicesOf, form: Form) -> Response:
    """Take a link up and go to the patient it opens."""
    grant = services.offers.take_up(form.get("token", ""), viewer.person.id)
    if grant is None:
        return render("shared.html", 404, viewer=viewer, token="", patient=None, scopes=())
    return RedirectResponse(f"/patients/{grant.patient_id}", status_code=303)


@router.get("/emergency")
def emergency_page(viewer: Clinician, services: ServicesOf) -> Response:
    """Show what breaking the glass does, and ask for the reason."""
    return _emergency(services, viewer)


@router.post("/emergency")
def break_glass(viewer: Clinician, _: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Break the glass and go to the patient."""
    patient_id, reason = form.get("patient", ""), form.get("reason", "")[:500]
    try:
        minutes = _minutes(form.get("minutes", ""))
        services.glass.refuse_unfit(viewer.person, reason, minutes)
        if services.directory.patient(patient_id) is None:
            return _emergency(services, viewer, failed=_NO_PATIENT)
        services.glass.break_(patient_id, viewer.person, reason, minutes)
    except ValidationError as error:
        return _emergency(services, viewer, failed=refusal(error))
    return RedirectResponse(f"/patients/{patient_id}", status_code=303)


def _page(
    services: Services, visit: VisitedPatient, *, link: str | None = None, failed: Phrase | None = None
) -> Response:
    found = sharing_out(visit, services)
    in_force = [one for one in found.grants if one.is_in_force]
    teams = {one.id: one.team_id for one in services.sharing.given(visit.patient.id) if one.team_id}
    return render(
        "sharing.html",
        400 if failed else 200,
        viewer=visit.viewer,
        patient=visit.patient,
        is_own=visit.viewer.person.patient_id == visit.patient.id,
        rows=[_row(services, one, teams.get(one.id)) for one in in_force],
        closed=[one for one in found.grants if not one.is_in_force],
        found=found,
        scope_words=SCOPE_WORDS,
        teams=services.teams.all(),
        link=link,
        waiting=waiting_erasure(services, visit.viewer, visit.patient.id),
        failed=failed,
    )


def _row(services: Services, grant: GrantOut, team_id: str | None) -> OpenRow:
    members = services.teams.current(team_id) if team_id else ()
    names = (services.directory.person(one.person_id) for one in members)
    return OpenRow(
        id=grant.id,
        who=grant.team or grant.person or "",
        is_team=team_id is not None,
        members=tuple(one.display_name for one in names if one),
        scopes=_words(grant.scopes),
        until=grant.until,
    )


def _emergency(services: Services, viewer: Viewer, failed: Phrase | None = None) -> Response:
    return render(
        "emergency.html",
        400 if failed else 200,
        viewer=viewer,
        broken=services.glass.by(viewer.person.id),
        most_minutes=LONGEST_BREAK_MIN,
        usual_minutes=_USUAL_MIN,
        failed=failed,
        now_ms=services.clock.wall_ms(),
    )


def _chosen(form: Mapping[str, str]) -> frozenset[Scope]:
    return frozenset(scope for scope in Scope if form.get(scope.value))


def _words(scopes: frozenset[Scope] | list[Scope]) -> tuple[Sentence, ...]:
    return tuple(words for scope, words in SCOPE_WORDS.items() if scope in scopes)


def _minutes(typed: str) -> int:
    if not typed:
        return _USUAL_MIN
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS):
        raise ValidationError("say after how many minutes it ends, as a number")
    return int(typed)


def _end_of_day_ms(day: str) -> int | None:
    """Return when a day has passed, in UTC; None for none.

    Raises
    ------
    ValidationError
        If it is no day.
    """
    if not day:
        return None
    try:
        start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValidationError("that is no day: choose one, or leave it empty") from error
    return int((start + timedelta(days=1)).timestamp() * 1000)
