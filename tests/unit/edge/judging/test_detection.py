from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import pytest

from edge.judging.abstention import Abstention
from edge.judging.budget import AlarmBudget, Purse
from edge.judging.condition import CONDITIONS, Condition
from edge.judging.detection import Detector, Judgement, Transition
from vitals.records import Phase

WINDOW_MS, HOP_MS = 30_000, 5_000
POOR = Abstention.POOR_SIGNAL


AF = CONDITIONS[0]
SCANT = AlarmBudget(per_day=1.0, burst=1, ceiling=0.95, source="this test")


def detector(
    *,
    threshold: float = 0.6,
    budget: AlarmBudget | None = None,
    spent: Mapping[str, float] | None = None,
    counters: Counter[str] | None = None,
) -> Detector:
    numbers = count(1)
    return Detector(
        conditions=(replace(AF, budget=budget),),
        thresholds={"A": threshold},
        new_id=lambda: f"episode-{next(numbers)}",
        counters=Counter() if counters is None else counters,
        purse=Purse(spent=spent or {}),
    )


def play(*outcomes: float | Abstention, by: Detector | None = None) -> list[tuple[int, Transition]]:
    """Feed one window a hop; return what turned, with the number of the window it turned at."""
    follower = by or detector()
    turns = []
    for number, outcome in enumerate(outcomes):
        judgement = Judgement(
            from_ms=number * HOP_MS,
            to_ms=number * HOP_MS + WINDOW_MS,
            outcome=outcome if isinstance(outcome, Abstention) else {"A": outcome, "N": 1 - outcome},
        )
        turns += [(number, turn) for turn in follower.step(judgement)]
    return turns


def test_three_windows_of_four_begin_an_episode() -> None:
    ((number, turn),) = play(0.1, 0.9, 0.9, 0.1, 0.9)
    assert (number, turn.phase, turn.event_id) == (4, Phase.ONSET, "episode-1")
    assert turn.condition.name == "atrial-fibrillation"


def test_the_episode_began_in_the_middle_of_its_first_window() -> None:
    ((_, turn),) = play(0.1, 0.1, 0.9, 0.9, 0.9)
    assert turn.t_ms == 2 * HOP_MS + WINDOW_MS // 2


@pytest.mark.parametrize(
    "outcomes",
    [
        (0.1, 0.99, 0.1, 0.1, 0.1),
        (0.99, 0.99, 0.1, 0.1, 0.99, 0.99, 0.1, 0.1),
        (0.59, 0.59, 0.59, 0.59, 0.59),
        (0.9, POOR, 0.9, POOR, 0.9, POOR),
        (Abstention.MODEL_FAILED,) * 10,
    ],
    ids=["one-odd-window", "two-of-four", "below-the-threshold", "too-few-judged", "model-failed"],
)
def test_less_than_that_begins_nothing(outcomes: tuple[float | Abstention, ...]) -> None:
    assert play(*outcomes) == []


def test_the_threshold_itself_counts() -> None:
    assert len(play(0.6, 0.6, 0.6)) == 1


def test_an_episode_is_told_once_while_it_lasts() -> None:
    assert [turn.phase for _, turn in play(*[0.9] * 40)] == [Phase.ONSET]


def test_wavering_about_the_threshold_makes_no_row_of_events() -> None:
    assert [turn.phase for _, turn in play(*[0.7, 0.7, 0.7], *[0.5, 0.65] * 20)] == [Phase.ONSET]


def test_five_windows_of_six_below_the_release_end_it_under_its_own_name() -> None:
    turns = play(0.9, 0.9, 0.9, *[0.2] * 8)
    assert [(number, turn.phase, turn.event_id) for number, turn in turns] == [
        (2, Phase.ONSET, "episode-1"),
        (7, Phase.END, "episode-1"),
    ]
    assert turns[1][1].t_ms == 3 * HOP_MS + WINDOW_MS // 2


def test_the_next_episode_has_another_name() -> None:
    turns = play(*[0.9] * 3, *[0.1] * 6, *[0.9] * 3)
    assert [turn.event_id for _, turn in turns] == ["episode-1", "episode-1", "episode-2"]


