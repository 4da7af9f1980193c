import numpy as np
import pytest

from tests.fakes.ecg import drawn, steady
from vitals.features.beat_forms import BEAT_FORMS, beat_forms, cut_beats
from vitals.features.resampling import COMMON_RATE_HZ

RATE_HZ = float(COMMON_RATE_HZ)
TIMES_S = np.arange(0.5, 29.5, 0.8)


def forms_of(ecg_mv, times_s=TIMES_S):
    peaks = np.round(times_s * RATE_HZ).astype(np.int64)
    return beat_forms(cut_beats(ecg_mv, peaks), np.diff(times_s) * 1000)


def test_the_names_are_those_of_the_table_in_order():
    assert tuple(forms_of(steady(rate_hz=RATE_HZ))) == BEAT_FORMS


def test_beats_that_are_all_alike_leave_no_residue():
    forms = forms_of(steady(rate_hz=RATE_HZ))
    assert forms["beat_likeness_least"] > 0.99
    assert forms["residue_median"] < 0.01
    assert forms["unlike_share"] == forms["early_unlike_count"] == 0


def test_the_waves_are_found_where_they_were_drawn():
    forms = forms_of(steady(rate_hz=RATE_HZ))
    assert forms["p_at"] == pytest.approx(25 - 17, abs=1)
    assert forms["t_at"] == pytest.approx(28 - 12, abs=1)
    assert forms["t_height"] > 0.15
    assert forms["p_top"] > 0.05


def test_without_p_waves_there_is_no_hill_before_the_qrs():
    forms = forms_of(steady(rate_hz=RATE_HZ, p_waves=False))
    assert abs(forms["p_height"]) < 0.02


def test_an_early_wide_beat_is_counted_as_unlike_and_a_narrow_one_as_alike():
    times_s = TIMES_S.copy()
    times_s[[10, 20]] -= 0.3
    narrow = drawn(times_s, duration_s=30, rate_hz=RATE_HZ)
    wide = narrow.copy()
    t_s = np.arange(len(wide)) / RATE_HZ
    for early_s in times_s[[10, 20]]:
        wide -= 2.5 * np.exp(-0.5 * ((t_s - early_s) / 0.05) ** 2)
    assert forms_of(narrow, times_s)["early_alike_count"] == 2
    assert forms_of(narrow, times_s)["early_unlike_count"] == 0
    assert forms_of(wide, times_s)["early_unlike_count"] == 2
    assert (
        forms_of(wide, times_s)["earliest_qrs_likeness"]
        < 0.5
        < forms_of(narrow, times_s)["qrs_likeness_least"]
    )


def test_fewer_than_three_whole_beats_have_no_form():
    assert cut_beats(steady(rate_hz=RATE_HZ), np.array([10, 200, 300])) is None


def test_a_dead_lead_gives_finite_measures():
    forms = forms_of(np.zeros(3000))
    assert all(np.isfinite(value) for value in forms.values())
