"""Beats of recorded hearts, held against what people labelled."""

from dataclasses import replace

import pytest

from cloud.ecg.beats import Beat, Beats, beats_in, rate_per_min
from cloud.ecg.stretches import Source
from tests.fakes.stored_ecg import AF, ECTOPICS, RESTING, annotated_ms, stored

SOURCE = Source("c0-01", "II")
FROM_MS, TO_MS = 20_000, 60_000


def found_in(name: str) -> Beats:
    return beats_in(stored(name, 0, seconds=66), SOURCE, FROM_MS, TO_MS)


def near(beats: Beats, t_ms: float) -> Beat:
    return min(beats.beats, key=lambda beat: abs(beat.t_ms - t_ms))


@pytest.mark.parametrize("name", [RESTING, ECTOPICS, AF])
def test_every_labelled_beat_is_found_and_none_besides(name: str) -> None:
    found = found_in(name)
    labelled = [t_ms for symbol in "NV" for t_ms in annotated_ms(name, 0, symbol) if FROM_MS <= t_ms < TO_MS]
    assert len(found.beats) == pytest.approx(len(labelled), abs=1)
    assert all(abs(near(found, t_ms).t_ms - t_ms) < 120 for t_ms in labelled)


def test_ventricular_ectopics_are_early_and_unlike_the_usual_beat() -> None:
    found = found_in(ECTOPICS)
    ectopic = [near(found, t_ms) for t_ms in annotated_ms(ECTOPICS, 0, "V") if FROM_MS <= t_ms < TO_MS]
    usual = [near(found, t_ms) for t_ms in annotated_ms(ECTOPICS, 0, "N") if FROM_MS <= t_ms < TO_MS]
    assert len(ectopic) > 5
    assert all(beat.is_early and beat.is_other for beat in ectopic)
    assert not any(beat.is_early or beat.is_other for beat in usual)


def test_a_resting_heart_has_one_shape_and_its_usual_beat_is_told() -> None:
    found = found_in(RESTING)
    assert not any(beat.is_early or beat.is_other for beat in found.beats)
    assert len(found.median_mv) == 90
    assert max(found.median_mv) == found.median_mv[round(found.median_r_at_s * found.median_rate_hz)]
    assert rate_per_min(found.beats) == pytest.approx(60.5, abs=1)


def test_no_interval_is_told_across_a_gap() -> None:
    strips = [one for one in stored(RESTING, 0, seconds=66) if not 40_000 <= one.t0_ms < 43_000]
    found = beats_in(strips, SOURCE, FROM_MS, TO_MS)
    [first_after] = [beat for beat in found.beats if beat.t_ms >= 43_000][:1]
    assert first_after.rr_ms is None
    assert not [beat for beat in found.beats if 40_000 <= beat.t_ms < 43_000]


def test_beats_before_a_gap_are_marked_though_they_cannot_be_compared() -> None:
    strips = [one for one in stored(RESTING, 0, seconds=40) if one.t0_ms < 30_000]
    last = beats_in(strips, SOURCE, FROM_MS, TO_MS).beats[-1]
    assert (last.is_early, last.is_other) == (None, None)


def test_a_rate_at_which_beats_cannot_be_found_gives_none() -> None:
    slow = [replace(one, rate_hz=100.0) for one in stored(RESTING, 0, seconds=20)]
    assert beats_in(slow, SOURCE, 0, 20_000) == Beats(beats=(), median_mv=())
    assert beats_in([], None, 0, 20_000) == Beats(beats=(), median_mv=())
    assert rate_per_min(()) is None
