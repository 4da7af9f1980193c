"""Policies as FastAPI dependencies. A route takes one of the annotated types below, and is guarded by it.

>>> @router.get("/api/v1/patients/{patient_id}")
... def patient(visit: PatientVisit) -> PatientOut: ...
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from cloud.access.api_token_form import looks_like_api_token
from cloud.access.audit_log import note_viewer
from cloud.access.credentials import bearer_token, session_token
from cloud.access.errors import (
    LimitedError,
    NotAdministratorError,
    NotAGatewayError,
    NotClinicianError,
    NotOpenError,
    NotSignedInError,
    NotTreatingError,
    NotVisibleError,
)
from cloud.access.looking import looked
from cloud.access.policies import Policy
from cloud.access.relations import Decision, Verdict
from cloud.access.sessions import Viewer
from cloud.access.shield import SAFE_METHODS
from cloud.access.visits import VisitedAlert, VisitedPatient, need_of
from cloud.gateways.errors import NotInvitedError
from cloud.ports import AlertState, Role
from cloud.services import Services, services_of
from vitals.errors import AccessDeniedError

__all__ = [
    "Administrator",
    "AlertVisit",
    "AlertsSettingVisit",
    "AlertsVisit",
    "Anyone",
    "Clinician",
    "Collecting",
    "Guard",
    "Invited",
    "KnownGateway",
    "MessagesVisit",
    "NotingVisit",
    "Oneself",
    "OwnVisit",
    "PatientVisit",
    "RehearsalVisit",
    "SignedIn",
    "TreatmentVisit",
    "VisitedAlert",
    "VisitedPatient",
    "VitalsVisit",
    "WaveformsVisit",
    "still_there",
    "viewer_of",
]

_NOBODY: Final = ""  # no patient's id


class Guard:
    """A dependency that lets through what its policy allows, and nothing else."""

    policy: Policy


class _Public(Guard):
    policy = Policy.PUBLIC

    async def __call__(self) -> None:
        """Let anybody through."""


class _SignedIn(Guard):
    policy = Policy.SIGNED_IN

    def __call__(self, request: Request) -> Viewer:
        """Return who is signed in, or for whom a program speaks."""
        return viewer_of(request, services_of(request))


class _Oneself(Guard):
    policy = Policy.ONESELF

    def __call__(self, request: Request) -> Viewer:
        """Return who is signed in: a person, not a program that speaks for one."""
        viewer = viewer_of(request, services_of(request))
        if viewer.limits is not None:
            raise LimitedError("this is for its owner alone, and no token's: sign in to do it")
        return viewer


class _Administrator(Guard):
    policy = Policy.ADMINISTRATOR

    def __call__(self, request: Request) -> Viewer:
        """Return the administrator."""
        viewer = viewer_of(request, services_of(request))
        if viewer.person.role is not Role.ADMINISTRATOR:
            raise NotAdministratorError("only an administrator may see this: ask one, or sign in as one")
        if viewer.limits is not None:
            raise LimitedError("this token may not administer: sign in to do it")
        return viewer


class _Clinician(Guard):
    policy = Policy.CLINICIAN

    def __call__(self, request: Request) -> Viewer:
        """Return the clinician."""
        viewer = viewer_of(request, services_of(request))
        if viewer.person.role is not Role.CLINICIAN:
            raise NotClinicianError("only a clinician may do this: ask one, or sign in as one")
        if viewer.limits is not None:
            raise LimitedError("this token may not do this: sign in to do it")
        return viewer


class _OfPatient(Guard):
    """Lets through whoever the policy's need allows, by the relation that is in force."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __call__(self, request: Request, patient_id: str) -> VisitedPatient:
        """Return the patient, and what of them is open to the viewer now."""
        services = services_of(request)
        viewer = viewer_of(request, services)
        decision = _decided(request, viewer, patient_id, self.policy)
        patient = services.directory.patient(patient_id)
        if patient is None:
            raise _refused(Verdict.NO_RELATION)
        looked(services, viewer, self.policy, [patient.id])
        return VisitedPatient(viewer=viewer, patient=patient, scopes=decision.scopes, bases=decision.bases)


