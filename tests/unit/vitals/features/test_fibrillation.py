import numpy as np
import pytest

from tests.fakes.ecg import excerpt, steady
from vitals.errors import ValidationError
from vitals.features.fibrillation import (
    FIBRILLATION_WINDOW_S,
    FibrillationSigns,
    fibrillation_signs,
    looks_like_fibrillation,
)

RATE_HZ = 250.0
T_S = np.arange(round(FIBRILLATION_WINDOW_S * RATE_HZ)) / RATE_HZ


def signs_at(record: str, second: float, *, database: str = "mitdb") -> FibrillationSigns:
    recording = excerpt(record, database=database)
    first = round(second * recording.rate_hz)
    window = recording.ecg_mv[first : first + round(FIBRILLATION_WINDOW_S * recording.rate_hz)]
    return fibrillation_signs(window, recording.rate_hz)


def test_a_sine_leaks_nothing_and_is_the_flattest_wave_there_is() -> None:
    signs = fibrillation_signs(0.5 * np.sin(2 * np.pi * 5.0 * T_S), RATE_HZ)
    assert signs.leakage < 0.1
    assert signs.peakedness == pytest.approx(1.5, abs=0.1)
    assert signs.height_mv == pytest.approx(1.0, abs=0.1)
    assert signs.dominant_hz == pytest.approx(5.0, abs=0.3)
    assert looks_like_fibrillation(signs)


@pytest.mark.parametrize(
    "ecg_mv",
    [
        np.zeros(len(T_S)),
        np.full(len(T_S), 2.0),
        0.05 * np.sin(2 * np.pi * 5.0 * T_S),
        np.random.default_rng(1).normal(0.0, 0.5, len(T_S)),
        2.0 * T_S,
        steady(duration_s=FIBRILLATION_WINDOW_S, rate_hz=RATE_HZ),
        steady(duration_s=FIBRILLATION_WINDOW_S, rate_hz=RATE_HZ, rr_s=0.33),
    ],
    ids=["flat", "saturated", "too-low", "white-noise", "drift", "75-per-min", "180-per-min"],
)
def test_what_is_no_fibrillation_does_not_look_like_it(ecg_mv: np.ndarray) -> None:
    assert not looks_like_fibrillation(fibrillation_signs(ecg_mv, RATE_HZ))


@pytest.mark.parametrize("second", [12.0, 16.0, 20.0, 24.0, 28.0])
def test_fibrillation_as_recorded_does(second: float) -> None:
    assert looks_like_fibrillation(signs_at("cu01", second, database="cudb"))


@pytest.mark.parametrize("second", [0.0, 2.0, 4.0])
def test_the_same_hearts_before_it_do_not(second: float) -> None:
    assert not looks_like_fibrillation(signs_at("cu01", second, database="cudb"))
    assert not looks_like_fibrillation(signs_at("207", second))


@pytest.mark.parametrize("rate_hz", [125.0, 130.0, 250.0, 360.0])
def test_the_rate_it_was_sampled_at_does_not_matter(rate_hz: float) -> None:
    t_s = np.arange(round(FIBRILLATION_WINDOW_S * rate_hz)) / rate_hz
    wave = np.sin(2 * np.pi * 4.5 * t_s) * (1.0 + 0.3 * np.sin(2 * np.pi * 0.4 * t_s))
    assert looks_like_fibrillation(fibrillation_signs(wave, rate_hz))


@pytest.mark.parametrize(
    "ecg_mv",
    [
        np.zeros(len(T_S) - 1),
        np.zeros(0),
        np.where(np.arange(len(T_S)) == 7, np.nan, 0.0),
        np.zeros((2, 500)),
    ],
    ids=["too-short", "empty", "nan", "two-leads"],
)
def test_what_is_no_window_is_refused_with_what_to_do(ecg_mv: np.ndarray) -> None:
    with pytest.raises(ValidationError, match="cut the window"):
        fibrillation_signs(ecg_mv, RATE_HZ)
