from itertools import count

import pytest

from edge.judging.abstention import Abstention
from edge.rhythm.detection import CONDITIONS, Condition, Judgement, RhythmDetector, Transition, detector_for
from tests.fakes.rhythm_model import manifest
from vitals.records import Phase

WINDOW_MS, HOP_MS = 30_000, 5_000
POOR = Abstention.POOR_SIGNAL


def play(
    *outcomes: float | Abstention, detector: RhythmDetector | None = None
) -> list[tuple[int, Transition]]:
    """Feed one window a hop; return what turned, with the number of the window it turned at."""
    numbers = count(1)
    detector = detector or RhythmDetector(thresholds={"A": 0.6}, new_id=lambda: f"episode-{next(numbers)}")
    turns = []
    for number, outcome in enumerate(outcomes):
        judgement = Judgement(
            from_ms=number * HOP_MS,
            to_ms=number * HOP_MS + WINDOW_MS,
            outcome=outcome if isinstance(outcome, Abstention) else {"A": outcome, "N": 1 - outcome},
        )
        turns += [(number, turn) for turn in detector.step(judgement)]
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
    detector = detector_for(manifest(thresholds={"A": 0.8}), lambda: "episode-1")
    assert play(*[0.79] * 10, detector=detector) == []
    ((_, turn),) = play(*[0.81] * 3, detector=detector)
    assert turn.threshold == 0.8


def test_a_model_without_the_label_detects_nothing_and_breaks_nothing() -> None:
    detector = detector_for(manifest(labels=("N", "other"), thresholds={}), lambda: "episode-1")
    assert play(*[0.99] * 10, detector=detector) == []


@pytest.mark.parametrize("row", CONDITIONS, ids=lambda row: row.name)
def test_each_condition_of_the_table_is_reachable_and_releases_below_its_threshold(row: Condition) -> None:
    assert all(0 < fewest <= among for fewest, among in (row.onset, row.end))
    assert 0 < row.release_share < 1
    assert 0 < row.threshold < 1
    assert row.source


@pytest.mark.parametrize("pause_ms", [3_600_000, -3_600_000], ids=["a-long-gap", "the-clock-set-back"])
def test_windows_from_before_a_long_gap_do_not_count(pause_ms: int) -> None:
    detector = RhythmDetector(thresholds={"A": 0.6}, new_id=lambda: "episode-1")
    start_ms = 1_700_000_000_000

    def step(from_ms: int) -> list[Transition]:
        sure = {"A": 0.9}
        return detector.step(Judgement(from_ms=from_ms, to_ms=from_ms + WINDOW_MS, outcome=sure))

    assert step(start_ms) == step(start_ms + HOP_MS) == []
    after_ms = start_ms + pause_ms
    assert step(after_ms) == step(after_ms + HOP_MS) == []
    (turn,) = step(after_ms + 2 * HOP_MS)
    assert turn.t_ms == after_ms + WINDOW_MS // 2
