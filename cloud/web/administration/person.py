"""The administrator's page of one person: how they sign in, and what can be done about that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Path
from starlette.responses import RedirectResponse, Response

from cloud.access.errors import UnfitError
from cloud.access.guards import Administrator
from cloud.access.people_desk import PeopleDesk
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.ports import Person
from cloud.services import Services
from cloud.web.administration.people import PATH, ROLES, PersonRow, person_row
from cloud.web.refusals import Refusal, refusal
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

router = policed_router("person-pages", documented=False)

PersonId = Annotated[str, Path(max_length=64)]
ActName = Annotated[str, Path(pattern="^(lock|unlock|sign-out|remove-code|withdraw|new-link)$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What can be done about an account: when, what is asked before, and who does it.

    What it returns is the secret of a link, to be shown once; or nothing.
    """

    words: str
    asks: str
    is_for: Callable[[PersonRow], bool]
    act: Callable[[PeopleDesk, Person, Person], str | None]


ACTS: Final[Mapping[str, _Act]] = MappingProxyType(
    {
        "new-link": _Act(
            words=N_("Make a new link"),
            asks=N_(
                "With it they choose a name and a password anew. Earlier links are worthless at once; the "
                "password, codes and passkeys they have are good until it is used."
            ),
            is_for=lambda row: not row.is_locked,
            act=lambda desk, person, by: desk.invitations.reset(person.id, by),
        ),
        "withdraw": _Act(
            words=N_("Withdraw the link"),
            asks=N_("Whoever has the link cannot come in by it any more."),
            is_for=lambda row: row.waiting is not None,
            act=PeopleDesk.withdraw,
        ),
        "sign-out": _Act(
            words=N_("Sign out everywhere"),
            asks=N_("They are signed out on every device, and can sign in again."),
            is_for=lambda row: not row.is_locked,
            act=PeopleDesk.end_sessions,
        ),
        "remove-code": _Act(
            words=N_("Ask for no code"),
            asks=N_(
                "For a lost telephone. Be sure that it is they who ask: their password alone lets them in "
                "then. They are signed out everywhere, and told."
            ),
            is_for=lambda row: row.account.has_totp,
            act=PeopleDesk.remove_second_factor,
        ),
        "lock": _Act(
            words=N_("Lock the account"),
            asks=N_(
                "Nobody can sign in as them, they see nothing and are told of no alert, until it is opened "
                "again."
            ),
            is_for=lambda row: not row.is_locked,
            act=PeopleDesk.lock,
        ),
        "unlock": _Act(
            words=N_("Open the account"),
            asks=N_("They can sign in again by what they had, and see again what is open to them."),
            is_for=lambda row: row.is_locked,
            act=PeopleDesk.unlock,
        ),
    }
)


@router.get(f"{PATH}/{{person_id}}")
def person_page(person_id: PersonId, viewer: Administrator, services: ServicesOf) -> Response:
    """Show how somebody signs in, where they are signed in, and what can be done."""
    return _page(viewer, services, services.entrance.people.known(person_id))


@router.get(f"{PATH}/{{person_id}}/{{act}}")
def act_page(person_id: PersonId, act: ActName, viewer: Administrator, services: ServicesOf) -> Response:
    """Ask once more, and say what it does."""
    person = services.entrance.people.known(person_id)
    return render(
        "admin_person_act.html",
        viewer=viewer,
        person=person,
        act=act,
        words=Sentence(message=ACTS[act].words),
        asks=Sentence(message=ACTS[act].asks),
    )


@router.post(f"{PATH}/{{person_id}}/{{act}}")
def do(
    person_id: PersonId, act: ActName, viewer: Administrator, _: RecentlyProved, services: ServicesOf
) -> Response:
    """Do it; a link that is made is shown once."""
    desk = services.entrance.people
    person = desk.known(person_id)
    try:
        token = ACTS[act].act(desk, person, viewer.person)
    except UnfitError as error:
        return _page(viewer, services, person, refusal(error))
    if token is None:
        return RedirectResponse(f"{PATH}/{person.id}", status_code=303)
    return render(
        "invited.html",
        viewer=viewer,
        name=person.display_name,
        link=f"{services.site.url}/invitation?token={token}",
        back=f"{PATH}/{person.id}",
    )


def _page(
    viewer: Administrator, services: Services, person: Person, error: Refusal | None = None
) -> Response:
    row = person_row(services, person)
    return render(
        "admin_person.html",
        200 if error is None else 422,
        viewer=viewer,
        row=row,
        role=ROLES[person.role],
        sessions=services.sessions.open_sessions(person.id),
        passkeys=len(services.passkeys.book.passkeys_of(person.id)),
        acts=[(name, Sentence(message=each.words)) for name, each in ACTS.items() if each.is_for(row)],
        is_own=person.id == viewer.person.id,
        error=error,
        now_ms=services.clock.wall_ms(),
    )
