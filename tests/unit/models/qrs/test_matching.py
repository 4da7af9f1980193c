import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datasets import Annotated
from models.qrs.matching import Tally, match_beats
from models.qrs.tallies import tally_of, tally_within

times = st.lists(st.floats(0, 60), max_size=30).map(lambda values: np.array(sorted(values)))


def recording(beats_s, flutter_s=(), duration_s=60):
    return Annotated(
        record="901",
        rate_hz=100.0,
        ecg_mv=np.zeros(duration_s * 100, dtype=np.float32),
        beats=np.round(np.array(beats_s) * 100).astype(np.int64),
        beat_symbols=("N",) * len(beats_s),
        rhythms=(),
        flutter=tuple((round(start * 100), round(stop * 100)) for start, stop in flutter_s),
    )


@pytest.mark.parametrize(
    ("truth_s", "found_s", "paired"),
    [
        ([1.0, 2.0, 3.0], [1.01, 1.99, 3.1], 3),
        ([1.0, 2.0, 3.0], [1.0, 3.0], 2),
        ([1.0, 2.0], [1.0, 1.5, 2.0], 2),
        ([1.0], [0.9, 1.1], 1),
        ([1.0], [1.151], 0),
        ([], [1.0], 0),
        ([1.0], [], 0),
    ],
)
def test_each_beat_pairs_with_at_most_one_peak_within_the_tolerance(truth_s, found_s, paired):
    is_found, is_true = match_beats(np.array(truth_s), np.array(found_s))
    assert is_found.sum() == is_true.sum() == paired


@given(truth_s=times, found_s=times)
def test_as_many_beats_are_found_as_peaks_are_true(truth_s, found_s):
    is_found, is_true = match_beats(truth_s, found_s)
    assert is_found.sum() == is_true.sum()
    assert (np.abs(truth_s[is_found] - found_s[is_true]) <= 0.150 + 1e-9).all()


def test_nothing_is_asked_of_a_detector_in_flutter():
    tally = tally_of(recording([1, 2, 3, 20], flutter_s=[(10, 30)]), np.array([100, 200, 1500]))
    assert tally == Tally(paired=2, missed=1, extra=0)


def test_a_beat_at_the_edge_of_a_stretch_still_pairs_with_its_peak_outside():
    tally = tally_within(recording([1, 2, 3]), np.array([100, 202]), [(0, 201)])
    assert tally == Tally(paired=2, missed=0, extra=0)


def test_a_share_of_nothing_is_none():
    assert Tally().shares() == {"se": 0.0, "ppv": 0.0, "f1": 0.0, "support": 0, "missed": 0, "extra": 0}
