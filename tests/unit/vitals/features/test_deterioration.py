import numpy as np
import pytest

from vitals.features.deterioration import (
    DETERIORATION_INPUTS,
    PARAMETERS,
    STATISTICS,
    WINDOW_HOURS,
    deterioration_inputs,
    hourly_means,
)

PULSE = PARAMETERS[0]
LEVELS = ("last", "recent_mean", "mean", "lowest", "highest")
KEYS = [parameter.key for parameter in PARAMETERS]


def hours(**at):
    """48 hours, NaN but for those given as `h<hour>`, oldest first."""
    row = np.full(WINDOW_HOURS, np.nan)
    for name, value in at.items():
        row[int(name[1:])] = value
    return row


def statistics(key, row, **others):
    made = deterioration_inputs({key: row, **others}, 60.0)
    low, high = PARAMETERS[KEYS.index(key)].plausible
    shares = made["statistics"][0, KEYS.index(key)].astype(float) * (high - low)
    return {
        name: pytest.approx(share + (low if name in LEVELS else 0.0), abs=1e-4)
        for name, share in zip(STATISTICS, shares, strict=True)
    }


def test_the_inputs_have_the_shapes_the_model_was_made_for():
    made = deterioration_inputs({"heart_rate": hours(h3=70)}, 60.0)
    assert {name: tensor.shape for name, tensor in made.items()} == DETERIORATION_INPUTS
    assert {tensor.dtype for tensor in made.values()} == {np.dtype(np.float32)}


def test_each_hour_has_the_mean_of_its_values_and_the_newest_hour_is_last():
    means = hourly_means(
        np.array([0.0, 0.5, 1.0, 47.9, 48.0]), np.array([70.0, 80.0, 60.0, 90.0, 99.0]), PULSE
    )
    assert means[[47, 46, 0]].tolist() == [75.0, 60.0, 90.0]
    assert np.isnan(means[1:46]).all()


def test_what_nobody_can_show_is_left_out():
    means = hourly_means(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 301.0, np.nan, 72.0]), PULSE)
    assert means[47] == 72.0


def test_a_dense_wearable_and_a_sparse_chart_of_the_same_heart_give_the_same_inputs():
    rate = 60 + np.arange(WINDOW_HOURS)
    sparse = hourly_means(WINDOW_HOURS - 0.5 - np.arange(WINDOW_HOURS), rate.astype(float), PULSE)
    ago = (np.arange(WINDOW_HOURS * 60) + 0.5) / 60
    dense = hourly_means(ago, np.repeat(rate[::-1], 60).astype(float), PULSE)
    made = [deterioration_inputs({"heart_rate": row}, 60.0)["statistics"] for row in (sparse, dense)]
    assert made[0] == pytest.approx(made[1])


def test_the_statistics_are_those_of_the_hours():
    found = statistics("heart_rate", hours(h0=60, h10=80, h40=100, h47=90))
    assert found["last"] == 90
    assert found["recent_mean"] == 95
    assert found["mean"] == 82.5
    assert (found["lowest"], found["highest"]) == (60, 100)
    assert found["spread"] == np.std([60, 80, 100, 90])
    assert found["trend"] != 0


def test_without_recent_hours_the_recent_mean_is_the_last_value():
    assert statistics("heart_rate", hours(h0=60, h10=80))["recent_mean"] == 80


def test_a_trend_takes_four_hours_and_nears_the_slope_as_they_grow():
    assert statistics("heart_rate", hours(h0=60, h20=80, h40=100))["trend"] == 0
    made = deterioration_inputs({"heart_rate": 60 + np.arange(WINDOW_HOURS) / 24 * 12}, 60.0)["statistics"]
    assert 11.5 < made[0, 0, STATISTICS.index("trend")] * 280 < 12


def test_what_is_missing_is_absent_and_no_zero_is_looked_at():
    made = deterioration_inputs({"heart_rate": hours(h3=70), "coma_score": hours()}, None)
    assert made["present"].tolist() == [[1.0, *[0.0] * len(PARAMETERS)]]


def test_the_shock_index_is_of_the_hours_that_have_both():
    row = statistics("shock_index", hours(), heart_rate=hours(h1=120, h2=100), systolic_pressure=hours(h2=80))
    assert (row["last"], row["lowest"], row["highest"]) == (1.25, 1.25, 1.25)
    made = deterioration_inputs({"heart_rate": hours(h1=80), "systolic_pressure": hours(h2=80)}, 60.0)
    assert made["present"][0, KEYS.index("shock_index")] == 0


def test_nobody_is_older_than_ninety():
    assert deterioration_inputs({}, 200.0)["age"].tolist() == [[1.0]]
    assert deterioration_inputs({}, 200.0)["present"][0, -1] == 1
