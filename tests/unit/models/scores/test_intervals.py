import numpy as np
import pytest

from models.scores.intervals import bootstrap_interval


def test_the_interval_of_what_all_patients_share_is_a_point():
    right = np.ones(40)
    patients = np.repeat(["a", "b", "c", "d"], 10)
    assert bootstrap_interval(patients, lambda rows: float(right[rows].mean()), rounds=20) == [1.0, 1.0]


def test_one_patients_many_rows_are_drawn_together():
    patients = np.array(["one"] * 1000 + ["other"] * 1000)
    right = np.array([1.0] * 1000 + [0.0] * 1000)
    low, high = bootstrap_interval(patients, lambda rows: float(right[rows].mean()), rounds=200)
    assert (low, high) == (0.0, 1.0)


def test_draws_that_say_nothing_do_not_pull_the_interval_down():
    """Of three people one fell, and was found: where nobody drawn fell there is no sensitivity."""
    patients, fell = np.array(["a", "b", "c"]), np.array([True, False, False])

    def found(rows):
        return 1.0 if fell[rows].any() else float("nan")

    assert bootstrap_interval(patients, found, rounds=50) == [1.0, 1.0]
    assert np.isnan(bootstrap_interval(patients, lambda _rows: float("nan"), rounds=5)).all()


def test_the_interval_holds_the_figure():
    random = np.random.default_rng(3)
    values = random.normal(size=300)
    patients = np.array([f"p{place}" for place in range(300)])
    low, high = bootstrap_interval(patients, lambda rows: float(values[rows].mean()))
    assert low < values.mean() < high
    assert high - low == pytest.approx(4 / np.sqrt(300), rel=0.2)
