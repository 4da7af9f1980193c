import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.storage.points.sums import Sums, is_judged

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@given(VALUES, st.integers(1, 60))
def test_sums_of_sums_are_sums_of_all(values: list[float], parts: int) -> None:
    t_ms = np.arange(len(values))
    single = Sums.of_values(t_ms, np.array(values))
    (at_once,) = zip(*_columns(single.every(1_000)), strict=True)
    (in_steps,) = zip(*_columns(single.every(parts).every(1_000)), strict=True)
    assert in_steps == pytest.approx(at_once, rel=1e-9, abs=1e-3)
    assert at_once[1:4] == (len(values), min(values), max(values))


def test_a_small_spread_beside_a_large_mean_is_not_lost() -> None:
    found = Sums.of_values(np.arange(4), 1e9 + np.array([0.0, 1.0, 2.0, 3.0])).every(2).every(4)
    assert found.squares.tolist() == [5.0]


def test_what_is_unsure_implausible_or_of_no_known_kind_is_not_judged() -> None:
    value, quality = np.array([60.0, 60.0, 60.0, 301.0]), np.array([np.nan, 0.5, 0.49, 1.0])
    assert is_judged("heart_rate", value, quality).tolist() == [True, True, False, False]
    assert not is_judged("luck", value, quality).any()


def _columns(sums: Sums) -> list[list[float]]:
    columns = (sums.from_ms, sums.count, sums.minimum, sums.maximum, sums.mean, sums.squares)
    return [column.tolist() for column in columns]
