from dataclasses import replace

import numpy as np
import pytest

from models.datasets import Annotated, Strip
from models.left_out import LeftOut
from models.rhythm.examples import TENSOR, Examples, annotated_windows, strip_windows
from models.streaming import stream_r_peaks
from tests.fakes.ecg import found_in, steady
from vitals.errors import RecordingError
from vitals.features.rhythm import RHYTHM_INPUTS

RATE_HZ = 300.0


def strip(duration_s, record="A1"):
    return Strip(
        record=record, label="N", rate_hz=RATE_HZ, ecg_mv=steady(duration_s=duration_s, rate_hz=RATE_HZ)
    )


@pytest.mark.parametrize(("duration_s", "windows"), [(4, 0), (9, 1), (30, 1), (35, 2), (61, 3)])
def test_a_strip_is_cut_into_as_many_windows_as_it_is_worth(duration_s, windows):
    assert len(list(strip_windows([strip(duration_s)]))) == windows


def test_strips_that_cannot_be_judged_are_named():
    left_out = LeftOut()
    strips = [strip(30), strip(4, "brief"), replace(strip(30, "odd"), label="Q")]
    assert [window.record for window in strip_windows(strips, left_out)] == ["A1"]
    assert left_out.rows() == [
        {"record": "brief", "reason": "it is shorter than 5 s"},
        {"record": "odd", "reason": "its label 'Q' is none of N, A, O, ~"},
    ]


def test_windows_survive_being_kept_on_disk(tmp_path):
    examples = Examples.gather(strip_windows([strip(30), strip(61, "A2")]))
    examples.save(tmp_path / "kept.npz")
    loaded = Examples.load(tmp_path / "kept.npz")
    assert len(loaded) == 4
    assert loaded.records.tolist() == ["A1", "A2", "A2", "A2"]
    assert np.array_equal(loaded.rows, examples.rows)
    assert loaded.rows.shape[1:] == RHYTHM_INPUTS[TENSOR][1:]
    assert len(loaded.where(loaded.records == "A2")) == 3


def test_a_recording_is_known_by_what_is_in_it():
    examples = Examples.gather(strip_windows([strip(61), strip(61, "copied"), strip(30)]))
    assert len(set(examples.digests.tolist())) == 2


def test_without_a_strip_long_enough_there_is_nothing_to_judge():
    with pytest.raises(RecordingError, match="nothing can be judged"):
        Examples.gather(strip_windows([strip(4)]))
    left_out = LeftOut()
    with pytest.raises(RecordingError, match=r"nothing can be judged \(brief: it is shorter than 5 s\)"):
        Examples.gather(strip_windows([strip(4, "brief")], left_out), left_out)


def test_a_window_is_labelled_by_the_rhythm_that_fills_it():
    ecg = steady(duration_s=90, rate_hz=RATE_HZ)
    recording = Annotated(
        record="r",
        rate_hz=RATE_HZ,
        ecg_mv=ecg.astype(np.float32),
        beats=np.array([], dtype=np.int64),
        beat_symbols=(),
        rhythms=((30, "N"), (round(40 * RATE_HZ), "AFIB")),
        flutter=(),
    )
    rows = annotated_windows(recording, stream_r_peaks(ecg, RATE_HZ), hop_s=15)
    assert [window.label for window in rows] == ["N", "mixed", "mixed", "AFIB", "AFIB"]


def test_a_recording_is_streamed_as_a_wearable_would():
    ecg = steady(duration_s=20)
    assert stream_r_peaks(ecg, 130.0).tolist() == found_in(ecg, 130.0).tolist()
