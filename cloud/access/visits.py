"""What a guard found: a patient, who looks at them, and what of them is open to that person now."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloud.access.policies import POLICIES, Policy
from cloud.access.relations import Need
from cloud.access.sessions import Viewer
from cloud.ports import Alert, Basis, Patient, Scope
from cloud.services import Services
from vitals.errors import ConfigurationError

__all__ = ["VisitedAlert", "VisitedPatient", "need_of", "open_to"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitedPatient:
    """A patient, who looks, and what of the patient is open to them by which relations."""

    viewer: Viewer
    patient: Patient
    scopes: frozenset[Scope]
    bases: frozenset[Basis]

    def shows(self, scope: Scope) -> bool:
        """Tell whether a scope is open."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitedAlert(VisitedPatient):
    """An alert of a patient, and who looks."""

    alert: Alert


def need_of(policy: Policy) -> Need:
    """Return what a policy needs of the relation to a patient.

    Raises
    ------
    ConfigurationError
        If it is about no patient.
    """
    need = POLICIES[policy].need
    if need is None:
        raise ConfigurationError(f"policy {policy} is about no patient: declare one that is")
    return need


def open_to(services: Services, viewer: Viewer, policy: Policy) -> Sequence[VisitedPatient]:
    """Return every patient with whom the policy lets a viewer do what it is for, by name."""
    found = services.gatekeeper.patients_open_to(
        viewer.person.id, need_of(policy), services.clock.wall_ms(), viewer.limits
    )
    return tuple(
        VisitedPatient(viewer=viewer, patient=one, scopes=found[one.id].scopes, bases=found[one.id].bases)
        for one in services.directory.known_patients(found)
    )
