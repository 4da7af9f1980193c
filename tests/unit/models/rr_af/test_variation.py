import numpy as np
import pytest

from models.rr_af.variation import VARIATIONS, Row, Variation, varied
from tests.fakes.rr import fibrillating_rr_ms, steady_rr_ms


def row_of(rr_ms, *, is_af=False):
    return Row(rr_ms=rr_ms, is_af=np.full(len(rr_ms), is_af), weight=np.ones(len(rr_ms)))


def played(name, row, seed=4):
    (variation,) = [one for one in VARIATIONS if one.name == name]
    return variation.play(row, np.random.default_rng(seed))


@pytest.mark.parametrize("variation", VARIATIONS, ids=lambda one: one.name)
def test_each_keeps_the_three_columns_alike_and_its_row_untouched(variation: Variation):
    row = row_of(steady_rr_ms(600))
    before = row.rr_ms.copy()
    after = variation.play(row, np.random.default_rng(3))
    assert len(after.rr_ms) == len(after.is_af) == len(after.weight)
    np.testing.assert_array_equal(row.rr_ms, before)
    assert (after.rr_ms[np.isfinite(after.rr_ms)] > 0).all()


def test_ectopic_beats_come_in_no_fibrillation():
    row = row_of(fibrillating_rr_ms(600), is_af=True)
    assert all(len(played("ectopic beats", row, seed).rr_ms) == 600 for seed in range(5))
    np.testing.assert_array_equal(played("ectopic beats", row).rr_ms, row.rr_ms)


def test_ectopic_beats_are_early_and_some_intervals_after_them_are_long():
    row = row_of(np.full(600, 800.0))
    found = np.concatenate([played("ectopic beats", row, seed).rr_ms for seed in range(20)])
    assert (found < 740).any()
    assert (found > 860).any()


def test_missed_and_added_beats_cost_no_time():
    row = row_of(steady_rr_ms(2000))
    missed, added = (played(name, row) for name in ("beats missed", "beats added"))
    assert len(missed) < 2000 < len(added)
    for after in (missed, added):
        assert after.rr_ms.sum() == pytest.approx(row.rr_ms.sum())


def test_jitter_moves_beats_and_does_not_stretch_time():
    row = row_of(steady_rr_ms(2000))
    assert abs(played("jitter", row).rr_ms.sum() - row.rr_ms.sum()) < 100


def test_silence_makes_some_unknown_and_leaves_the_rest():
    row = row_of(steady_rr_ms(600))
    after = played("silence", row).rr_ms
    assert 0 < np.isnan(after).sum() < 80
    np.testing.assert_array_equal(after[np.isfinite(after)], row.rr_ms[np.isfinite(after)])


def test_the_same_seed_varies_alike_and_another_differs():
    row = row_of(steady_rr_ms(3000))
    first, again, other = (varied(row, np.random.default_rng(seed)).rr_ms for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert len(first) != len(other) or not np.array_equal(first, other)
