import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.ecg import drawn, excerpt
from vitals.errors import ValidationError
from vitals.features.beats import BEAT_INPUTS, BeatFault, BeatStream

_RATE_HZ = 250.0
_RR_S = 0.8


def told_of(ecg_mv, rate_hz, r_peaks, *, stream=None, chunk_s=0.5):
    """Push a recording as a wearable sends it, each peak with the chunk that it ends before."""
    stream = stream or BeatStream(rate_hz)
    step, told, given = round(chunk_s * rate_hz), [], 0
    for start in range(0, len(ecg_mv), step):
        ready = int(np.searchsorted(r_peaks, start))
        told += stream.push(ecg_mv[start : start + step], [int(peak) for peak in r_peaks[given:ready]])
        given = ready
    return told


def told_of_drawn(beats_s, *, rate_hz=_RATE_HZ, **drawing):
    ecg = drawn(beats_s, duration_s=float(beats_s[-1] + 6), rate_hz=rate_hz, **drawing)
    return told_of(ecg, rate_hz, np.round(beats_s * rate_hz).astype(int))


def one_early(*, early_s, count=40, at=30):
    """Steady beats, of which one comes early and is followed by a full compensatory pause."""
    beats_s = 1.0 + _RR_S * np.arange(count)
    beats_s[at] -= early_s
    return beats_s


@pytest.mark.parametrize("record", ["101", "203"])
def test_tells_every_whole_beat_of_a_real_recording_in_the_shapes_promised(record):
    recording = excerpt(record)
    told = told_of(recording.ecg_mv, recording.rate_hz, recording.beats)
    assert [beat.at for beat in told] == recording.beats[: len(told)].tolist()
    assert len(recording.beats) - len(told) <= 4
    for beat in told:
        assert {name: tensor.shape for name, tensor in beat.inputs.items()} == BEAT_INPUTS
        assert all(
            tensor.dtype == np.float32 and np.isfinite(tensor).all() for tensor in beat.inputs.values()
        )
        assert len(beat.beat_mv) == len(beat.median_mv) == 90


@settings(max_examples=10, deadline=None)
@given(chunk_s=st.floats(0.05, 2.0))
def test_any_chunking_tells_the_same(chunk_s):
    recording = excerpt("101")
    whole = told_of(recording.ecg_mv, recording.rate_hz, recording.beats)
    parts = told_of(recording.ecg_mv, recording.rate_hz, recording.beats, chunk_s=chunk_s)
    for one, other in zip(whole, parts, strict=False):
        assert one.at == other.at
        assert all(np.array_equal(one.inputs[name], other.inputs[name]) for name in BEAT_INPUTS)


def test_an_early_beat_has_its_prematurity_and_its_pause():
    told = told_of_drawn(one_early(early_s=0.3))
    early, usual = told[30].features, told[20].features
    assert early.prematurity_pct == pytest.approx(100 * 0.3 / _RR_S, abs=1)
    assert early.compensatory_pause_pct == pytest.approx(100 * 0.3 / _RR_S, abs=1)
    assert early.rr_before_ms == pytest.approx(500, abs=4)
    assert early.rr_after_ms == pytest.approx(1100, abs=4)
    assert abs(usual.prematurity_pct) < 1


def test_a_beat_without_its_p_wave_is_told_from_one_with_it():
    beats_s = one_early(early_s=0.0)
    with_p, without = (
        drawn(beats_s, duration_s=40, rate_hz=_RATE_HZ, p_waves=has_p) for has_p in (True, False)
    )
    around = slice(round((beats_s[30] - 0.4) * _RATE_HZ), round((beats_s[30] + 0.4) * _RATE_HZ))
    with_p[around] = without[around]
    told = told_of(with_p, _RATE_HZ, np.round(beats_s * _RATE_HZ).astype(int))
    assert told[20].features.p_wave_share == pytest.approx(1.0, abs=0.1)
    assert told[30].features.p_wave_share < 0.3


def test_a_wide_beat_is_wider_than_usual_and_unlike_it():
    beats_s = one_early(early_s=0.0)
    ecg = drawn(np.delete(beats_s, 30), duration_s=40, rate_hz=_RATE_HZ)
    t_s = np.arange(len(ecg)) / _RATE_HZ - beats_s[30]
    ecg += 1.5 * np.exp(-0.5 * (t_s / 0.04) ** 2) - 0.8 * np.exp(-0.5 * ((t_s - 0.16) / 0.06) ** 2)
    told = told_of(ecg, _RATE_HZ, np.round(beats_s * _RATE_HZ).astype(int))
    wide, usual = told[30].features, told[20].features
    assert usual.likeness_to_usual > 0.99 > wide.likeness_to_usual
    assert wide.qrs_width_ms > usual.qrs_width_ms + 40


