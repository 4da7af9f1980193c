import numpy as np
import pytest

from tests.fakes.rr import bigeminal_rr_ms, fibrillating_rr_ms, steady_rr_ms
from vitals.errors import ValidationError
from vitals.features.rr_af import (
    RR_AF_INPUTS,
    RR_AF_INTERVALS,
    RR_AF_LATENCY,
    RR_CHANNELS,
    inner_rows,
    rr_af_inputs,
    rr_af_rows,
    rr_evidence,
)

ALIKE = RR_CHANNELS.index("share of neighbours as long")
SUM_OF_TWO = RR_CHANNELS.index("share of neighbours whose sum of two is as long")
UNKNOWN = RR_CHANNELS.index("unknown")


def test_a_window_is_one_tensor_of_the_shape_the_model_takes():
    (rows,) = rr_af_inputs(steady_rr_ms(RR_AF_INTERVALS)).values()
    assert rows.shape == RR_AF_INPUTS["rr"]
    assert rows.dtype == np.float32


@pytest.mark.parametrize("count", [0, RR_AF_INTERVALS - 1, RR_AF_INTERVALS + 1])
def test_a_window_of_another_length_is_refused_with_what_to_do(count):
    with pytest.raises(ValidationError, match="fill it up with NaN"):
        rr_af_inputs(np.full(count, 800.0))


def test_a_window_alone_has_the_rows_it_has_within_the_whole_row():
    rr_ms = fibrillating_rr_ms(RR_AF_INTERVALS + 60)
    whole = inner_rows(rr_ms)
    for start in (0, 17, 60):
        alone = rr_af_inputs(rr_ms[start : start + RR_AF_INTERVALS])["rr"][0]
        np.testing.assert_array_equal(alone, whole[start : start + len(alone)])


def test_the_interval_judged_is_followed_by_as_many_as_the_latency_says():
    rr_ms = np.full(RR_AF_INTERVALS, 800.0)
    rr_ms[-1 - RR_AF_LATENCY] = 560.0
    rows = rr_af_inputs(rr_ms)["rr"][0]
    assert rows[:, 0].argmin() == len(rows) - 1 - (RR_AF_LATENCY - 15)


def test_in_fibrillation_an_interval_resembles_few_and_in_sinus_rhythm_most():
    of_sinus, of_af = (rr_af_rows(rr)[50:-50, ALIKE].mean() for rr in (steady_rr_ms(), fibrillating_rr_ms()))
    assert of_sinus > 3 * of_af


def test_a_premature_beat_and_its_pause_are_as_long_as_two_usual_ones():
    of_bigeminy, of_af = (
        rr_af_rows(rr)[50:-50, SUM_OF_TWO].mean() for rr in (bigeminal_rr_ms(), fibrillating_rr_ms())
    )
    assert of_bigeminy > 4 * of_af


@pytest.mark.parametrize("implausible_ms", [np.nan, np.inf, -np.inf, -5.0, 0.0, 150.0, 5000.0])
def test_what_no_heart_does_is_unknown_and_spoils_nothing_beside_it(implausible_ms):
    rr_ms = steady_rr_ms()
    rr_ms[200] = implausible_ms
    rows = rr_af_rows(rr_ms)
    assert np.isfinite(rows).all()
    assert np.flatnonzero(rows[:, UNKNOWN]).tolist() == [200]
    assert rows[200, ALIKE] == 0
    assert rows[201, ALIKE] > 0.5


def test_nothing_known_is_all_unknown_and_finite():
    rows = rr_af_rows(np.full(60, np.nan))
    assert np.isfinite(rows).all()
    assert rows[:, UNKNOWN].all()


def test_a_faster_heart_of_the_same_pattern_differs_only_in_its_median():
    slow, fast = (rr_af_rows(fibrillating_rr_ms(rr_ms=rr_ms))[50:-50] for rr_ms in (900.0, 600.0))
    same = [place for place, name in enumerate(RR_CHANNELS) if name != "local median over 800 ms"]
    np.testing.assert_allclose(slow[:, same], fast[:, same], atol=1e-5)


def test_evidence_names_what_the_intervals_show():
    seen = rr_evidence(np.array([800.0, 900.0, 800.0, 900.0, 800.0, np.nan, 50.0]))
    assert seen is not None
    assert (seen.beats_judged, seen.shortest_rr_ms, seen.longest_rr_ms) == (5, 800.0, 900.0)
    assert seen.rmssd_ms == 100.0
    assert seen.successive_differences_over_50_ms_share == 1.0
    assert seen.mean_heart_rate_per_min == pytest.approx(71.4)


def test_too_few_intervals_show_nothing():
    assert rr_evidence(np.array([800.0, 810.0, np.nan, np.nan, 790.0])) is None
