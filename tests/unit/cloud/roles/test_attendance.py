"""A process is seen by the others, says what is not well, and leaves when it ends; presence goes along."""

import threading
from collections.abc import Callable

from cloud.ports import Beat, ServiceRole
from cloud.roles.attendance import Attendance, Chore
from cloud.roles.peers import FORGOTTEN_S, LEASE_S, Peers
from cloud.roles.told_presence import PresenceTeller, ToldPresence
from tests.fakes.gateway import eventually
from tests.fakes.process_board import FakeProcessBoard

ROLES = frozenset({ServiceRole.API})


def attendance(
    board: FakeProcessBoard,
    *chores: Chore,
    monotonic_s: Callable[[], float] = lambda: 100.0,
    troubles: tuple[str, ...] = (),
) -> Attendance:
    return Attendance(
        peers=Peers(process_id="me", roles=ROLES, monotonic_s=monotonic_s),
        board=board,
        own_troubles=lambda: troubles,
        chores=chores,
    )


def test_each_beat_counts_and_says_what_is_not_well() -> None:
    board = FakeProcessBoard()
    one = attendance(board, troubles=("ingest: the disk is full",))
    one.step()
    one.step()
    assert board.beats["me"] == Beat(
        process_id="me", roles=ROLES, count=2, troubles=("ingest: the disk is full",)
    )


def test_a_chore_is_told_the_time_of_the_beat_it_follows() -> None:
    times = iter(range(100, 200))
    told: list[float] = []
    board = FakeProcessBoard()
    one = attendance(board, told.append, monotonic_s=lambda: float(next(times)))
    one.step()
    assert told == [102.0]
    assert "me" in board.beats


def test_who_was_silent_for_long_is_taken_down() -> None:
    now_s = [100.0]
    board = FakeProcessBoard()
    board.beats["old"] = Beat(process_id="old", roles=ROLES, count=1)
    one = attendance(board, monotonic_s=lambda: now_s[0])
    one.step()
    now_s[0] += FORGOTTEN_S + 1
    one.step()
    assert board.beats.keys() == {"me"}


def test_a_board_in_trouble_is_a_trouble_until_it_is_not_and_what_ends_leaves() -> None:
    board, stop = FakeProcessBoard(failing=True), threading.Event()
    one = attendance(board)
    thread = threading.Thread(target=one.run, args=(stop,))
    thread.start()
    eventually(
        lambda: one.troubles() == ("roles: other processes cannot be told: the disk is full: make room",)
    )
    board.failing = False
    one.wake()
    eventually(lambda: one.troubles() == () and "me" in board.beats)
    stop.set()
    one.wake()
    thread.join(10)
    assert board.beats == {}


def test_a_fault_in_a_chore_is_said_and_the_beat_goes_on() -> None:
    board, stop = FakeProcessBoard(), threading.Event()

    def broken(_: float) -> None:
        raise ZeroDivisionError

    one = attendance(board, broken)
    thread = threading.Thread(target=one.run, args=(stop,))
    thread.start()
    eventually(lambda: one.troubles() == ("roles: other processes cannot be told: see the log",))
    one.wake()
    eventually(lambda: board.beats["me"].count > 1)
    stop.set()
    one.wake()
    thread.join(10)
    assert not thread.is_alive()


class TestPresence:
    def test_is_told_when_it_changes_and_when_the_process_begins(self) -> None:
        board, online = FakeProcessBoard(), {"home": True}
        board.online = {"of an earlier process": True}
        teller = PresenceTeller(onlines=lambda: dict(online), book=board)
        teller.step()
        teller.step()
        assert (board.online, board.tellings) == ({"home": True}, 1)
        online["home"] = False
        teller.step()
        assert (board.online, board.tellings) == ({"home": False}, 2)

    def test_is_known_by_those_who_are_told_while_somebody_tells(self) -> None:
        board, tellers = FakeProcessBoard(online={"home": False}), {"ingest"}
        told = ToldPresence(book=board, is_told=lambda: bool(tellers))
        assert told.online("home") is None
        told.refresh()
        assert told.online("home") is False
        assert told.online("elsewhere") is None
        tellers.clear()
        told.refresh()
        assert told.online("home") is None


def test_a_role_whose_work_stands_still_is_not_told_as_done() -> None:
    board, still = FakeProcessBoard(), set[ServiceRole]()
    one = attendance(board)
    one.neglected = lambda: frozenset(still)
    one.step()
    assert board.beats["me"].roles == ROLES
    still.add(ServiceRole.API)
    one.step()
    assert board.beats["me"].roles == frozenset()
    still.clear()
    one.step()
    assert board.beats["me"].roles == ROLES


def test_one_whose_board_hangs_is_a_trouble_until_it_beats_again() -> None:
    now_s = [100.0]
    one = attendance(FakeProcessBoard(), monotonic_s=lambda: now_s[0])
    one.step()
    now_s[0] += 3 * LEASE_S
    assert one.troubles() == ()
    now_s[0] += 1
    assert one.troubles() == ("roles: no beat for 16 s: see whether the database answers",)
    one.step()
    assert one.troubles() == ()
