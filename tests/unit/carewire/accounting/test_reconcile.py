"""Each sample that was measured is stored once, or stated as missing; whatever else is found out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carewire.accounting.alignment import Tolerance
from carewire.accounting.reconcile import Verdict, reconcile, reconcile_strips
from carewire.accounting.samples import Missing, Name, Samples, Strip

RATE = Name(device="c0-01", kind="heart_rate")
ECG = Name(device="c0-01", kind="ecg")
EACH_SECOND = Samples.of([(1000.0 * second, 60.0 + second % 7) for second in range(20)])
WAVE = Samples.of([(8.0 * place, value) for place, value in enumerate(np.sin(np.arange(1000) / 5).tolist())])
GAP = Missing(device="c0-01", kind="heart_rate", from_ms=4900.0, to_ms=7100.0)


def without(samples: Samples, *places: int) -> Samples:
    kept = np.setdiff1d(np.arange(len(samples)), places)
    return Samples(t_ms=samples.t_ms[kept], value=samples.value[kept])


def later(samples: Samples, by_ms: float) -> Samples:
    return Samples(t_ms=samples.t_ms + by_ms, value=samples.value)


def of_values(stored: Samples, *missing: Missing) -> Verdict:
    return reconcile(RATE, EACH_SECOND, stored, missing, Tolerance(near_ms=450.0, resolution=0.1))


def strip(first: int, last: int, *, late_ms: float = 3.0) -> Strip:
    return Strip(t0_ms=float(WAVE.t_ms[first]) + late_ms, rate_hz=125.0, value=WAVE.value[first:last])


def of_strips(*strips: Strip, missing: tuple[Missing, ...] = ()) -> Verdict:
    return reconcile_strips(ECG, WAVE, strips, missing, Tolerance(near_ms=100.0, resolution=1e-6))


def test_what_is_stored_a_little_late_is_whole() -> None:
    verdict = of_values(later(EACH_SECOND, 120.0))

    assert verdict.is_whole
    assert (verdict.made, verdict.stored, verdict.declared) == (20, 20, 0)


def test_a_value_that_is_nowhere_is_lost_and_named() -> None:
    verdict = of_values(without(EACH_SECOND, 3))

    assert not verdict.is_whole
    assert (verdict.lost, verdict.lost_at_ms) == (1, (3000.0,))


def test_a_value_within_a_stated_gap_is_declared() -> None:
    verdict = of_values(without(EACH_SECOND, 5, 6, 7), GAP)

    assert verdict.is_whole
    assert (verdict.stored, verdict.declared) == (17, 3)


@pytest.mark.parametrize("other", [{"device": "c0-02"}, {"kind": "ecg"}])
def test_another_gap_declares_nothing(other: dict[str, str]) -> None:
    assert of_values(without(EACH_SECOND, 5), replace(GAP, **other)).lost == 1


def test_a_value_stored_twice_is_invented() -> None:
    twice = Samples.of([*zip(EACH_SECOND.t_ms, EACH_SECOND.value, strict=True), (4000.0, 64.0)])

    assert of_values(twice).invented == 1


def test_a_value_that_was_never_measured_is_invented() -> None:
    wrong = Samples(t_ms=EACH_SECOND.t_ms, value=EACH_SECOND.value + (EACH_SECOND.t_ms == 4000.0) * 5)
    verdict = of_values(wrong)

    assert (verdict.invented, verdict.lost) == (1, 1)


def test_strips_cover_the_signal_wherever_their_times_are_a_little_off() -> None:
    verdict = of_strips(strip(0, 400), strip(400, 1000, late_ms=-9.0))

    assert verdict.is_whole
    assert verdict.stored == 1000


def test_samples_between_strips_are_lost_unless_that_is_stated() -> None:
    halves = (strip(0, 400), strip(450, 1000))
    stated = Missing(device="c0-01", kind="ecg", from_ms=3200.0, to_ms=3600.0)

    assert of_strips(*halves).lost == 50
    assert of_strips(*halves, missing=(stated,)).declared == 50


def test_samples_in_two_strips_are_invented_once() -> None:
    assert of_strips(strip(0, 420), strip(400, 1000)).invented == 20


def test_a_strip_of_other_samples_is_invented_whole() -> None:
    changed = replace(strip(0, 400), value=WAVE.value[:400] + 0.01)
    verdict = of_strips(changed, strip(400, 1000))

    assert (verdict.invented, verdict.lost) == (400, 400)


def test_a_value_among_its_likes_is_not_mistaken_for_the_one_that_is_missing() -> None:
    alike = Samples.of([(1000.0 * second, 72.0) for second in range(20)])
    stored = later(without(alike, 5, 6, 7), 900.0)
    verdict = reconcile(RATE, alike, stored, [GAP], Tolerance(near_ms=2500.0, resolution=0.1))

    assert verdict.is_whole
    assert (verdict.stored, verdict.declared) == (17, 3)


def test_values_that_came_late_and_all_at_once_are_told_apart_by_their_order() -> None:
    stored = Samples(t_ms=np.maximum(EACH_SECOND.t_ms, 6500.0), value=EACH_SECOND.value)
    verdict = reconcile(RATE, EACH_SECOND, stored, [], Tolerance(near_ms=7000.0, resolution=0.1))

    assert verdict.is_whole


def test_values_that_changed_places_are_known_by_their_size() -> None:
    made = Samples.of([(1000.0, 980.0), (1060.0, 967.0), (2000.0, 938.0)])
    stored = Samples.of([(1180.0, 980.0), (1090.0, 967.0), (2020.0, 938.0)])

    assert reconcile(RATE, made, stored, [], Tolerance(near_ms=500.0, resolution=0.5)).is_whole


def test_nothing_stored_and_nothing_made_are_accounted_for() -> None:
    nothing = Samples.of([])

    assert of_values(nothing).lost == 20
    assert reconcile(RATE, nothing, EACH_SECOND, [], Tolerance(near_ms=1.0, resolution=0.1)).invented == 20


@given(st.sets(st.integers(0, 19)), st.floats(-400, 400))
def test_made_is_always_stored_or_declared_or_lost(dropped: set[int], by_ms: float) -> None:
    verdict = of_values(later(without(EACH_SECOND, *dropped), by_ms), GAP)

    assert verdict.made == verdict.stored + verdict.declared + verdict.lost
    assert verdict.stored == 20 - len(dropped)
    assert verdict.lost <= len(dropped)
