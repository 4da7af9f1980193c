import numpy as np
import pytest

from models.deterioration.examples import AT_HOME, WORN, gather
from models.deterioration.stays import stays
from tests.fakes.stays import EXCERPT
from vitals.features.deterioration import DETERIORATION_INPUTS, STATISTICS
from vitals.scores.deterioration import KEYS


@pytest.fixture(scope="module")
def found():
    return list(stays(EXCERPT))


def test_rows_have_the_shape_of_the_inputs(found):
    rows = gather(found)
    assert {name: (1, *rows.tensors[name].shape[1:]) for name in rows.tensors} == DETERIORATION_INPUTS
    assert len(rows) == 48
    assert rows.died.sum() == 14


def test_a_stay_judged_early_knows_nothing_of_later(found):
    (stay,) = found[:1]
    minutes, values = stay.series("HR")
    early = gather([stay], ends_h=(6,)).tensors["statistics"][0, KEYS.index("heart_rate")]
    until = values[minutes <= 6 * 60]
    highest, lowest = (20 + 280 * early[STATISTICS.index(name)] for name in ("highest", "lowest"))
    assert until.min() - 1e-3 <= lowest <= highest <= until.max() + 1e-3


def test_a_stay_can_be_judged_at_several_hours(found):
    rows = gather(found[:3], ends_h=(24, 48))
    assert rows.records.tolist() == [stay.record for stay in found[:3] for _ in range(2)]


def test_what_is_taken_away_is_absent_and_nothing_else_changes(found):
    rows = gather(found)
    for keys in (AT_HOME, WORN):
        less = rows.with_only(keys)
        has = dict(zip(KEYS, (less.tensors["present"] > 0).any(axis=0), strict=True))
        assert {key for key, some in has.items() if some} <= keys
        assert np.array_equal(less.tensors["statistics"], rows.tensors["statistics"])
    assert WORN < AT_HOME < set(KEYS)
