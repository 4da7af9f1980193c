"""How many messages wait for somebody, for the pages that lead to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloud.access.policies import Policy
from cloud.access.sessions import Viewer
from cloud.access.visits import VisitedPatient, need_of
from cloud.ports import Patient
from cloud.services import Services

__all__ = ["UnreadRow", "may_read_messages", "unread_in", "unread_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadRow:
    """A patient with messages that wait for the viewer, and how many."""

    patient: Patient
    count: int


def may_read_messages(services: Services, viewer: Viewer, patient_id: str) -> bool:
    """Tell whether a patient's thread is open to somebody now."""
    need, now_ms = need_of(Policy.PATIENT_MESSAGED), services.clock.wall_ms()
    return services.gatekeeper.decide(viewer.person.id, patient_id, need, now_ms, viewer.limits).is_allowed


def unread_in(services: Services, viewer: Viewer, patient_id: str) -> int:
    """Return how many messages of a patient's thread wait for somebody who may read them."""
    return services.messages.unread(viewer.person.id, [patient_id]).get(patient_id, 0)


def unread_rows(services: Services, viewer: Viewer, visits: Sequence[VisitedPatient]) -> Sequence[UnreadRow]:
    """Return those of these patients who have messages that wait for the viewer and are open to them."""
    need, now_ms = need_of(Policy.PATIENT_MESSAGED), services.clock.wall_ms()
    is_open = services.gatekeeper.patients_open_to(viewer.person.id, need, now_ms, viewer.limits)
    patients = {one.patient.id: one.patient for one in visits if one.patient.id in is_open}
    counts = services.messages.unread(viewer.person.id, patients)
    return [UnreadRow(patient=one, count=counts[one.id]) for one in patients.values() if one.id in counts]
