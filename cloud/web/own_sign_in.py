"""Your sign-in: where one is signed in, the password, the second factor; each change by a form of its own."""

import io

import segno
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from cloud.access.errors import NotVisibleError
from cloud.access.guards import Oneself
from cloud.access.invitations import INVITABLE
from cloud.access.proof import RecentlyProved
from cloud.access.second_factor import enrolment_address
from cloud.access.sessions import Viewer, session_name
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import problem_of
from cloud.api.routes import policed_router
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.refusals import refusal
from cloud.web.rendering import render
from cloud.web.sign_in import REFUSALS, form_status
from vitals.errors import CarewireError

router = policed_router("own sign-in", documented=False)

PATH = "/me/sign-in"


@router.get(PATH)
def own_sign_in(viewer: Oneself, services: ServicesOf) -> Response:
    """Show how one signs in, and where one is signed in now."""
    account = services.entrance.own_account.of(viewer)
    return render(
        "own_sign_in.html",
        viewer=viewer,
        account=account,
        codes_left=services.sessions.accounts.recovery_codes_left(viewer.person.id),
        sessions=services.sessions.open_sessions(viewer.person.id),
        session_name=session_name,
        may_invite=bool(INVITABLE[viewer.person.role]),
        now_ms=services.clock.wall_ms(),
    )


@router.post(f"{PATH}/sessions/end")
def end_session(viewer: Oneself, services: ServicesOf, form: Form) -> Response:
    """Sign out on one other device, or on all others."""
    if "others" in form:
        services.sessions.end_all(viewer.person.id, but=viewer.session)
    elif not services.sessions.end_one(viewer.person.id, form.get("session", "")):
        raise NotVisibleError("you are not signed in there any more: look at the list again")
    return RedirectResponse(PATH, status_code=303)


@router.get(f"{PATH}/password")
def password_page(viewer: Oneself, _proof: RecentlyProved, services: ServicesOf) -> Response:
    """Show the form for a new password."""
    return _password(viewer, services)


@router.post(f"{PATH}/password")
def set_password(viewer: Oneself, _proof: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Set the password; one is signed out everywhere else."""
    try:
        services.entrance.own_account.set_password(viewer, form.get("name", ""), form.get("password", ""))
    except REFUSALS as error:
        return _password(viewer, services, error)
    return RedirectResponse(PATH, status_code=303)


@router.get(f"{PATH}/second-factor")
def second_factor_page(viewer: Oneself, _proof: RecentlyProved, services: ServicesOf) -> Response:
    """Show what the telephone's camera reads; it counts only once a code of it came."""
    return _enrol(viewer, services)


@router.post(f"{PATH}/second-factor")
def confirm_second_factor(
    viewer: Oneself, _proof: RecentlyProved, services: ServicesOf, form: Form
) -> Response:
    """Have codes asked for from now on, and show the recovery codes once."""
    try:
        codes = services.entrance.own_account.confirm_second_factor(viewer, form.get("code", ""))
    except REFUSALS as error:
        return _enrol(viewer, services, error)
    return render("recovery_codes.html", viewer=viewer, codes=codes)


@router.post(f"{PATH}/second-factor/remove")
def remove_second_factor(
    viewer: Oneself, _proof: RecentlyProved, services: ServicesOf, form: Form
) -> Response:
    """Ask for codes no more, after a last one."""
    try:
        services.entrance.own_account.remove_second_factor(viewer, form.get("code", ""))
    except REFUSALS as error:
        return _message(viewer, error)
    return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/recovery-codes")
def renew_recovery_codes(viewer: Oneself, _proof: RecentlyProved, services: ServicesOf) -> Response:
    """Show new recovery codes, once."""
    try:
        codes = services.entrance.own_account.renew_recovery_codes(viewer)
    except REFUSALS as error:
        return _message(viewer, error)
    return render("recovery_codes.html", viewer=viewer, codes=codes)


def _password(viewer: Viewer, services: Services, error: CarewireError | None = None) -> Response:
    problem = None if error is None else problem_of(error)
    return render(
        "password.html",
        200 if problem is None else form_status(problem.status),
        viewer=viewer,
        has_name=services.entrance.own_account.of(viewer).handle is not None,
        error=None if error is None else refusal(error),
    )


def _enrol(viewer: Viewer, services: Services, error: CarewireError | None = None) -> Response:
    problem = None if error is None else problem_of(error)
    try:
        secret = services.entrance.own_account.begin_second_factor(viewer)
    except REFUSALS as refused:
        return _message(viewer, refused)
    address = enrolment_address(secret, viewer.person.display_name, "Carewire")
    return render(
        "second_factor.html",
        200 if problem is None else form_status(problem.status),
        viewer=viewer,
        picture=_picture(address),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=address,
        error=None if error is None else refusal(error),
    )


def _picture(address: str) -> Markup:
    """Return a QR code as part of the page: no script, no style, no other request."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, light="#fff", dark="#000"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn here, of squares


def _message(viewer: Viewer, error: CarewireError) -> Response:
    problem = problem_of(error)
    return render(
        "own_sign_in_refused.html", form_status(problem.status), viewer=viewer, error=refusal(error)
    )
