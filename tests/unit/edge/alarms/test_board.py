"""The board: the newest of each kind for each wearable, whatever order it came in."""

from edge.alarms.board import Board, Reading
from vitals.records import DeviceReport, Gap, GapReason, LinkState, ObservationRun

STRAP = "c0-00-00-00-00-01"


def run(t_ms: list[int], value: list[float], quality: list[float] | None = None) -> ObservationRun:
    return ObservationRun(device=STRAP, kind="heart_rate", t_ms=t_ms, value=value, quality=quality)


def test_who_is_expected_is_there_before_they_come() -> None:
    board = Board(wall_ms=lambda: 100, expected=(STRAP,))
    (wearable,) = board.wearables.values()
    assert (wearable.device, wearable.report, wearable.heard_ms) == (STRAP, None, None)


def test_the_newest_value_of_a_run_is_shown_with_its_quality() -> None:
    board = Board(wall_ms=lambda: 100)
    board.take(run([1, 3, 2], [60.0, 62.0, 61.0], [1.0, 0.5, 1.0]))
    assert board.wearables[STRAP].readings == {"heart_rate": Reading(t_ms=3, value=62.0, quality=0.5)}


def test_what_is_fetched_later_but_older_does_not_replace_the_newest() -> None:
    board = Board(wall_ms=lambda: 100)
    board.take(run([10], [70.0]))
    board.take(run([5], [50.0]))
    assert board.wearables[STRAP].readings["heart_rate"].value == 70.0
    assert board.wearables[STRAP].heard_ms == 10


def test_a_clock_set_back_does_not_keep_a_value_on_the_page_until_it_is_true_again() -> None:
    now_ms = [1_000]
    board = Board(wall_ms=lambda: now_ms[0])
    board.take(run([1_000], [70.0]))
    now_ms[0] = 500
    board.take(run([500], [50.0]))
    assert board.wearables[STRAP].readings["heart_rate"] == Reading(t_ms=500, value=50.0)


def test_the_last_report_is_kept_and_what_else_comes_is_passed_over() -> None:
    board = Board(wall_ms=lambda: 100)
    report = DeviceReport(device=STRAP, t_ms=1, link=LinkState.CONNECTED, battery_percent=80)
    board.take(report)
    board.take(Gap(device=STRAP, kind="ecg", from_ms=0, to_ms=1, reason=GapReason.LINK_LOST))
    assert board.wearables[STRAP].report == report


def test_a_run_of_nothing_changes_nothing() -> None:
    board = Board(wall_ms=lambda: 100)
    board.take(run([], []))
    assert board.wearables == {}


def test_strangers_without_number_find_no_room() -> None:
    board = Board(wall_ms=lambda: 100, expected=(STRAP,))
    for number in range(200):
        board.take(DeviceReport(device=f"stranger-{number}", t_ms=1, link=LinkState.CONNECTED))
    assert len(board.wearables) == 64
    assert STRAP in board.wearables
