import pytest

from firmware_sim.cgm_session import CgmSession
from vitals.gatt import cgm_specific_ops_control_point as control
from vitals.gatt.cgm_specific_ops_control_point import Opcode, Operation, Response, Result


def ask(session: CgmSession, opcode: Opcode, operand: int | None = None, *, at_s: float = 90.0) -> Operation:
    request = control.encode(Operation(opcode=opcode, operand=operand, has_crc=True))
    return control.decode(control.encode(session.answer(request, at_s)))


def test_a_value_comes_as_often_as_the_collector_asked() -> None:
    session = CgmSession()
    ask(session, Opcode.SET_COMMUNICATION_INTERVAL, 5)

    assert ask(session, Opcode.GET_COMMUNICATION_INTERVAL).operand == 5
    assert [minute for minute in range(1, 12) if session.is_due(60.0 * minute)] == [5, 10]


def test_an_interval_of_0_asks_for_silence() -> None:
    session = CgmSession()
    ask(session, Opcode.SET_COMMUNICATION_INTERVAL, 0)

    assert not any(session.is_due(60.0 * minute) for minute in range(10))


def test_a_session_is_stopped_and_another_counts_anew() -> None:
    session = CgmSession()
    running = ask(session, Opcode.START_SESSION)
    stopped = ask(session, Opcode.STOP_SESSION)
    was_due = session.is_due(120.0)
    started = ask(session, Opcode.START_SESSION, at_s=150.0)

    assert running.operand == Response(
        request_opcode=Opcode.START_SESSION, result=Result.PROCEDURE_NOT_COMPLETED
    )
    assert [stopped.operand.result, started.operand.result] == [Result.SUCCESS] * 2
    assert not was_due
    assert session.minute(270.0) == 2


@pytest.mark.parametrize(
    ("request_octets", "result"),
    [
        (b"", Result.OPCODE_NOT_SUPPORTED),
        (b"\x99", Result.OPCODE_NOT_SUPPORTED),
        (b"\x01", Result.INVALID_OPERAND),
        (control.encode(Operation(opcode=Opcode.GET_HYPO_ALERT)), Result.OPCODE_NOT_SUPPORTED),
    ],
)
def test_what_it_cannot_do_is_refused(request_octets: bytes, result: Result) -> None:
    assert CgmSession().answer(request_octets, 0.0).operand.result == result
