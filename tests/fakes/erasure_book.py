"""The ErasureBook port in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloud.ports import Erasure, ErasureState

_OPEN = {ErasureState.WAITING, ErasureState.BEGUN}


class FakeErasureBook:
    """Erasures by reference."""

    def __init__(self) -> None:
        self.asked: dict[str, Erasure] = {}

    def ask(self, erasure: Erasure) -> Erasure:
        open_one = self.of(erasure.patient_id or "")
        if open_one is not None:
            return open_one
        self.asked[erasure.reference] = erasure
        return erasure

    def cancel(self, patient_id: str, now_ms: int) -> bool:
        found = self.of(patient_id)
        if found is None or found.state is not ErasureState.WAITING:
            return False
        self._change(found, state=ErasureState.CANCELLED, patient_id=None, ended_ms=now_ms)
        return True

    def of(self, patient_id: str) -> Erasure | None:
        theirs = (one for one in self.asked.values() if one.patient_id == patient_id and one.state in _OPEN)
        return next(theirs, None)

    def by_reference(self, reference: str) -> Erasure | None:
        return self.asked.get(reference)

    def due(self, now_ms: int) -> Sequence[Erasure]:
        return [one for one in self.asked.values() if one.state in _OPEN and one.due_ms <= now_ms]

    def begin(self, reference: str) -> None:
        self._change(self.asked[reference], state=ErasureState.BEGUN)

    def note(self, reference: str, rows: Mapping[str, int], gateways: Sequence[str]) -> None:
        found = self.asked[reference]
        told = sorted({*found.gateways, *gateways})
        self._change(found, rows=dict(Counter(found.rows) + Counter(rows)), gateways=told)

    def end(self, reference: str, now_ms: int) -> None:
        self._change(self.asked[reference], state=ErasureState.DONE, patient_id=None, ended_ms=now_ms)

    def _change(self, found: Erasure, **changes: object) -> None:
        self.asked[found.reference] = replace(found, **changes)  # type: ignore[arg-type]
