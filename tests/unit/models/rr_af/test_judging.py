import numpy as np

from models.rr_af.judging import windows
from tests.fakes.rr import steady_rr_ms
from vitals.features.rr_af import RR_AF_INPUTS, RR_AF_INTERVALS, RR_AF_LATENCY, rr_af_inputs


def test_there_is_a_window_for_every_interval_even_the_first_and_the_last():
    found = windows(steady_rr_ms(50), hop=1)
    assert found.shape == (50, *RR_AF_INPUTS["rr"][1:])
    assert np.isfinite(found).all()


def test_a_window_is_the_one_the_gateway_makes_of_the_same_intervals():
    rr_ms = steady_rr_ms(RR_AF_INTERVALS + 20)
    of_last = rr_af_inputs(rr_ms[20:])["rr"][0]
    np.testing.assert_array_equal(windows(rr_ms, hop=1)[-1 - RR_AF_LATENCY], of_last)


def test_every_fourth_interval_stands_for_the_four_about_it():
    rr_ms = steady_rr_ms(80)
    np.testing.assert_array_equal(windows(rr_ms), windows(rr_ms, hop=1)[2::4])


def test_a_single_interval_has_its_window():
    assert len(windows(np.array([800.0]))) == 1
