import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fakes.strap import beats_mv
from vitals.features.silence import Silence, SilenceSigns, silence_signs

RATE_HZ = 130
BEATS_S = np.arange(0.4, 8.0, 0.8)
LAST, NEXT = round(BEATS_S[-1] * RATE_HZ), round((BEATS_S[-1] + 4.0) * RATE_HZ)


def heart(extra_mv: NDArray[np.float64] | float = 0.0) -> NDArray[np.float64]:
    ecg = beats_mv(np.append(BEATS_S, BEATS_S[-1] + 4.0), 14.0, RATE_HZ)
    ecg[LAST + RATE_HZ : NEXT - RATE_HZ // 2] += extra_mv
    return ecg


def signs(ecg_mv: NDArray[np.float64]) -> SilenceSigns:
    peaks = [round(at_s * RATE_HZ) for at_s in BEATS_S]
    found = silence_signs(ecg_mv, RATE_HZ, peaks, after=LAST, until=NEXT)
    assert found is not None
    return found


def test_nothing_but_skin_between_two_beats_is_silence() -> None:
    assert signs(heart()).verdict is Silence.SILENT


@pytest.mark.parametrize("share", [0.5, 1.0, -1.0])
def test_a_beat_in_between_is_none(share: float) -> None:
    bump = share * np.exp(-(((np.arange(NEXT - LAST - RATE_HZ - RATE_HZ // 2) - 90) / 2.0) ** 2))
    assert signs(heart(bump)).verdict is not Silence.SILENT


def test_a_line_flatter_than_skin_is_no_contact() -> None:
    ecg = heart()
    ecg[LAST + RATE_HZ // 2 : NEXT - 8] = 0.02
    assert signs(ecg).verdict is Silence.NO_CONTACT


def test_a_line_that_swings_back_from_afar_is_no_contact() -> None:
    slope = np.linspace(2.0, 0.0, NEXT - LAST - RATE_HZ - RATE_HZ // 2)
    assert signs(heart(slope)).verdict is Silence.NO_CONTACT


@pytest.mark.parametrize(("after", "until"), [(LAST, LAST + 70), (LAST, LAST)], ids=["short", "nothing"])
def test_hardly_any_time_says_nothing(after: int, until: int) -> None:
    peaks = [round(at_s * RATE_HZ) for at_s in BEATS_S]
    assert silence_signs(heart(), RATE_HZ, peaks, after=after, until=until) is None


@pytest.mark.parametrize("known", [0, 1, 2])
def test_with_hardly_a_beat_beside_it_nothing_can_be_said(known: int) -> None:
    peaks = [round(at_s * RATE_HZ) for at_s in BEATS_S]
    assert silence_signs(heart(), RATE_HZ, peaks[:known], after=LAST, until=NEXT) is None
