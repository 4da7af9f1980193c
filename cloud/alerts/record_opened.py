"""The alert by which a patient and theirs are told that somebody broke the glass."""

from dataclasses import dataclass
from typing import Final

from cloud.alerts.judging.evaluate import of_record
from cloud.alerts.judging.state import PatientState, decode_state, encode_state
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertStateStore, GlassBreak

__all__ = ["RECORD_OPENED", "RecordOpened"]

RECORD_OPENED: Final = "record-opened"
"""The condition that tells of broken glass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOpened:
    """Raises it in whichever process: it goes the way of every alert, until somebody takes it on."""

    store: AlertStateStore

    def __call__(self, broken: GlassBreak) -> None:
        """Raise the alert of one time, in the transaction this thread is in.

        Raises
        ------
        OvertakenError
            If the evaluator changed the patient's state meanwhile.
        """
        before = self.store.load(broken.patient_id)
        state = decode_state(before.state) if before.state else PatientState(patient_id=broken.patient_id)
        source, finding = f"glass {broken.id}", Finding(devices=(), reason=broken.id)
        after, alerts = of_record(state, RECORD_OPENED, source, finding, broken.from_ms)
        self.store.commit(before, encode_state(after), alerts)
