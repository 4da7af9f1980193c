"""The administrator's pages of people: who may sign in and how, who was invited; adding a patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Query
from starlette.responses import Response

from cloud.access.errors import UnfitError
from cloud.access.guards import Administrator
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.ports import Account, KeptSession, Link, Patient, Person, Role
from cloud.services import Services
from cloud.web.administration.listing import Find, PageNumber, listing
from cloud.web.forms import Form
from cloud.web.refusals import Refusal, refusal
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

__all__ = ["PATH", "ROLES", "PersonRow", "person_row", "router"]

router = policed_router("people-pages", documented=False)

PATH: Final = "/admin/people"
Show = Annotated[str, Query(pattern="^(|waiting|locked|patient|caregiver|clinician|administrator)$")]

ROLES: Final = MappingProxyType(
    {
        Role.PATIENT: Sentence(message=N_("Patient")),
        Role.CAREGIVER: Sentence(message=N_("Family or caregiver")),
        Role.CLINICIAN: Sentence(message=N_("Clinician")),
        Role.ADMINISTRATOR: Sentence(message=N_("Administrator")),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody who may sign in, or a patient who does not; how they do, and whether they were invited."""

    person: Person | None
    patient: Patient | None
    account: Account
    waiting: Link | None

    @property
    def name(self) -> str:
        """What they are called."""
        return self.person.display_name if self.person else self.patient.display_name if self.patient else ""

    @property
    def is_locked(self) -> bool:
        """Whether nobody can sign in as them."""
        return self.account.closed_ms is not None

    @property
    def way(self) -> Sentence:
        """How they sign in."""
        if self.person is None:
            return _NOT_THEMSELVES
        if self.account.password is None:
            return _BY_LINK
        return _BY_CODE if self.account.has_totp else _BY_PASSWORD

    @property
    def words(self) -> tuple[str | None, ...]:
        """By what they are searched for."""
        patient_id = self.patient.id if self.patient else self.person.patient_id if self.person else None
        return (self.name, self.person.id if self.person else None, patient_id)


_NOT_THEMSELVES: Final = Sentence(message=N_("does not sign in"))
_BY_LINK: Final = Sentence(message=N_("no password yet"))
_BY_PASSWORD: Final = Sentence(message=N_("password"))
_BY_CODE: Final = Sentence(message=N_("password and code"))


@router.get(PATH)
def people_page(
    viewer: Administrator, services: ServicesOf, find: Find = "", show: Show = "", page: PageNumber = 1
) -> Response:
    """Show everybody who may sign in, and every patient; nothing of anybody's health."""
    return _people(viewer, services, find, show, page)


@router.post(f"{PATH}/patients")
def add_patient(viewer: Administrator, _: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Add a patient, and show their code; and the link by which they come in, if they are to, once."""
    try:
        patient, token = services.entrance.people.add_patient(
            form.get("display_name", ""), signs_in="signs_in" in form, by=viewer.person
        )
    except UnfitError as error:
        return _people(viewer, services, error=refusal(error), typed=form)
    return render(
        "admin_patient_added.html",
        viewer=viewer,
        patient=patient,
        link=None if token is None else f"{services.site.url}/invitation?token={token}",
    )


def person_row(services: Services, person: Person) -> PersonRow:
    """Return one of them."""
    desk = services.entrance.people
    return PersonRow(
        person=person,
        patient=None if person.patient_id is None else services.directory.patient(person.patient_id),
        account=desk.accounts.store.account(person.id),
        waiting=desk.waiting().get(person.id),
    )


def _people(  # noqa: PLR0913, PLR0917 - the parts of the address, and what was typed
    viewer: Administrator,
    services: Services,
    find: str = "",
    show: str = "",
    number: int = 1,
    error: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    rows = _rows(services)
    shown = listing(
        rows,
        lambda row: row.words,
        find=find,
        number=number,
        path=PATH,
        asked={"show": show},
        is_wanted=lambda row: _is_wanted(row, show),
    )
    return render(
        "admin_people.html",
        200 if error is None else 422,
        viewer=viewer,
        list=shown,
        sessions={row.person.id: _newest(services, row.person) for row in shown.rows if row.person},
        show=show,
        roles=ROLES,
        waiting=sum(1 for row in rows if row.waiting),
        locked=sum(1 for row in rows if row.is_locked),
        signing_in=sum(1 for row in rows if row.person),
        error=error,
        typed=typed or {},
        now_ms=services.clock.wall_ms(),
    )


def _rows(services: Services) -> Sequence[PersonRow]:
    desk = services.entrance.people
    accounts, waiting = desk.all_accounts(), desk.waiting()
    patients = {each.id: each for each in services.directory.every_patient()}
    people = desk.everybody()
    rows = [
        PersonRow(
            person=each,
            patient=patients.get(each.patient_id or ""),
            account=accounts.get(each.id, Account(person_id=each.id)),
            waiting=waiting.get(each.id),
        )
        for each in people
    ]
    represented = {each.patient_id for each in people}
    rows += [
        PersonRow(person=None, patient=each, account=Account(person_id=""), waiting=None)
        for each in patients.values()
        if each.id not in represented
    ]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.name))


def _is_wanted(row: PersonRow, show: str) -> bool:
    if show == "waiting":
        return row.waiting is not None
    if show == "locked":
        return row.is_locked
    role = row.person.role if row.person else Role.PATIENT
    return not show or role == show


def _newest(services: Services, person: Person) -> KeptSession | None:
    """Return where somebody is signed in and was last, if they are."""
    return next(iter(services.sessions.open_sessions(person.id)), None)
