"""The alerts by which a patient and theirs are told that everything is to be erased, or was not after all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.alerts.judging.evaluate import no_more_of_record, of_record
from cloud.alerts.judging.state import PatientState, decode_state, encode_state
from cloud.alerts.wording.explanation import Finding
from cloud.ports import Alert, AlertStateStore, Asker, Erasure

__all__ = ["ERASURE_ASKED", "ERASURE_WITHHELD", "ErasureTold"]

ERASURE_ASKED: Final = "erasure-asked"
"""The condition that tells of an erasure that waits."""
ERASURE_WITHHELD: Final = "erasure-withheld"
"""The condition that tells of one that was not done."""
_NOTHING: Final = Finding(devices=())

_Change = Callable[[PatientState], tuple[PatientState, list[Alert]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureTold:
    """Tells in whichever process, in the transaction that its thread is in, as every alert is told.

    Each raises OvertakenError if the evaluator changed the patient's state meanwhile.
    """

    store: AlertStateStore

    def asked(self, erasure: Erasure, patient_id: str, by: Asker) -> None:
        """Tell who asked, and how long it can be taken back."""
        waits_s = (erasure.due_ms - erasure.asked_ms) // 1000
        finding = Finding(devices=(), reason=by, hold_s=waits_s)
        self._change(
            patient_id,
            lambda state: of_record(state, ERASURE_ASKED, _source(erasure), finding, erasure.asked_ms),
        )

    def taken_back(self, erasure: Erasure, patient_id: str, now_ms: int) -> None:
        """Tell those who were told that it is over."""
        self._change(
            patient_id, lambda state: no_more_of_record(state, ERASURE_ASKED, _source(erasure), now_ms)
        )

    def withheld(self, erasure: Erasure, patient_id: str, now_ms: int) -> None:
        """Tell that it was due and was not done."""
        self.taken_back(erasure, patient_id, now_ms)
        self._change(
            patient_id, lambda state: of_record(state, ERASURE_WITHHELD, _source(erasure), _NOTHING, now_ms)
        )

    def _change(self, patient_id: str, change: _Change) -> None:
        before = self.store.load(patient_id)
        state = decode_state(before.state) if before.state else PatientState(patient_id=patient_id)
        after, alerts = change(state)
        self.store.commit(before, encode_state(after), alerts)


def _source(erasure: Erasure) -> str:
    return f"erasure {erasure.reference[:8]}"
