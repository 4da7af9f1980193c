import numpy as np
import pytest

from vitals.features.rr import rr_irregularity, sample_entropy


def test_a_metronome_has_no_irregularity():
    measured = rr_irregularity(np.full(30, 800.0))
    assert measured.mean_ms == 800
    assert measured.rmssd_ms == measured.coefficient_of_variation == measured.share_over_50_ms == 0
    assert measured.pairs_at_origin_share == 1
    assert measured.lag_1_correlation == 0


def test_the_measures_agree_with_those_reckoned_by_hand():
    measured = rr_irregularity(np.array([800.0, 900.0, 800.0, 830.0]))
    assert measured.rmssd_ms == pytest.approx(np.sqrt((100**2 + 100**2 + 30**2) / 3))
    assert measured.share_over_50_ms == pytest.approx(2 / 3)
    assert measured.share_over_20_ms == 1
    assert (measured.shortest_ms, measured.longest_ms) == (800, 900)
    assert measured.alternation_share == 0.5


def test_a_premature_beat_and_its_pause_are_counted_once():
    rr_ms = np.full(20, 800.0)
    rr_ms[9:11] = 500, 1100
    assert rr_irregularity(rr_ms).premature_share == pytest.approx(1 / 19)


def test_chance_has_more_entropy_than_order():
    random = np.random.default_rng(0)
    chance, order = random.uniform(400, 1200, 40), 800 + 10 * np.sin(np.arange(40))
    assert sample_entropy(chance) > 1.5
    assert sample_entropy(order) < 0.5


def test_a_row_without_a_match_has_a_finite_entropy():
    assert np.isfinite(sample_entropy(np.array([300.0, 600.0, 900.0, 1200.0])))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_intervals_say_nothing(count):
    assert rr_irregularity(np.full(count, 800.0)) is None
