"""How one signs in here without a password, and which programs speak for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Oneself
from cloud.access.passkey_answers import PasskeyRefusedError
from cloud.access.policies import Policy
from cloud.access.programs import DAY_MS, TokenWish, TokenWishError
from cloud.access.proof import RecentlyProved, is_proved
from cloud.access.sessions import Viewer
from cloud.access.visits import open_to
from cloud.api.dependencies import ServicesOf
from cloud.api.passkeys import id_shown, passkey_id
from cloud.api.routes import policed_router
from cloud.ports import ApiToken, Passkey, Patient, Scope
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

__all__ = ["WaysInView", "router", "ways_in_view"]

router = policed_router("ways-in", documented=False)

_PAGE: Final = "/me/ways-in"
DAYS: Final = (7, 30, 90, 365)
_LONGEST_LABEL: Final = 64
SCOPE_WORDS: Final = MappingProxyType(
    {
        Scope.VITALS: N_("Vital signs"),
        Scope.WAVEFORMS: N_("Waveforms, such as an ECG"),
        Scope.ALERTS: N_("Alerts"),
        Scope.LOCATION: N_("Places"),
        Scope.GENOME: N_("Genes"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysInView:
    """What the sections `_passkeys.html`, `_hospital.html` and `_programs.html` show."""

    is_proved: bool
    now_ms: int
    passkeys: Sequence[tuple[str, Passkey]]
    passkeys_are_possible: bool
    hospital: str | None
    is_linked: bool
    tokens: Sequence[ApiToken]
    patients: Sequence[Patient]
    scopes: Sequence[tuple[Scope, Sentence]]
    days: tuple[int, ...] = DAYS

    def scopes_of(self, token: ApiToken) -> list[Sentence]:
        """Return what a token may see, in words."""
        return [words for scope, words in self.scopes if scope in token.scopes]

    def patient_name(self, patient_id: str) -> str:
        """Return what a patient is called, of those that are open now."""
        return next((each.display_name for each in self.patients if each.id == patient_id), patient_id)


def ways_in_view(services: Services, viewer: Viewer) -> WaysInView:
    """Return what somebody's ways in are, and which programs speak for them."""
    now_ms, log_in = services.clock.wall_ms(), services.openid
    return WaysInView(
        is_proved=is_proved(viewer, now_ms),
        now_ms=now_ms,
        passkeys=[(id_shown(each), each) for each in services.passkeys.of(viewer.person)],
        passkeys_are_possible=services.passkeys.is_possible,
        hospital=None if log_in is None else log_in.name,
        is_linked=log_in is not None and log_in.is_linked(viewer.person),
        tokens=[each for each in services.programs.of(viewer.person) if each.is_good(now_ms)],
        patients=[each.patient for each in open_to(services, viewer, Policy.PATIENT_RELATED)],
        scopes=[(scope, Sentence(message=words)) for scope, words in SCOPE_WORDS.items()],
    )


@router.get(_PAGE)
def page(viewer: Oneself, services: ServicesOf) -> Response:
    """Show passkeys, the hospital's log-in, and programs."""
    return _page(viewer, services)


@router.post("/me/ways-in/passkeys/{passkey}/remove")
def remove_passkey(viewer: Oneself, _: RecentlyProved, services: ServicesOf, passkey: str) -> Response:
    """Remove a passkey; the last way in stays."""
    known = passkey_id(passkey)
    try:
        if known is not None:
            services.passkeys.remove(viewer.person, known)
    except PasskeyRefusedError:
        wrong = Sentence(message=N_("This is your last way in: add another before you remove it."))
        return _page(viewer, services, HTTPStatus.CONFLICT, wrong=wrong)
    return RedirectResponse(_PAGE, status_code=303)


@router.post("/me/ways-in/tokens")
def make_token(viewer: Oneself, _: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Make a token, and show its secret this once."""
    try:
        secret, token = services.programs.make(viewer.person, _wish(form))
    except TokenWishError:
        wrong = Sentence(message=N_("That is no token: name it, and choose what it may see of whom."))
        return _page(viewer, services, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=wrong)
    return _page(viewer, services, made=(secret, token))


@router.post("/me/ways-in/tokens/{token_id}/revoke")
def revoke_token(viewer: Oneself, services: ServicesOf, token_id: str) -> Response:
    """Make a token worthless at once."""
    services.programs.revoke(token_id, person=viewer.person, actor=viewer.person.id)
    return RedirectResponse(_PAGE, status_code=303)


def _wish(form: dict[str, str]) -> TokenWish:
    label, days = form.get("label", "").strip(), form.get("days", "")
    if not 0 < len(label) <= _LONGEST_LABEL:
        raise TokenWishError("a token needs a name that you know it by")
    if days not in {str(each) for each in DAYS}:
        raise TokenWishError("choose for how long it is good")
    return TokenWish(
        label=label,
        scopes=frozenset(scope for scope in Scope if f"scope-{scope}" in form),
        life_ms=int(days) * DAY_MS,
        is_read_only=form.get("may") != "change",
        patient_id=form.get("patient") or None,
    )


def _page(
    viewer: Viewer,
    services: Services,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    made: tuple[str, ApiToken] | None = None,
    wrong: Sentence | None = None,
) -> Response:
    view = ways_in_view(services, viewer)
    return render("ways_in.html", status, viewer=viewer, view=view, made=made, wrong=wrong)
