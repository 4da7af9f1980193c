"""The evaluator's memory survives its encoding, and says so when it does not."""

from dataclasses import replace

import msgspec
import pytest

from cloud.alerts.errors import NewerStateError, StateUnreadableError
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import STATE_VERSION, PatientState, decode_state, encode_state
from cloud.ports import AlertState
from tests.fakes.alert_material import at, end, fresh_state, gap, onset, report, slice_of, steady
from vitals.errors import StorageError


def full_state() -> PatientState:
    records = (
        steady(142, 0, 60),
        onset(0),
        onset(90, event_id="episode-2"),
        end(5, event_id="episode-3"),
        report(10, on_body=False, battery=9),
        gap(0, 400),
        steady(5, 0, 10),
    )
    state, _ = evaluate(fresh_state(), slice_of(*records, received_s=401), at(401))
    return state


def test_a_state_comes_back_as_it_was() -> None:
    state = full_state()
    assert len(state.episodes) >= 5
    assert decode_state(encode_state(state)) == state


def test_evaluation_goes_on_from_the_encoded_state_as_from_the_state() -> None:
    state, more = full_state(), slice_of(end(500, event_id="episode-2"), steady(80, 402, 500), received_s=501)
    assert evaluate(decode_state(encode_state(state)), more, at(501)) == evaluate(state, more, at(501))


def test_the_version_is_always_written() -> None:
    assert msgspec.msgpack.decode(encode_state(fresh_state()))["v"] == STATE_VERSION


def test_what_version_1_called_subsided_is_latched() -> None:
    state, (alert,) = evaluate(fresh_state(), slice_of(gap(0, 400), received_s=401), at(401))
    (episode,) = state.episodes
    active = msgspec.structs.replace(episode, alert=replace(alert, state=AlertState.ACTIVE), subsided=True)
    (read,) = decode_state(encode_state(msgspec.structs.replace(state, v=1, episodes=(active,)))).episodes
    assert read.alert == alert


def test_a_newer_version_is_refused_with_what_to_do() -> None:
    newer = msgspec.msgpack.encode({"v": STATE_VERSION + 1, "patient_id": "p-wei", "souls": 1})
    with pytest.raises(NewerStateError, match="run the newer program again"):
        decode_state(newer)


@pytest.mark.parametrize(
    "damaged", [b"", b"\xc1", b"not a state", encode_state(full_state())[:-40], b"\x81\xa1v\xa11"]
)
def test_a_damaged_state_is_refused_with_what_to_do(damaged: bytes) -> None:
    with pytest.raises(StateUnreadableError, match="restore it from the last backup"):
        decode_state(damaged)


def test_both_are_storage_errors_so_that_nothing_is_overwritten() -> None:
    assert issubclass(NewerStateError, StateUnreadableError)
    assert issubclass(StateUnreadableError, StorageError)
