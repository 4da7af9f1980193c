from importlib import import_module

import numpy as np
import pytest

LABELS = 4


@pytest.fixture(scope="module")
def trees():
    """TensorFlow, loaded by the one worker that runs this: every one of them collects it."""
    return import_module("models.rhythm.trees")


@pytest.fixture(scope="module")
def boosted():
    random = np.random.default_rng(3)
    rows = random.normal(size=(300, 6)).astype(np.float32)
    rows[:, 5] = np.round(rows[:, 5])
    labels = (rows[:, 0] > 0).astype(int) + 2 * (rows[:, 5] > 0)
    model = import_module("sklearn.ensemble").GradientBoostingClassifier(
        init="zero", n_estimators=5, max_depth=3, min_samples_leaf=40, random_state=0
    )
    return model.fit(rows, labels), rows


def walked(forest, rows):
    """Walk each tree node by node: what the tables mean."""
    logits = np.zeros((len(rows), forest.labels))
    for tree, (columns, thresholds) in enumerate(zip(forest.columns, forest.thresholds, strict=True)):
        place = np.zeros(len(rows), dtype=int)
        for level in range(forest.depth):
            node = 2**level - 1 + place
            goes_right = rows[np.arange(len(rows)), columns[node]] > thresholds[node]
            place = place + 2**level * goes_right
        logits[:, tree % forest.labels] += forest.leaves[tree, place]
    return logits


def test_the_tables_give_the_logits_of_the_fitted_trees(boosted, trees):
    model, rows = boosted
    assert np.allclose(walked(trees.Forest.of([model]), rows), model.decision_function(rows), atol=1e-6)


def test_a_row_on_a_threshold_stays_on_the_side_it_was_fitted_on(boosted, trees):
    model, rows = boosted
    forest = trees.Forest.of([model])
    on = np.repeat(rows[:1], 200, axis=0)
    on[:, 5] = np.random.default_rng(1).choice(forest.thresholds[forest.columns == 5], 200)
    on = on[np.isfinite(on).all(axis=1)]
    assert np.allclose(walked(forest, on), model.decision_function(on), atol=1e-6)


def test_trees_that_stop_early_are_filled_up_to_one_shape(boosted, trees):
    model, _ = boosted
    forest = trees.Forest.of([model])
    assert forest.columns.shape == forest.thresholds.shape == (5 * LABELS, 7)
    assert forest.leaves.shape == (5 * LABELS, 8)
    assert any((model.estimators_.ravel()[tree].get_n_leaves() < 8) for tree in range(5 * LABELS))


def test_bags_are_averaged(boosted, trees):
    model, rows = boosted
    twice, once = trees.Forest.of([model, model]), trees.Forest.of([model])
    assert len(twice.columns) == 2 * len(once.columns)
    assert np.allclose(walked(twice, rows), walked(once, rows), atol=1e-6)


def test_a_temperature_divides_the_logits(boosted, trees):
    model, rows = boosted
    forest = trees.Forest.of([model])
    assert np.allclose(2 * walked(forest.scaled(0.5), rows), walked(forest, rows), atol=1e-6)
