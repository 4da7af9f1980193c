"""Messages between a patient and those who care for them: one thread, read and written on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import RedirectResponse, Response

from cloud.access.guards import MessagesVisit, VisitedPatient
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.api.sharing import name_of
from cloud.care.message_desk import LONGEST_MESSAGE
from cloud.ports import PatientMessage
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.refusals import refusal, status_of
from cloud.web.rendering import render
from vitals.errors import CarewireError, StorageError, ValidationError

router = policed_router("message-pages", documented=False)

MOST_MESSAGES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A message, who wrote it, whether it is new to the reader, and who else has read up to it."""

    message: PatientMessage
    author: str
    is_own: bool
    is_new: bool
    read_by: Sequence[str]


@router.get("/patients/{patient_id}/messages")
def messages_page(visit: MessagesVisit, services: ServicesOf) -> Response:
    """Show the newest messages, newest last, and a form for another; who looks has read them."""
    return _page(visit, services)


@router.post("/patients/{patient_id}/messages")
def write_message(visit: MessagesVisit, services: ServicesOf, form: Form) -> Response:
    """Keep a message, and have the others told; one that cannot be kept stays in the form."""
    text = form.get("text", "")
    try:
        services.messages.write(visit.patient.id, text, by=visit.viewer.person.id)
    except (ValidationError, StorageError) as error:
        return _page(visit, services, error, text)
    return RedirectResponse(f"/patients/{visit.patient.id}/messages#newest", status_code=303)


def _page(
    visit: VisitedPatient, services: Services, error: CarewireError | None = None, text: str = ""
) -> Response:
    newest_first = services.messages.newest(visit.patient.id, MOST_MESSAGES + 1)
    shown = newest_first[:MOST_MESSAGES][::-1]
    marks = services.messages.read_up_to(visit.patient.id)
    if error is None:
        _have_read(visit, services, shown, marks)
    rows = _rows(visit, services, shown, marks)
    return render(
        "messages.html",
        status_of(error),
        viewer=visit.viewer,
        patient=visit.patient,
        rows=rows,
        new=sum(row.is_new for row in rows),
        is_cut=len(newest_first) > MOST_MESSAGES,
        failed=None if error is None else refusal(error),
        text=text,
        longest=LONGEST_MESSAGE,
        now_ms=services.clock.wall_ms(),
    )


def _have_read(
    visit: VisitedPatient, services: Services, shown: Sequence[PatientMessage], marks: Mapping[str, int]
) -> None:
    """Note that the viewer has read what is shown now; a program that looks has read nothing for anybody."""
    me = visit.viewer.person.id
    if visit.viewer.limits is None and shown and shown[-1].number > marks.get(me, 0):
        services.messages.read(visit.patient.id, shown[-1].number, by=me)


def _rows(
    visit: VisitedPatient, services: Services, shown: Sequence[PatientMessage], marks: Mapping[str, int]
) -> Sequence[MessageRow]:
    me = visit.viewer.person.id
    names = {one.author_id: name_of(services, one.author_id) for one in shown}
    readers = {who: mark for who, mark in marks.items() if who != me}
    return [
        MessageRow(
            message=one,
            author=names[one.author_id],
            is_own=one.author_id == me,
            is_new=one.author_id != me and one.number > marks.get(me, 0),
            read_by=[
                name_of(services, who)
                for who, mark in readers.items()
                if mark == one.number and who != one.author_id
            ],
        )
        for one in shown
    ]