def test_poor_signal_neither_begins_nor_ends_an_episode() -> None:
    assert [turn.phase for _, turn in play(*[0.9] * 3, *[POOR] * 50)] == [Phase.ONSET]
    assert play(*[POOR] * 50) == []


def test_the_models_own_threshold_is_used() -> None:
    assert play(*[0.79] * 10, by=detector(threshold=0.8)) == []
    ((_, turn),) = play(*[0.81] * 3, by=detector(threshold=0.8))
    assert turn.threshold == 0.8


@pytest.mark.parametrize("row", CONDITIONS, ids=lambda row: row.name)
def test_each_condition_of_the_table_is_reachable_and_releases_below_its_threshold(row: Condition) -> None:
    assert all(0 < fewest <= among for fewest, among in (row.onset, row.end))
    assert 0 < row.release_share < 1
    assert 0 < row.threshold < 1
    assert row.source


@pytest.mark.parametrize("pause_ms", [3_600_000, -3_600_000], ids=["a-long-gap", "the-clock-set-back"])
def test_windows_from_before_a_long_gap_do_not_count(pause_ms: int) -> None:
    follower = detector()
    start_ms = 1_700_000_000_000

    def step(from_ms: int) -> list[Transition]:
        sure = {"A": 0.9}
        return follower.step(Judgement(from_ms=from_ms, to_ms=from_ms + WINDOW_MS, outcome=sure))

    assert step(start_ms) == step(start_ms + HOP_MS) == []
    after_ms = start_ms + pause_ms
    assert step(after_ms) == step(after_ms + HOP_MS) == []
    (turn,) = step(after_ms + 2 * HOP_MS)
    assert turn.t_ms == after_ms + WINDOW_MS // 2


# --- What each stage holds back ----------------------------------------------------------------


def test_what_rises_too_briefly_is_counted_once_it_has_sunk() -> None:
    counters: Counter[str] = Counter()
    play(*[0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1] * 2, by=detector(counters=counters))
    assert counters == {"atrial-fibrillation.too-brief": 2}


def test_what_becomes_an_episode_was_not_held_back() -> None:
    counters: Counter[str] = Counter()
    play(*[0.9] * 3, *[0.1] * 12, by=detector(counters=counters))
    assert counters == {}


def test_an_unsure_episode_over_the_budget_is_held_back_with_the_reason_and_a_sure_one_is_told() -> None:
    counters: Counter[str] = Counter()
    follower = detector(budget=SCANT, counters=counters)
    unsure, sure, quiet = [0.7] * 6, [0.96] * 6, [0.1] * 12
    turns = play(*unsure, *quiet, *unsure, *quiet, *sure, *quiet, by=follower)
    assert [(turn.phase, round(turn.threshold, 2)) for _, turn in turns if turn.phase is Phase.ONSET] == [
        (Phase.ONSET, 0.6),
        (Phase.ONSET, 0.95),
    ]
    assert counters == {"atrial-fibrillation.over-budget": 1}


def test_an_end_is_told_whatever_the_budget() -> None:
    follower = detector(budget=SCANT, spent={"atrial-fibrillation": 2.0})
    assert [turn.phase for _, turn in play(*[0.99] * 3, *[0.1] * 8, by=follower)] == [Phase.ONSET, Phase.END]


def test_what_was_spent_before_a_restart_still_counts() -> None:
    first = detector(budget=SCANT)
    assert len(play(*[0.7] * 6, by=first)) == 1
    assert 0.99 < first.spent()["atrial-fibrillation"] <= 1.0
    assert play(*[0.7] * 6, by=detector(budget=SCANT, spent=first.spent())) == []


def test_poor_signal_earns_no_budget_back() -> None:
    follower = detector(budget=SCANT, spent={"atrial-fibrillation": 1.0})
    play(*[POOR] * 1_000, by=follower)
    assert follower.spent() == {"atrial-fibrillation": 1.0}


@pytest.mark.parametrize(
    "name", ["ventricular-fibrillation", "ventricular-tachycardia", "asystole", "fall", "long-lie"]
)
def test_what_may_be_deadly_has_no_budget(name: str) -> None:
    assert not [row for row in CONDITIONS if row.name == name and row.budget is not None]
