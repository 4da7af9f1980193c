"""Policies as FastAPI dependencies. A route takes one of the annotated types below, and is guarded by it.

>>> @router.get("/api/v1/patients/{patient_id}")
... def patient(visit: PatientVisit) -> PatientOut: ...
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import Depends
from starlette.requests import Request

from cloud.access.credentials import bearer_token, session_token
from cloud.access.errors import (
    NotAdministratorError,
    NotAGatewayError,
    NotSignedInError,
    NotTreatingError,
    NotVisibleError,
)
from cloud.access.policies import Policy
from cloud.access.sessions import Viewer
from cloud.ports import Alert, AlertState, Patient, Role
from cloud.services import Services, services_of

__all__ = [
    "Administrator",
    "AlertVisit",
    "Anyone",
    "Collecting",
    "Guard",
    "KnownGateway",
    "PatientVisit",
    "SignedIn",
    "TreatmentVisit",
    "VisitedAlert",
    "VisitedPatient",
    "viewer_of",
]

_NOBODY = ""  # no patient's id
_TREATING = frozenset({Role.CLINICIAN, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitedPatient:
    """A patient somebody may see, and who looks."""

    viewer: Viewer
    patient: Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitedAlert:
    """An alert of a patient somebody may see, and who looks."""

    viewer: Viewer
    patient: Patient
    alert: Alert


class Guard:
    """A dependency that lets through what its policy allows, and nothing else."""

    policy: ClassVar[Policy]


class _Public(Guard):
    policy = Policy.PUBLIC

    async def __call__(self) -> None:
        """Let anybody through."""


class _SignedIn(Guard):
    policy = Policy.SIGNED_IN

    def __call__(self, request: Request) -> Viewer:
        """Return who is signed in."""
        return viewer_of(request, services_of(request))


class _Administrator(Guard):
    policy = Policy.ADMINISTRATOR

    def __call__(self, request: Request) -> Viewer:
        """Return the administrator."""
        viewer = viewer_of(request, services_of(request))
        if viewer.person.role is not Role.ADMINISTRATOR:
            raise NotAdministratorError("only an administrator may see this: ask one, or sign in as one")
        return viewer


class _PatientVisible(Guard):
    policy = Policy.PATIENT_VISIBLE

    def __call__(self, request: Request, patient_id: str) -> VisitedPatient:
        """Return the patient, if the viewer may see them now."""
        services = services_of(request)
        viewer = viewer_of(request, services)
        return VisitedPatient(viewer=viewer, patient=_visible(services, viewer, patient_id))


class _PatientTreated(Guard):
    policy = Policy.PATIENT_TREATED
    _visible = _PatientVisible()

    def __call__(self, request: Request, patient_id: str) -> VisitedPatient:
        """Return the patient, if the viewer may see them now and treats people."""
        visit = self._visible(request, patient_id)
        if visit.viewer.person.role not in _TREATING:
            raise NotTreatingError("only a clinician or an administrator may change this: ask one")
        return visit


class _AlertVisible(Guard):
    policy = Policy.PATIENT_VISIBLE

    def __call__(self, request: Request, alert_id: str) -> VisitedAlert:
        """Return the alert, if the viewer may see its patient now."""
        services = services_of(request)
        viewer = viewer_of(request, services)
        found = services.alerts.alert(alert_id)
        alert = None if found is None or found.state is AlertState.PENDING else found
        patient = _visible(services, viewer, _NOBODY if alert is None else alert.patient_id)
        if alert is None:
            raise _not_visible()
        return VisitedAlert(viewer=viewer, patient=patient, alert=alert)


class _Gateway(Guard):
    policy = Policy.GATEWAY

    def __call__(self, request: Request) -> str:
        """Return the gateway whose token this is; a person's session is none."""
        token = bearer_token(request)
        gateway = None if token is None else services_of(request).gateway_access.gateway(token)
        if gateway is None:
            raise NotAGatewayError(
                "no gateway has this token: send as a bearer token what `carewire cloud gateway add` printed"
            )
        return gateway


class _Collecting(Guard):
    policy = Policy.METRICS
    _administrator = _Administrator()

    def __call__(self, request: Request) -> None:
        """Let through whoever has the token for metrics, and administrators."""
        token = bearer_token(request)
        if token is None or not services_of(request).metrics.knows(token):
            self._administrator(request)


Anyone = Annotated[None, Depends(_Public())]
SignedIn = Annotated[Viewer, Depends(_SignedIn())]
Administrator = Annotated[Viewer, Depends(_Administrator())]
PatientVisit = Annotated[VisitedPatient, Depends(_PatientVisible())]
TreatmentVisit = Annotated[VisitedPatient, Depends(_PatientTreated())]
AlertVisit = Annotated[VisitedAlert, Depends(_AlertVisible())]
KnownGateway = Annotated[str, Depends(_Gateway())]
Collecting = Annotated[None, Depends(_Collecting())]


def viewer_of(request: Request, services: Services) -> Viewer:
    """Return who is signed in.

    Raises
    ------
    NotSignedInError
        If nobody is.
    TooManyRequestsError
        If they ask for more than their share.
    """
    token = session_token(request, services.site)
    viewer = None if token is None else services.sessions.viewer(token)
    if viewer is None:
        raise NotSignedInError("nobody is signed in: open a sign-in link, or send a bearer token")
    effort = getattr(request.scope.get("route"), "effort", None)
    if effort is not None:
        services.paces.count(viewer, effort)
    return viewer


def _visible(services: Services, viewer: Viewer, patient_id: str) -> Patient:
    """Return the patient. What is unknown and what is not theirs take the same steps, so the same time."""
    if not services.directory.may_see(viewer.person, patient_id, services.clock.wall_ms()):
        raise _not_visible()
    patient = services.directory.patient(patient_id)
    if patient is None:
        raise _not_visible()
    return patient


def _not_visible() -> NotVisibleError:
    return NotVisibleError("there is nothing here for you: check the address, or ask for a grant")