class _OfAlert(Guard):
    """Lets through whoever may see alerts of the patient. To others the alert does not exist."""

    policy = Policy.PATIENT_ALERTS

    def __call__(self, request: Request, alert_id: str) -> VisitedAlert:
        """Return the alert, its patient, and what of them is open to the viewer now."""
        services = services_of(request)
        viewer = viewer_of(request, services)
        found = services.alerts.alert(alert_id)
        alert = None if found is None or found.state is AlertState.PENDING else found
        try:
            patient_id = _NOBODY if alert is None else alert.patient_id
            decision = _decided(request, viewer, patient_id, self.policy)
        except NotOpenError as error:
            raise _refused(Verdict.NO_RELATION) from error
        patient = services.directory.patient(patient_id)
        if alert is None or patient is None:
            raise _refused(Verdict.NO_RELATION)
        looked(services, viewer, self.policy, [patient.id])
        return VisitedAlert(
            viewer=viewer, patient=patient, scopes=decision.scopes, bases=decision.bases, alert=alert
        )


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


class _Invited(Guard):
    policy = Policy.INVITED

    def __call__(self, request: Request) -> str:
        """Return the token of a code that was given out; whether it was used up is told where it is used."""
        token = bearer_token(request)
        if token is None or not services_of(request).enrolment.knows(token):
            raise NotInvitedError(
                "this code is no good, or no longer: make a new one with `carewire cloud gateway invite`"
            )
        return token


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
Oneself = Annotated[Viewer, Depends(_Oneself())]
Administrator = Annotated[Viewer, Depends(_Administrator())]
PatientVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_RELATED))]
VitalsVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_VITALS))]
WaveformsVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_WAVEFORMS))]
AlertsVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_ALERTS))]
AlertsSettingVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_ALERTS_SET))]
MessagesVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_MESSAGED))]
NotingVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_NOTED))]
RehearsalVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_REHEARSED))]
Clinician = Annotated[Viewer, Depends(_Clinician())]
TreatmentVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_TREATED))]
OwnVisit = Annotated[VisitedPatient, Depends(_OfPatient(Policy.PATIENT_OWN))]
AlertVisit = Annotated[VisitedAlert, Depends(_OfAlert())]
KnownGateway = Annotated[str, Depends(_Gateway())]
Invited = Annotated[str, Depends(_Invited())]
Collecting = Annotated[None, Depends(_Collecting())]


def viewer_of(request: Request, services: Services) -> Viewer:
    """Return who is signed in, or for whom a program speaks.

    Raises
    ------
    NotSignedInError
        If nobody is.
    TooManyRequestsError
        If they ask for more than their share.
    """
    program, token = bearer_token(request), session_token(request, services.site)
    if program is not None and looks_like_api_token(program):
        viewer = services.programs.viewer(program)
    else:
        viewer = None if token is None else services.sessions.viewer(token)
    if viewer is None:
        raise NotSignedInError("nobody is signed in: open a sign-in link, or send a bearer token")
    note_viewer(request, viewer)
    effort = getattr(request.scope.get("route"), "effort", None)
    if effort is not None:
        services.paces.count(viewer, effort)
    return viewer


def still_there(services: Services, viewer: Viewer) -> Viewer | None:
    """Return a viewer as they are now; None if they signed out, or their token is good no more."""
    if viewer.limits is not None:
        return services.programs.still(viewer.session)
    return services.sessions.again(viewer)


def _decided(request: Request, viewer: Viewer, patient_id: str, policy: Policy) -> Decision:
    """Return the decision that lets a viewer in; unknown patients take the same steps as those not theirs."""
    services = services_of(request)
    need = replace(need_of(policy), changes=request.method not in SAFE_METHODS)
    decision = services.gatekeeper.decide(
        viewer.person.id, patient_id, need, services.clock.wall_ms(), viewer.limits
    )
    if not decision.is_allowed:
        raise _refused(decision.verdict)
    return decision


_REFUSALS: Final[Mapping[Verdict, tuple[type[AccessDeniedError], str]]] = MappingProxyType(
    {
        Verdict.NO_RELATION: (
            NotVisibleError,
            "there is nothing here for you: check the address, or ask for a grant",
        ),
        Verdict.NOT_IN_SCOPE: (
            NotOpenError,
            "this part of the patient's record is not open to you: ask the patient to open it",
        ),
        Verdict.NOT_BY_SUCH_A_RELATION: (
            NotOpenError,
            "your relation to the patient does not allow this: ask the patient, or who acts for them",
        ),
        Verdict.NOT_IN_SUCH_A_ROLE: (
            NotTreatingError,
            "only a clinician or an administrator may change this: ask one",
        ),
        Verdict.NOT_BY_A_PROGRAM: (LimitedError, "no program does this for anybody: sign in to do it"),
        Verdict.READ_ONLY: (LimitedError, "this token only reads: use one that may change things"),
    }
)


def _refused(verdict: Verdict) -> AccessDeniedError:
    kind, sentence = _REFUSALS[verdict]
    return kind(sentence)
