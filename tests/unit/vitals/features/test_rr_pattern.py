import numpy as np
import pytest

from vitals.features.rr_pattern import out_of_step, rr_pattern

STEADY_MS = np.full(30, 800.0)


def with_ectopics(every):
    """Every few beats one comes early and the next late, as after a ventricular beat."""
    rr = STEADY_MS.copy()
    rr[every::every] = 560.0
    rr[every + 1 :: every] = 1040.0
    return rr


def fibrillating():
    return np.random.default_rng(5).uniform(450, 1100, 40)


def test_a_steady_rhythm_has_nothing_out_of_step():
    pattern = rr_pattern(STEADY_MS)
    assert pattern.early_share == pattern.late_share == pattern.regular_rmssd == pattern.sd1 == 0
    assert pattern.slowest_rate_per_100_min == pattern.fastest_rate_per_100_min == pytest.approx(0.75)


def test_a_few_ectopic_beats_are_counted_and_set_aside():
    pattern = rr_pattern(with_ectopics(8))
    assert pattern.early_then_late_share == pytest.approx(3 / 29)
    assert pattern.regular_rmssd == 0
    assert pattern.calmest_mean_step == 0
    assert pattern.sd1 > 0.05


def test_fibrillation_stays_irregular_without_its_odd_beats():
    ectopic, wild = rr_pattern(with_ectopics(8)), rr_pattern(fibrillating())
    assert wild.regular_median_step > 0.05 > ectopic.regular_median_step
    assert wild.calmest_mean_step > 0.1 > ectopic.calmest_mean_step
    assert wild.cells_per_step > 2 * ectopic.cells_per_step


def test_breathing_sways_smoothly_and_fibrillation_does_not():
    swaying = 800 + 60 * np.sin(np.arange(40) / 2)
    assert rr_pattern(swaying).smoothness > 0.85 > rr_pattern(fibrillating()).smoothness


def test_the_scale_of_the_intervals_does_not_matter_to_shares():
    slow, fast = rr_pattern(1.2 * with_ectopics(8)), rr_pattern(0.8 * with_ectopics(8))
    assert slow.early_share == fast.early_share
    assert slow.sd1 == pytest.approx(fast.sd1)


@pytest.mark.parametrize("count", [0, 3])
def test_too_few_intervals_are_not_judged(count):
    assert rr_pattern(STEADY_MS[:count]) is None


@pytest.mark.parametrize("count", [4, 5, 9])
def test_a_short_row_is_measured_without_a_fault(count):
    pattern = rr_pattern(np.linspace(700, 900, count))
    assert all(np.isfinite(getattr(pattern, name)) for name in pattern.__slots__)


def test_an_interval_is_held_against_its_neighbours():
    rr = with_ectopics(10)
    assert out_of_step(rr)[10] == pytest.approx(0.7)
    assert out_of_step(rr)[5] == pytest.approx(1.0)
