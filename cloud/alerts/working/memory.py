"""What the worker remembers of patients between steps: as it was last committed, whoever did that.

A revision tells whether somebody else wrote meanwhile (a person's word, a process that held the lease):
only then is a state read and decoded again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cloud.alerts.judging.state import PatientState, decode_state
from cloud.ports import AlertStateStore

__all__ = ["Known", "Memory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A patient's state of a revision; 0 before the first was kept."""

    revision: int
    state: PatientState


@dataclass(slots=True, kw_only=True)
class Memory:
    """The states of the patients that this worker evaluates, by the store's word on their revisions."""

    store: AlertStateStore
    _known: dict[str, Known] = field(default_factory=dict)

    def revisions(self, patient_ids: Collection[str]) -> Mapping[str, int]:
        """Return how each stands at the store now; 0 for who has no state."""
        return dict.fromkeys(patient_ids, 0) | dict(self.store.revisions(patient_ids))

    def recall(self, patient_id: str, revision: int) -> Known:
        """Return the state of a revision, or, should there be a newer one by now, that.

        Raises
        ------
        StorageError
            If it cannot be read.
        NewerStateError, StateUnreadableError
            If it cannot be understood.
        """
        known = self._known.get(patient_id)
        if known is None or known.revision != revision:
            known = self._known[patient_id] = self._read(patient_id)
        return known

    def keep(self, patient_id: str, known: Known) -> None:
        """Remember what has just been committed."""
        self._known[patient_id] = known

    def forget_all_but(self, patient_ids: Collection[str]) -> None:
        """Let go of whoever is not among them: erased, or evaluated elsewhere by now."""
        for each in self._known.keys() - set(patient_ids):
            del self._known[each]

    def _read(self, patient_id: str) -> Known:
        found = self.store.load(patient_id)
        if found.state is None:
            return Known(revision=0, state=PatientState(patient_id=patient_id))
        return Known(revision=found.revision, state=decode_state(found.state))
