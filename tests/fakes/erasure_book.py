"""The ErasureBook port in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloud.ports import Asker, Erasure, ErasureState

_OPEN = {ErasureState.WAITING, ErasureState.BEGUN}


class FakeErasureBook:
    """Erasures by reference."""

    def __init__(self) -> None:
        self.asked: dict[str, Erasure] = {}
        self.told = FakeErasureTelling()

    def ask(self, erasure: Erasure) -> Erasure:
        open_one = self.of(erasure.patient_id or "")
        if open_one is not None:
            return open_one
        self.asked[erasure.reference] = erasure
        return erasure

    def call_off(self, reference: str, state: ErasureState, now_ms: int) -> bool:
        found = self.asked[reference]
        if found.state is not ErasureState.WAITING:
            return False
        self._change(found, state=state, patient_id=None, ended_ms=now_ms)
        return True

    def put_off(self, reference: str, due_ms: int) -> bool:
        found = self.asked[reference]
        if found.state is not ErasureState.WAITING:
            return False
        self._change(found, due_ms=due_ms)
        return True

    def of(self, patient_id: str) -> Erasure | None:
        theirs = (one for one in self.asked.values() if one.patient_id == patient_id and one.state in _OPEN)
        return next(theirs, None)

    def by_reference(self, reference: str) -> Erasure | None:
        return self.asked.get(reference)

    def due(self, now_ms: int) -> Sequence[Erasure]:
        return [one for one in self.asked.values() if one.state in _OPEN and one.due_ms <= now_ms]

    def begin(self, reference: str) -> bool:
        found = self.asked[reference]
        if found.state is not ErasureState.WAITING:
            return False
        self._change(found, state=ErasureState.BEGUN)
        return True

    def note(self, reference: str, rows: Mapping[str, int], gateways: Sequence[str]) -> None:
        found = self.asked[reference]
        told = sorted({*found.gateways, *gateways})
        self._change(found, rows=dict(Counter(found.rows) + Counter(rows)), gateways=told)

    def end(self, reference: str, now_ms: int) -> None:
        self._change(self.asked[reference], state=ErasureState.DONE, patient_id=None, ended_ms=now_ms)

    def _change(self, found: Erasure, **changes: object) -> None:
        self.asked[found.reference] = replace(found, **changes)  # type: ignore[arg-type]


class FakeErasureTelling:
    """What was told of erasures, in order: what, and of whom."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def asked(self, _erasure: Erasure, patient_id: str, by: Asker) -> None:
        self.said.append((f"asked by {by}", patient_id))

    def taken_back(self, _erasure: Erasure, patient_id: str, _now_ms: int) -> None:
        self.said.append(("taken back", patient_id))

    def withheld(self, _erasure: Erasure, patient_id: str, _now_ms: int) -> None:
        self.said.append(("withheld", patient_id))