@pytest.mark.parametrize("rate_hz", [125.0, 130.0, 256.0, 360.0])
def test_the_same_heart_has_the_same_beats_at_every_rate(rate_hz):
    beats_s = one_early(early_s=0.3)
    reference, told = told_of_drawn(beats_s), told_of_drawn(beats_s, rate_hz=rate_hz)
    for place in (20, 30, 31):
        assert np.corrcoef(told[place].beat_mv, reference[place].beat_mv)[0, 1] > 0.95
        assert told[place].features.prematurity_pct == pytest.approx(
            reference[place].features.prematurity_pct, abs=1.5
        )


def test_a_beat_waits_for_two_more_and_no_longer():
    beats_s = 1.0 + 0.35 * np.arange(60)
    ecg = drawn(beats_s, duration_s=25, rate_hz=_RATE_HZ)
    stream, peaks = BeatStream(_RATE_HZ), np.round(beats_s * _RATE_HZ).astype(int)
    due = round((beats_s[40] + 1.2) * _RATE_HZ)
    told = stream.push(ecg[:due], peaks[peaks < due].tolist())
    assert told[-1].at >= peaks[40]


def test_the_last_beat_before_a_standstill_is_told_after_five_seconds():
    beats_s = 1.0 + _RR_S * np.arange(20)
    ecg = drawn(beats_s, duration_s=30, rate_hz=_RATE_HZ)
    told = told_of(ecg, _RATE_HZ, np.round(beats_s * _RATE_HZ).astype(int))
    assert len(told) == 20
    assert told[-1].features.rr_after_ms == 3000


def test_what_is_known_of_the_patient_outlives_a_restart():
    beats_s = one_early(early_s=0.0)
    ecg, peaks = drawn(beats_s, duration_s=40, rate_hz=_RATE_HZ), np.round(beats_s * _RATE_HZ).astype(int)
    stream = BeatStream(_RATE_HZ)
    cold = told_of(ecg, _RATE_HZ, peaks, stream=stream)
    stream.restart()
    warm = told_of(ecg, _RATE_HZ, peaks, stream=stream)
    assert warm[0].at == cold[0].at
    assert cold[0].inputs["measures"][0, -1] == 0.0
    assert warm[0].inputs["measures"][0, -1] > 0.6


def test_a_flat_stretch_has_a_reason_instead_of_inputs():
    told = told_of(np.zeros(2500), _RATE_HZ, np.arange(250, 1500, 200))
    assert {beat.fault for beat in told} == {BeatFault.FLAT}
    assert all(not beat.inputs and beat.features is None for beat in told)


def test_a_saturated_stretch_has_a_reason_and_teaches_nothing():
    beats_s = one_early(early_s=0.0)
    ecg, peaks = drawn(beats_s, duration_s=40, rate_hz=_RATE_HZ), np.round(beats_s * _RATE_HZ).astype(int)
    saturated = ecg.copy()
    saturated[peaks[10] - 20 : peaks[10] + 60] = 5.0
    told = told_of(saturated, _RATE_HZ, peaks)
    assert told[10].fault is BeatFault.CLIPPED
    np.testing.assert_allclose(told[30].median_mv, told_of(ecg, _RATE_HZ, peaks)[30].median_mv, atol=0.01)


@pytest.mark.parametrize(
    ("samples", "r_peaks"),
    [
        (np.full(100, np.nan), []),
        (np.zeros((10, 2)), []),
        (np.zeros(100), [50, 40]),
        (np.zeros(100), [100]),
        (np.zeros(100), [-1]),
    ],
)
def test_what_cannot_be_right_is_refused_and_changes_nothing(samples, r_peaks):
    recording = excerpt("101")
    stream = BeatStream(recording.rate_hz)
    with pytest.raises(ValidationError):
        stream.push(samples, r_peaks)
    told = told_of(recording.ecg_mv, recording.rate_hz, recording.beats, stream=stream)
    fresh = told_of(recording.ecg_mv, recording.rate_hz, recording.beats)
    assert [beat.beat_mv for beat in told] == [beat.beat_mv for beat in fresh]


@pytest.mark.parametrize("rate_hz", [50.0, 124.0, 500.0])
def test_a_rate_at_which_beats_have_no_shape_is_refused(rate_hz):
    with pytest.raises(ValidationError, match="resample"):
        BeatStream(rate_hz)
