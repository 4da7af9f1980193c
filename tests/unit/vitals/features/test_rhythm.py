import msgspec
import numpy as np
import pytest

from tests.fakes.ecg import excerpt, found_in, steady
from vitals.errors import ValidationError
from vitals.features.rhythm import (
    RHYTHM_FEATURES,
    RHYTHM_INPUTS,
    RHYTHM_WINDOW_S,
    rhythm_evidence,
    rhythm_inputs,
)

RATE_HZ = 130.0
LARGEST_EXPLANATION_BYTES = 8192


def window_of(record):
    recording = excerpt(record)
    length = round(RHYTHM_WINDOW_S * recording.rate_hz)
    peaks = found_in(recording.ecg_mv, recording.rate_hz)
    return recording.ecg_mv[:length], recording.rate_hz, peaks[peaks < length]


@pytest.mark.parametrize("record", ["101", "203"])
def test_the_tensors_have_the_shapes_stated(record):
    inputs = rhythm_inputs(*window_of(record))
    assert {name: rows.shape for name, rows in inputs.items()} == RHYTHM_INPUTS
    assert all(rows.dtype == np.float32 and np.isfinite(rows).all() for rows in inputs.values())


def named(row):
    return dict(zip(RHYTHM_FEATURES, row["rhythm"][0].tolist(), strict=True))


@pytest.mark.parametrize("rate_hz", [125.0, 250.0, 360.0])
def test_the_rate_of_the_lead_hardly_changes_the_features(rate_hz):
    usual, other = (
        named(rhythm_inputs(ecg, rate, found_in(ecg, rate)))
        for rate, ecg in ((r, steady(rate_hz=r)) for r in (RATE_HZ, rate_hz))
    )
    assert usual["rr.mean_ms"] == pytest.approx(other["rr.mean_ms"], abs=2)
    for name in ("beats.p_height", "beats.t_height", "beats.r_height", "strip.qrs_share"):
        assert usual[name] == pytest.approx(other[name], abs=0.05)


def test_the_gain_of_the_lead_changes_nothing_but_the_sizes():
    ecg, rate_hz, peaks = window_of("101")
    once, twice = (named(rhythm_inputs(gain * ecg, rate_hz, peaks)) for gain in (1, 2))
    changed = {name for name in once if once[name] != pytest.approx(twice[name], rel=1e-2, abs=1e-2)}
    assert changed == {"beats.log_height", "strip.log_size"}


def test_no_two_features_share_a_name():
    assert len(set(RHYTHM_FEATURES)) == len(RHYTHM_FEATURES)


def test_the_length_of_a_short_window_is_told():
    ecg = steady(duration_s=10)
    assert named(rhythm_inputs(ecg, RATE_HZ, found_in(ecg, RATE_HZ)))["strip.length_s"] == 10


@pytest.mark.parametrize("peaks", [[], [400], [400, 500]])
def test_a_window_with_hardly_a_beat_still_gives_finite_tensors_and_an_explanation(peaks):
    quiet = 0.01 * np.random.default_rng(0).normal(size=3900)
    assert all(np.isfinite(rows).all() for rows in rhythm_inputs(quiet, RATE_HZ, peaks).values())
    evidence = rhythm_evidence(quiet, RATE_HZ, peaks)
    assert evidence.beat_count == len(peaks)
    assert evidence.mean_heart_rate_per_min is evidence.rmssd_ms is evidence.p_wave_consistency is None
    assert evidence.median_beat_mv == ()


def test_the_evidence_tells_fibrillation_from_a_regular_rhythm():
    normal, fibrillating = (rhythm_evidence(*window_of(record)) for record in ("101", "203"))
    assert normal.p_wave_consistency > 0.8
    assert fibrillating.p_wave_consistency < 0.5
    assert normal.rr_coefficient_of_variation < 0.1
    assert fibrillating.rr_coefficient_of_variation > 0.15
    assert normal.rr_sample_entropy < fibrillating.rr_sample_entropy
    assert (
        normal.successive_differences_over_50_ms_share < fibrillating.successive_differences_over_50_ms_share
    )


def test_the_heart_rate_is_that_of_the_beats():
    ecg = steady(rr_s=0.75)
    assert rhythm_evidence(ecg, RATE_HZ, found_in(ecg, RATE_HZ)).mean_heart_rate_per_min == pytest.approx(
        80, abs=0.2
    )


@pytest.mark.parametrize("record", ["101", "203"])
def test_an_explanation_is_small(record):
    evidence = rhythm_evidence(*window_of(record))
    assert 0 < len(evidence.median_beat_mv) <= 100
    assert len(msgspec.json.encode(evidence)) < LARGEST_EXPLANATION_BYTES


@pytest.mark.parametrize(
    ("ecg", "peaks", "complaint"),
    [
        (np.zeros(200), [], "cut it"),
        (np.zeros(31 * 130), [], "cut it"),
        (np.zeros((2, 3900)), [], "cut it"),
        (np.full(3900, np.nan), [], "finite"),
        (np.zeros(3900), [-1, 50], "subtract"),
        (np.zeros(3900), [50, 3900], "subtract"),
        (np.zeros(3900), [50, 50], "subtract"),
    ],
)
def test_a_window_that_breaks_its_contract_is_refused(ecg, peaks, complaint):
    with pytest.raises(ValidationError, match=complaint):
        rhythm_inputs(ecg, RATE_HZ, peaks)
