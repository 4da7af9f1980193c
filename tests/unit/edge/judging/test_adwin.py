import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.judging.adwin import Adwin


def pushed(values: np.ndarray) -> Adwin:
    adwin = Adwin()
    for value in values:
        adwin.push(float(value))
    return adwin


@pytest.mark.parametrize("mean", [0.02, 0.5, 0.95])
def test_a_stream_that_stays_as_it_is_shows_no_change(mean: float) -> None:
    rng = np.random.default_rng(1)
    adwin = pushed(rng.beta(20 * mean, 20 * (1 - mean), 5_000))
    assert adwin.changes == 0
    assert adwin.width == 5_000
    assert adwin.mean == pytest.approx(mean, abs=0.02)


def test_a_change_is_seen_soon_and_what_was_before_is_forgotten() -> None:
    rng = np.random.default_rng(1)
    before, after = rng.uniform(0.0, 0.2, 2_000), rng.uniform(0.6, 0.8, 200)
    adwin = pushed(np.concatenate([before, after]))
    assert adwin.changes >= 1
    assert adwin.mean == pytest.approx(0.7, abs=0.05)


def test_a_million_values_take_less_than_two_hundred_numbers() -> None:
    adwin = Adwin()
    for number in range(200_000):
        adwin.push(0.5 + 0.1 * (number % 2))
    assert adwin.buckets < 120
    assert adwin.width == 200_000


@given(values=st.lists(st.floats(0.0, 1.0), max_size=400))
def test_the_mean_is_that_of_what_the_window_holds(values: list[float]) -> None:
    adwin = pushed(np.array(values))
    assert adwin.width <= len(values)
    held = values[len(values) - adwin.width :] if adwin.width else [0.0]
    assert adwin.mean == pytest.approx(float(np.mean(held)), abs=1e-9)
