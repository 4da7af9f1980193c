"""The load of other patients is spread over each second, patient after patient."""

import time
from itertools import islice

from carewire.bench.background import _told, _turns
from carewire.bench.ward import USUAL
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import PatientState
from cloud.ports import PatientSlice
from vitals.records import ObservationRun


def test_everybody_has_a_turn_a_second_and_nobody_before_it_is_due() -> None:
    began_s = time.monotonic()
    turns = [(turn, time.monotonic() - began_s) for turn in islice(_turns(20, began_s), 25)]
    assert [turn for turn, _ in turns] == [(n % 20, n // 20) for n in range(25)]
    assert all(at_s >= number / 20 for number, (_, at_s) in enumerate(turns))


def test_who_is_late_catches_up() -> None:
    began_s = time.monotonic() - 1.0
    turns = list(islice(_turns(10, began_s), 10))
    assert len(turns) == 10
    assert time.monotonic() - began_s < 1.5


def test_nothing_is_to_be_told_of_anybody() -> None:
    state, began_ms = PatientState(patient_id="bench"), 1_790_000_000_000
    for second in range(1_000):
        t_ms = began_ms + 1_000 * second
        records = tuple(
            ObservationRun(device="band", kind=kind, t_ms=[t_ms], value=[_told(kind, second)])
            for kind in USUAL
        )
        one = PatientSlice(message_id=f"{second}", patient_id="bench", received_ms=t_ms, records=records)
        state, alerts = evaluate(state, one, t_ms)
        assert alerts == []
