"""The pages on which a patient, or who acts for them, has everything, and has everything erased.

Erasing takes a step of its own that says what is lost; what waits is shown here, on the patient's page and on
that of who may see what, each with a button that takes it back.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Path
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Anyone, Oneself, OwnVisit, VisitedPatient
from cloud.access.policies import Policy
from cloud.access.proof import RecentlyProved, is_proved
from cloud.access.sessions import Viewer
from cloud.access.visits import open_to
from cloud.api.dependencies import ServicesOf
from cloud.api.own_data import everything
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.ports import ErasureState
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

__all__ = ["WaitingErasure", "router", "waiting_erasure"]

router = policed_router("own data pages", documented=False)

_REFERENCE: Final = Path(max_length=64)
_STATES: Final[Mapping[ErasureState, Sentence]] = MappingProxyType(
    {
        ErasureState.WAITING: Sentence(message=N_("Nothing is erased yet.")),
        ErasureState.CANCELLED: Sentence(message=N_("It was taken back, and nothing was erased.")),
        ErasureState.WITHHELD: Sentence(
            message=N_("Nothing was erased: whoever asked for it could no longer ask when it was due.")
        ),
        ErasureState.BEGUN: Sentence(message=N_("It is being erased now.")),
        ErasureState.DONE: Sentence(message=N_("Everything is erased.")),
    }
)
_READINGS: Final = N_("stretches of readings")
_SORTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "patient": N_("records of a patient"),
        "person": N_("people who signed in as the patient"),
        "data_key": N_("keys, without which no copy can be read"),
        **dict.fromkeys(("point", "hot_run", "block", "minute_sums", "hour_sums"), _READINGS),
        "strip": N_("ECG strips and other recordings"),
        "event": N_("findings of devices"),
        "alert": N_("alerts"),
        "hand_off": N_("messages about alerts"),
        "fact_note": N_("notes"),
        "patient_grant": N_("leaves to see the record"),
    }
)
"""What is gone, by the name that the store counted it under."""
_OTHER: Final = N_("other rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingErasure:
    """What is shown of an erasure that can be taken back; `asked_by` None: who is not known any more."""

    reference: str
    asked_by: str | None
    is_own: bool
    asked_ms: int
    due_ms: int


def waiting_erasure(services: Services, viewer: Viewer, patient_id: str) -> WaitingErasure | None:
    """Return the erasure of a patient that waits, as it is shown to who may take it back; None: none does."""
    found = services.erasures.waiting(patient_id)
    if found is None:
        return None
    person = services.directory.person(found.asked_by)
    return WaitingErasure(
        reference=found.reference,
        asked_by=person.display_name if person else None,
        is_own=found.asked_by == viewer.person.id,
        asked_ms=found.asked_ms,
        due_ms=found.due_ms,
    )


@router.get("/me/export")
def whose_data(viewer: Oneself, services: ServicesOf) -> Response:
    """Lead somebody to their own data, or to that of whom they act for; of several they choose one."""
    theirs = open_to(services, viewer, Policy.PATIENT_OWN)
    if not theirs:
        raise ProblemError(HTTPStatus.NOT_FOUND, "no readings of yours are kept here, and you act for nobody")
    if len(theirs) == 1:
        return RedirectResponse(_page_of(theirs[0]), status_code=303)
    return render("whose_data.html", viewer=viewer, patients=[each.patient for each in theirs])


@router.get("/patients/{patient_id}/data")
def data_page(visit: OwnVisit, services: ServicesOf) -> Response:
    """Show how to have everything, and how to have it erased, or what waits."""
    return render(
        "own_data.html",
        **_whose(visit),
        waiting=waiting_erasure(services, visit.viewer, visit.patient.id),
        is_proved=is_proved(visit.viewer, services.clock.wall_ms()),
    )


@router.get("/patients/{patient_id}/data/everything.zip")
def everything_file(visit: OwnVisit, _proof: RecentlyProved, services: ServicesOf) -> Response:
    """Give everything in one file."""
    return everything(visit, services)


@router.get("/patients/{patient_id}/erasure")
def erasure_page(visit: OwnVisit, _proof: RecentlyProved, services: ServicesOf) -> Response:
    """Say what is lost, and ask whether it is really meant."""
    if services.erasures.waiting(visit.patient.id) is not None:
        return RedirectResponse(_page_of(visit), status_code=303)
    return _really(visit)


@router.post("/patients/{patient_id}/erasure")
def ask_to_be_erased(visit: OwnVisit, _proof: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Have everything erased in seven days, and show that it waits."""
    if "really" not in form:
        return _really(visit, HTTPStatus.BAD_REQUEST)
    services.erasures.ask(visit.patient.id, visit.viewer.person)
    return RedirectResponse(_page_of(visit), status_code=303)


@router.post("/patients/{patient_id}/erasure/take-back")
def take_back(visit: OwnVisit, services: ServicesOf) -> Response:
    """Have nothing erased, and show how things stand: who takes back what is taken back loses nothing."""
    services.erasures.take_back(visit.patient.id, visit.viewer.person)
    return RedirectResponse(_page_of(visit), status_code=303)


@router.get("/erasures/{reference}")
def certificate_page(_: Anyone, services: ServicesOf, reference: Annotated[str, _REFERENCE]) -> Response:
    """Show how far an erasure is to whoever has its reference; it names nobody."""
    found = services.erasures.by_reference(reference)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "no erasure has this reference: look whether it is whole")
    return render(
        "certificate.html",
        viewer=None,
        erasure=found,
        said=_STATES[found.state],
        gone=_gone(found.rows),
    )


def _gone(rows: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return how much of what is gone, in words, in the order of the table."""
    counts = Counter[str]()
    for sort, count in rows.items():
        counts[_SORTS.get(sort, _OTHER)] += count
    return [(words, counts[words]) for words in (*dict.fromkeys(_SORTS.values()), _OTHER) if counts[words]]


def _really(visit: VisitedPatient, status: int = HTTPStatus.OK) -> Response:
    return render("erasure.html", status, **_whose(visit), is_unsaid=status != HTTPStatus.OK)


def _whose(visit: VisitedPatient) -> dict[str, object]:
    return {
        "viewer": visit.viewer,
        "patient": visit.patient,
        "is_own": visit.viewer.person.patient_id == visit.patient.id,
    }


def _page_of(visit: VisitedPatient) -> str:
    return f"/patients/{visit.patient.id}/data"
