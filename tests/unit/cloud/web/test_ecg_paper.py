import numpy as np
import pytest

from cloud.ecg.beats import Beat
from cloud.ecg.stretches import Source, Stretch, stretches
from cloud.ports import Strip
from cloud.web.ecg_paper import EcgRow, Setting, ecg_row

HEIGHT = 50.0


def signal(t0_ms: int, *mv: float, rate_hz: float = 100.0) -> Stretch:
    samples = np.round(np.array(mv) * 1000).astype("<i2").tobytes()
    strip = Strip(
        device="d", kind="ecg", t0_ms=t0_ms, rate_hz=rate_hz, samples=samples, scale=0.001, offset=0, lead=""
    )
    return stretches([strip], Source("d", ""))[0]


def row(*parts: Stretch, setting: Setting | None = None, beats: tuple[Beat, ...] = ()) -> EcgRow:
    return ecg_row(parts, beats, (0, 1_000), setting or Setting(), HEIGHT)


def test_a_second_is_25_mm_and_a_millivolt_10() -> None:
    drawn = row(signal(0, 0, 0, 1, *[0.0] * 97))
    assert (drawn.width, drawn.height) == (25.0, 50.0)
    assert drawn.path.startswith("M0 3000l25 0 25 -1000 25 1000 25 0")
    assert drawn.missing == ()


def test_speed_and_gain_stretch_the_paper_and_the_trace() -> None:
    drawn = row(signal(0, 0, 0, 1, *[0.0] * 97), setting=Setting(speed_mm_s=50.0, gain_mm_mv=5.0))
    assert drawn.width == 50.0
    assert drawn.path.startswith("M0 3000l50 0 50 -500 50 500")


def test_the_middle_of_the_signal_lies_on_the_baseline_whatever_its_offset() -> None:
    assert row(signal(0, *[-3.0] * 100)).path.startswith("M0 3000l25 0")


def test_what_is_missing_is_named_and_no_line_goes_over_it() -> None:
    drawn = row(signal(100, *[0.0] * 20), signal(500, *[0.0] * 50))
    assert drawn.path.count("M") == 2
    assert drawn.missing == ((0.0, 2.5), (7.25, 5.25))


def test_without_signal_all_is_missing() -> None:
    drawn = row()
    assert (drawn.path, drawn.missing) == ("", ((0.0, 25.0),))


def test_a_tall_signal_is_moved_to_where_all_of_it_is_shown() -> None:
    drawn = row(signal(0, 0, 0, 4, *[0.0] * 97))
    assert not drawn.is_clipped
    assert drawn.path.startswith("M0 4050l")


def test_one_taller_than_the_paper_is_told() -> None:
    assert row(signal(0, 0, 0, 4, -2, *[0.0] * 96)).is_clipped


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ((False, False), "usual"),
        ((True, False), "early"),
        ((False, True), "other"),
        ((True, True), "early-other"),
        ((None, None), "unknown"),
    ],
)
def test_beats_are_signed_by_what_is_so_of_them(said: tuple[bool | None, bool | None], name: str) -> None:
    inside = Beat(t_ms=400, rr_ms=800.4, is_early=said[0], is_other=said[1])
    outside = Beat(t_ms=1_000, rr_ms=None, is_early=False, is_other=False)
    [mark] = row(beats=(inside, outside)).marks
    assert (mark.x, mark.name, mark.rr_ms) == (10.0, name, 800)
