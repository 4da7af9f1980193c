import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.streams.regularity import Lapse, Regularity


def lapses(arrivals_s: list[float]) -> list[Lapse]:
    regularity = Regularity(period_s=1.0)
    found = [regularity.observe(at_s) for at_s in arrivals_s]
    return [lapse for lapse in [*found, regularity.end()] if lapse]


def seconds(count: int, *, without: set[int] = frozenset()) -> list[float]:  # type: ignore[assignment] # never changed
    return [float(second) for second in range(count) if second not in without]


def test_a_steady_pace_has_no_lapse() -> None:
    assert lapses(seconds(200)) == []


@pytest.mark.parametrize(
    ("lost", "lapse"),
    [
        ({50}, Lapse(from_s=49.0, to_s=51.0, missed=1)),
        ({50, 51, 52}, Lapse(from_s=49.0, to_s=53.0, missed=3)),
        ({50, 52}, Lapse(from_s=49.0, to_s=53.0, missed=2)),
    ],
    ids=["one", "three-in-a-row", "two-with-one-between"],
)
def test_lost_values_are_a_lapse_with_their_number(lost: set[int], lapse: Lapse) -> None:
    assert lapses(seconds(100, without=lost)) == [lapse]


def test_values_that_come_late_in_a_bunch_are_not_lost() -> None:
    arrivals_s = [57.3 if 50 <= at_s <= 57 else at_s for at_s in seconds(100)]
    assert lapses(arrivals_s) == []


def test_what_is_suspected_when_the_link_goes_is_stated() -> None:
    assert lapses(seconds(53, without={50})) == [Lapse(from_s=49.0, to_s=51.0, missed=1)]


def test_a_slower_pace_is_learned() -> None:
    assert lapses([5.0 * count for count in range(60)]) == []
    assert lapses([5.0 * count for count in range(60) if count != 40]) == [
        Lapse(from_s=195.0, to_s=205.0, missed=1)
    ]


def test_what_was_lost_at_the_very_start_is_told_once_the_pace_is_known() -> None:
    regularity = Regularity(period_s=1.0)
    found = [regularity.observe(at_s) for at_s in seconds(17, without={1})]
    assert found == [None] * 15 + [Lapse(from_s=0.0, to_s=2.0, missed=1)]


def test_a_link_that_was_away_is_no_pause() -> None:
    regularity = Regularity(period_s=1.0)
    for at_s in seconds(30):
        regularity.observe(at_s)
    assert regularity.end() is None
    assert [regularity.observe(500.0 + at_s) for at_s in seconds(30)] == [None] * 30


@pytest.mark.parametrize("period_s", [0.96, 1.04])
def test_a_pace_a_little_off_is_no_lapse(period_s: float) -> None:
    assert lapses([period_s * count for count in range(600)]) == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(1, 180), max_size=30, unique=True),
    st.integers(0, 1000),
)
def test_every_lost_value_lies_in_a_lapse_and_no_more_are_claimed_than_were_lost(
    lost: list[int], seed: int
) -> None:
    jitter = random.Random(seed)
    arrivals_s = [second + jitter.uniform(0.0, 0.2) for second in range(200) if second not in lost]
    found = lapses(arrivals_s)
    for second in lost:
        assert any(lapse.from_s <= second + 0.2 and second <= lapse.to_s for lapse in found)
    assert sum(lapse.missed for lapse in found) == len(lost)
