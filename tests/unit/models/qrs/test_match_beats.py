import numpy as np
import pytest

from models.qrs.evaluate import match_beats


@pytest.mark.parametrize(
    ("truth_s", "found_s", "counts"),
    [
        ([1.0, 2.0, 3.0], [1.01, 1.99, 3.1], (3, 0, 0)),
        ([1.0, 2.0, 3.0], [1.0, 3.0], (2, 1, 0)),
        ([1.0, 2.0], [1.0, 1.5, 2.0], (2, 0, 1)),
        ([1.0], [0.9, 1.1], (1, 0, 1)),
        ([1.0], [1.151], (0, 1, 1)),
        ([], [1.0], (0, 0, 1)),
        ([1.0], [], (0, 1, 0)),
    ],
)
def test_each_beat_pairs_with_at_most_one_peak_within_the_tolerance(truth_s, found_s, counts):
    assert match_beats(np.array(truth_s), np.array(found_s)) == counts
