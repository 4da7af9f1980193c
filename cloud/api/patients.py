"""Patients somebody may see, and who they themselves are."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import PatientVisit, SignedIn
from cloud.access.looking import SUMMARY, looked
from cloud.access.policies import Policy
from cloud.access.visits import open_to
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.ports import Patient, Role

router = policed_router("patients")

MOST_PATIENTS = 500


class MeOut(BaseModel):
    """Who is signed in."""

    id: str
    display_name: str
    role: Role
    patient_id: str | None = Field(description="Whose readings are this person's own, if anybody's.")


class PatientOut(BaseModel):
    """A patient; `id` is a pseudonym."""

    id: str
    display_name: str


class PatientsOut(BaseModel):
    """The patients visible to the caller; `omitted` more are visible and not listed."""

    patients: list[PatientOut]
    omitted: int


@router.get("/api/v1/me", responses=problems(503))
def me(viewer: SignedIn) -> MeOut:
    """Tell who is signed in, or for whom a program speaks."""
    person, limits = viewer.person, viewer.limits
    is_told = limits is None or limits.patient_id in {None, person.patient_id}
    return MeOut(
        id=person.id,
        display_name=person.display_name,
        role=person.role,
        patient_id=person.patient_id if is_told else None,
    )


@router.get("/api/v1/patients", responses=problems(422, 503))
def patients(
    viewer: SignedIn, services: ServicesOf, limit: Annotated[int, Query(ge=1, le=MOST_PATIENTS)] = 100
) -> PatientsOut:
    """List the patients the caller may see now."""
    visible = open_to(services, viewer, Policy.PATIENT_RELATED)
    looked(services, viewer, SUMMARY, [each.patient.id for each in visible[:limit]])
    return PatientsOut(
        patients=[_patient_out(each.patient) for each in visible[:limit]],
        omitted=max(0, len(visible) - limit),
    )


@router.get("/api/v1/patients/{patient_id}", responses=problems(503))
def patient(visit: PatientVisit) -> PatientOut:
    """Return one patient."""
    return _patient_out(visit.patient)


def _patient_out(patient: Patient) -> PatientOut:
    return PatientOut(id=patient.id, display_name=patient.display_name)
