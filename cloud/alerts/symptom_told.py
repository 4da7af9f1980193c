"""The alert by which those who look after somebody are told that they do not feel well."""

from dataclasses import dataclass
from typing import Final

from cloud.alerts.judging.evaluate import of_record
from cloud.alerts.judging.state import PatientState, decode_state, encode_state
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertStateStore

__all__ = ["SymptomTold"]

_SOURCE: Final = "a person"
"""What is said again while nobody has answered is the same alert."""
_NOTHING: Final = Finding(devices=())


@dataclass(frozen=True, slots=True, kw_only=True)
class SymptomTold:
    """Tells in whichever process, in the transaction that its thread is in, as every alert is told."""

    store: AlertStateStore

    def __call__(self, patient_id: str, condition: str, now_ms: int) -> None:
        """Raise the alert, unless the like still waits for somebody.

        Raises
        ------
        OvertakenError
            If the evaluator changed the patient's state meanwhile.
        """
        before = self.store.load(patient_id)
        state = decode_state(before.state) if before.state else PatientState(patient_id=patient_id)
        after, alerts = of_record(state, condition, _SOURCE, _NOTHING, now_ms)
        self.store.commit(before, encode_state(after), alerts)
