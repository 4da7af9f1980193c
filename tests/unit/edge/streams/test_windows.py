import numpy as np
import pytest

from edge.streams.windows import EcgRing, StripCutter
from vitals.records import Waveform


def samples_mv(strip: Waveform) -> np.ndarray:
    return np.frombuffer(strip.samples, dtype="<i2") * strip.scale + strip.offset


def test_the_ring_keeps_the_last_seconds_and_counts_all() -> None:
    ring = EcgRing(rate_hz=100.0, capacity_s=2.0)
    for start in range(0, 500, 50):
        ring.push(np.arange(start, start + 50, dtype=np.float64))
    assert (ring.start, ring.end) == (300, 500)
    assert ring.last(100).ecg_mv.tolist() == list(range(400, 500))


def test_the_newest_samples_can_be_left_out() -> None:
    ring = EcgRing(rate_hz=100.0, capacity_s=2.0)
    ring.push(np.arange(200, dtype=np.float64))
    stretch = ring.last(50, before=30)
    assert stretch.ecg_mv.tolist() == list(range(120, 170))
    assert stretch.stop == 170


def test_peaks_are_given_by_their_place_in_the_stretch_and_forgotten_with_it() -> None:
    ring = EcgRing(rate_hz=100.0, capacity_s=2.0)
    ring.push(np.zeros(200))
    ring.mark([10, 119, 120, 169, 170])
    assert ring.last(50, before=30).r_peaks == [0, 49]
    ring.push(np.zeros(100))
    assert ring.r_peaks == [119, 120, 169, 170]


def test_strips_are_a_second_long_and_timed_by_their_first_sample() -> None:
    cutter = StripCutter(device="strap", rate_hz=130.0, per_count=0.001)
    strips = []
    for number in range(6):
        strips += cutter.push(tuple(range(number * 65, number * 65 + 65)), 5_000.0 + number * 500)
    assert [strip.t0_ms for strip in strips] == [5_000, 6_000, 7_000]
    assert {len(strip.samples) for strip in strips} == {260}
    joined = np.concatenate([samples_mv(strip) for strip in strips])
    assert joined == pytest.approx(np.arange(390) * 0.001)


def test_what_has_gathered_can_be_had_before_the_second_is_full() -> None:
    cutter = StripCutter(device="strap", rate_hz=100.0, per_count=0.001)
    assert cutter.push((1, 2, 3), 1_000.0) == []
    (strip,) = cutter.flush()
    assert samples_mv(strip).tolist() == pytest.approx([0.001, 0.002, 0.003])
    assert cutter.flush() == []


@pytest.mark.parametrize(
    ("counts", "error_mv"),
    [
        ((-32_767, 32_767), 0.0),
        ((300_000, 300_100, 299_900), 0.0),
        ((-(1 << 23), (1 << 23) - 1), 0.3),
        ((8_388_607, 8_388_607), 0.0),
    ],
    ids=["fits", "far-off-centre", "the-whole-24-bits", "constant-at-the-rail"],
)
def test_24_bit_samples_fit_into_16_as_exactly_as_they_can(counts: tuple[int, ...], error_mv: float) -> None:
    cutter = StripCutter(device="strap", rate_hz=100.0, per_count=0.001)
    cutter.push(counts, 0.0)
    (strip,) = cutter.flush()
    assert samples_mv(strip) == pytest.approx(np.array(counts) * 0.001, abs=error_mv + 1e-9)
