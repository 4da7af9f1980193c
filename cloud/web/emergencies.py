"""Records that were opened without a grant, for review: all for an administrator, their own for a patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Path
from starlette.responses import RedirectResponse, Response

from cloud.access.errors import NotVisibleError
from cloud.access.guards import Administrator, OwnVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.api.sharing import name_of
from cloud.ports import GlassBreak
from cloud.services import Services
from cloud.web.rendering import render

router = policed_router("emergency-reviews", documented=False)

MOST_ROWS: Final = 200
_ID: Final = Path(max_length=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """Who looked into an opening, on which side, and when."""

    who: str
    for_owner: bool
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRow:
    """One opening: who, whose, why, from when until when, and who looked into it."""

    id: str
    who: str
    patient_id: str
    reason: str
    from_ms: int
    until_ms: int
    is_open: bool
    reviews: tuple[ReviewRow, ...]
    awaits: bool
    is_own: bool


@router.get("/admin/emergencies")
def emergencies_page(viewer: Administrator, services: ServicesOf) -> Response:
    """Show what was opened in the house, what nobody has looked into first."""
    found = services.glass.all(MOST_ROWS)
    rows = [_row(services, one, viewer.person.id) for one in found]
    return render("emergencies.html", viewer=viewer, patient=None, rows=rows, action="/admin/emergencies")


@router.post("/admin/emergencies/{break_id}/review")
def review(viewer: Administrator, services: ServicesOf, break_id: Annotated[str, _ID]) -> Response:
    """Note that the house looked into one, and go back to the list."""
    _reviewed(services, services.glass.broken(break_id), viewer.person.id)
    return RedirectResponse("/admin/emergencies", status_code=303)


@router.get("/patients/{patient_id}/emergencies")
def own_emergencies_page(visit: OwnVisit, services: ServicesOf) -> Response:
    """Show a patient, or who acts for them, each time their record was opened so."""
    found = services.glass.of(visit.patient.id)
    rows = [_row(services, one, visit.viewer.person.id, for_owner=True) for one in found]
    action = f"/patients/{visit.patient.id}/emergencies"
    return render("emergencies.html", viewer=visit.viewer, patient=visit.patient, rows=rows, action=action)


@router.post("/patients/{patient_id}/emergencies/{break_id}/review")
def own_review(visit: OwnVisit, services: ServicesOf, break_id: Annotated[str, _ID]) -> Response:
    """Note that they looked into one, and go back to the list."""
    theirs = (one for one in services.glass.of(visit.patient.id) if one.id == break_id)
    _reviewed(services, next(theirs, None), visit.viewer.person.id, for_owner=True)
    return RedirectResponse(f"/patients/{visit.patient.id}/emergencies", status_code=303)


def _reviewed(services: Services, found: GlassBreak | None, by: str, *, for_owner: bool = False) -> None:
    """Note it; what is one's own has no button, and who posts it all the same is not told more than that."""
    if found is None or found.person_id == by:
        raise NotVisibleError("there is nothing for you to look into here: go back to the list")
    services.glass.review(found, by, for_owner=for_owner)


def _row(services: Services, one: GlassBreak, reader_id: str, *, for_owner: bool = False) -> EmergencyRow:
    return EmergencyRow(
        id=one.id,
        who=name_of(services, one.person_id),
        patient_id=one.patient_id,
        reason=one.reason,
        from_ms=one.from_ms,
        until_ms=one.until_ms,
        is_open=one.until_ms > services.clock.wall_ms(),
        reviews=tuple(_reviews(services, one)),
        awaits=(one.owner_reviewed_ms if for_owner else one.reviewed_ms) is None,
        is_own=one.person_id == reader_id,
    )


def _reviews(services: Services, one: GlassBreak) -> Sequence[ReviewRow]:
    sides = (
        (False, one.reviewed_by, one.reviewed_ms),
        (True, one.owner_reviewed_by, one.owner_reviewed_ms),
    )
    return [
        ReviewRow(who=name_of(services, by), for_owner=for_owner, at_ms=at_ms)
        for for_owner, by, at_ms in sides
        if by is not None and at_ms is not None
    ]
