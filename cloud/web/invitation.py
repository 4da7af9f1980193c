"""An invitation's page: choosing a name and a password. And inviting somebody."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from cloud.access.errors import DeadLinkError, NotVisibleError
from cloud.access.guards import Anyone, Oneself
from cloud.access.invitations import INVITABLE, Chosen
from cloud.access.proof import RecentlyProved
from cloud.access.sessions import Viewer
from cloud.alerts.wording.language import DEFAULT_LANGUAGE
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import problem_of
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.ports import LinkKind, Preferences, Role
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.refusals import refusal
from cloud.web.rendering import render
from cloud.web.sign_in import REFUSALS, enter
from vitals.errors import CarewireError

router = policed_router("invitation", documented=False)


@router.get("/invitation")
def invitation_page(
    _: Anyone, services: ServicesOf, token: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Show what is to be chosen; the link is not used up."""
    return _page(services, token)


@router.post("/invitation")
def accept(_: Anyone, request: Request, services: ServicesOf, form: Form) -> Response:
    """Keep what was chosen, use the link up, and let them in."""
    token = form.get("token", "")
    chosen = Chosen(
        display_name=form.get("display_name", ""),
        handle=form.get("name", ""),
        password=form.get("password", ""),
        stays="stays" in form,
    )
    try:
        _keep_language(services, token)
        entered = services.entrance.invitations.accept(
            token, chosen, services.entrance.visitor(request, services.site)
        )
    except DeadLinkError:
        return _dead()
    except REFUSALS as error:
        return _page(services, token, error, typed=form)
    return enter(request, services, entered)


def _keep_language(services: Services, token: str) -> None:
    """Have messages come in the language of whoever accepts, where nothing says otherwise."""
    person, _ = services.entrance.invitations.invited(token)
    language = reader_of_this_answer().language
    if language != DEFAULT_LANGUAGE and not services.preferences.of([person.id]):
        services.preferences.put(Preferences(person_id=person.id, language=language))


@router.get("/me/invite")
def invite_page(viewer: Oneself) -> Response:
    """Show whom one may invite."""
    return _invite(viewer)


@router.post("/me/invite")
def invite(viewer: Oneself, _proof: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Make the link, and show it once."""
    role = next((each for each in Role if each.value == form.get("role")), None)
    if role is None or role not in INVITABLE[viewer.person.role]:
        raise NotVisibleError("you cannot invite anybody of that role: ask an administrator")
    try:
        person, token = services.entrance.invitations.invite(
            form.get("display_name", ""), role, viewer.person
        )
    except REFUSALS as error:
        return _invite(viewer, error)
    return render(
        "invited.html",
        viewer=viewer,
        name=person.display_name,
        link=f"{services.site.url}/invitation?token={token}",
        back="/me/invite",
    )


def _invite(viewer: Viewer, error: CarewireError | None = None) -> Response:
    roles = [role for role in Role if role in INVITABLE[viewer.person.role]]
    problem = None if error is None else problem_of(error)
    return render(
        "invite.html",
        200 if problem is None else problem.status,
        viewer=viewer,
        roles=roles,
        error=None if error is None else refusal(error),
    )


def _page(
    services: Services, token: str, error: CarewireError | None = None, typed: dict[str, str] | None = None
) -> Response:
    try:
        person, kind = services.entrance.invitations.invited(token)
    except DeadLinkError:
        return _dead()
    problem, typed = None if error is None else problem_of(error), typed or {}
    return render(
        "invitation.html",
        200 if problem is None else problem.status,
        viewer=None,
        token=token,
        is_reset=kind is LinkKind.RESET,
        is_first=kind is LinkKind.FIRST_ADMINISTRATOR,
        display_name=typed.get("display_name", person.display_name),
        name=typed.get("name", ""),
        error=None if error is None else refusal(error),
    )


def _dead() -> Response:
    return render("sign_in.html", 410, viewer=None, token="", failed=True, error=None)
