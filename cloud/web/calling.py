"""Whom to call about a patient: the patient, and help where they live."""

from dataclasses import dataclass

from cloud.access.visits import VisitedPatient
from cloud.services import Services

__all__ = ["Calls", "calls_to", "dialled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Numbers as somebody gave them, for whoever is not the patient; None: nobody did."""

    patient: str | None
    emergency: str | None

    @property
    def to_patient(self) -> str | None:
        """The address that a telephone opens (RFC 3966)."""
        return None if self.patient is None else f"tel:{dialled(self.patient)}"

    @property
    def to_emergency(self) -> str | None:
        """The same of help."""
        return None if self.emergency is None else f"tel:{dialled(self.emergency)}"


def calls_to(services: Services, visit: VisitedPatient) -> Calls:
    """Return whom the viewer of a patient can call: nobody calls themselves."""
    known = services.facts.now(visit.patient.id)
    is_own = visit.viewer.person.patient_id == visit.patient.id
    return Calls(patient=None if is_own else known.phone, emergency=known.emergency_phone)


def dialled(number: str) -> str:
    """Return a number as a telephone dials it."""
    return "".join(each for each in number if each in "+0123456789")
