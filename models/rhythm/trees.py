"""Boosted trees as a network: every test of every tree at once, then the one leaf of each that is reached.

TFLite has no trees, but it can gather, compare and multiply. Trees of one depth become four tables: which
column each node tests, where it parts, and what each leaf adds to the logits. The result is the forest
itself, not a likeness of it: the conversion is held to within 1e-4 of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

__all__ = ["EMBEDDING", "Forest", "network_of"]

EMBEDDING: Final = "embedding"
_EMBEDDED: Final = 16
_NO_TEST: Final = np.float32(np.finfo(np.float32).max)
_SPREAD_QUANTILES: Final = (0.1, 0.9)
_LARGEST: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Perfect trees of one depth d, a row a tree, ``labels`` trees a round.

    ``columns`` and ``thresholds`` are ``(trees, 2**d - 1)``: a row goes right where its column is over the
    threshold. Within a level the right child of node i stands ``2**level`` places after the left one.
    ``leaves`` is ``(trees, 2**d)``.
    """

    labels: int
    depth: int
    columns: NDArray[np.int32]
    thresholds: NDArray[np.float32]
    leaves: NDArray[np.float32]

    @classmethod
    def of(cls, bags: Sequence[Any]) -> Self:
        """Take over fitted ``GradientBoostingClassifier`` that began from zero: the mean of their logits."""
        first = bags[0]
        depth = int(first.max_depth)
        unrolled = [_unrolled(stage.tree_, depth) for bag in bags for stage in bag.estimators_.ravel()]
        columns, thresholds, leaves = (np.stack(part) for part in zip(*unrolled, strict=True))
        return cls(
            labels=first.estimators_.shape[1],
            depth=depth,
            columns=columns,
            thresholds=thresholds,
            leaves=(leaves * first.learning_rate / len(bags)).astype(np.float32),
        )

    def scaled(self, factor: float) -> "Forest":
        """Return the forest whose logits are this one's times a factor."""
        return Forest(
            labels=self.labels,
            depth=self.depth,
            columns=self.columns,
            thresholds=self.thresholds,
            leaves=(self.leaves * factor).astype(np.float32),
        )


def _unrolled(
    tree: Any,  # noqa: ANN401 - scikit-learn is untyped
    depth: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float64]]:
    """Fill a tree up to its depth: below an early leaf every test fails, and both sides give its value."""
    level, columns, thresholds = np.array([0]), [], []
    for _ in range(depth):
        is_leaf = tree.children_left[level] < 0
        columns.append(np.where(is_leaf, 0, tree.feature[level]))
        thresholds.append(np.where(is_leaf, _NO_TEST, _not_above(tree.threshold[level])))
        left = np.where(is_leaf, level, tree.children_left[level])
        right = np.where(is_leaf, level, tree.children_right[level])
        level = np.concatenate([left, right])
    return (
        np.concatenate(columns).astype(np.int32),
        np.concatenate(thresholds).astype(np.float32),
        tree.value[level, 0, 0],
    )


def _not_above(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round down to float32, so that no float32 value changes sides."""
    near = thresholds.astype(np.float32)
    return np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near)


class _ForestLogits(layers.Layer):  # type: ignore[misc] # keras is untyped
    """Logits ``(batch, labels)`` of rows ``(batch, columns)``."""

    def __init__(self, forest: Forest, **options: Any) -> None:  # noqa: ANN401 - keras's own
        super().__init__(**options)
        self._forest = forest

    def call(self, rows: Any) -> Any:  # noqa: ANN401 - keras is untyped
        forest = self._forest
        trees, tests = forest.columns.shape
        values = tf.gather(rows, forest.columns.ravel(), axis=1)
        is_right = tf.cast(values > forest.thresholds.ravel()[None, :], tf.float32)
        is_right = tf.reshape(is_right, (-1, trees, tests))
        reached = 1.0 - is_right[:, :, :0]
        for level in range(forest.depth):
            right = is_right[:, :, 2**level - 1 : 2 ** (level + 1) - 1]
            before = reached if level else 1.0
            reached = tf.concat([(1.0 - right) * before, right * before], axis=2)
        shape = (-1, trees // forest.labels, forest.labels, 2**forest.depth)
        weighed = tf.reshape(reached, shape) * forest.leaves.reshape((1, *shape[1:]))
        return tf.reduce_sum(weighed, axis=(1, 3))


class _Compressed(layers.Layer):  # type: ignore[misc] # keras is untyped
    """Columns about their middle over their spread, far values drawn in: what a distance can be taken of."""

    def __init__(self, rows: NDArray[np.float32], **options: Any) -> None:  # noqa: ANN401 - keras's own
        super().__init__(**options)
        low, high = np.quantile(rows, _SPREAD_QUANTILES, axis=0)
        spread = np.maximum((high - low) / 2, np.maximum(rows.std(axis=0), 1e-3) / 4)
        self._middle = np.median(rows, axis=0).astype(np.float32)
        self._over_spread = (1.0 / spread).astype(np.float32)

    def call(self, rows: Any) -> Any:  # noqa: ANN401 - keras is untyped
        standing = (rows - self._middle) * self._over_spread
        drawn_in = tf.sign(standing) * tf.math.log(1.0 + tf.abs(standing))
        return tf.clip_by_value(drawn_in, -_LARGEST, _LARGEST)


def network_of(forest: Forest, rows: NDArray[np.float32], *, name: str, tensor: str) -> Any:  # noqa: ANN401
    """Return a network from ``(batch, columns)`` to the forest's probabilities.

    A layer beside them, ``EMBEDDING``, gives where a row lies along the sixteen directions in which the
    training ``rows`` vary most.
    """
    inputs = keras.Input(rows.shape[1:], name=tensor)
    compressed = _Compressed(rows, name="compressed")
    logits = _ForestLogits(forest, name="forest")(inputs)
    embed = layers.Dense(_EMBEDDED, name=EMBEDDING, trainable=False)
    embedding = embed(compressed(inputs))
    embed.set_weights(_principal_directions(np.asarray(compressed(rows))))
    # The embedding rides along without weight: the network has one output and keeps the layer, and a column
    # that is not a number, which every test of a tree would take for a small one, leaves no probability.
    kept = layers.Add()([logits, 0.0 * keras.ops.sum(embedding, axis=-1, keepdims=True)])
    return keras.Model({tensor: inputs}, layers.Softmax(name="probabilities")(kept), name=name)


def _principal_directions(rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Weights and bias of the projection to the directions of largest variance."""
    middle = rows.mean(axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(np.cov(rows, rowvar=False))
    weights = directions[:, ::-1][:, :_EMBEDDED]
    weights = weights * np.sign(weights[np.argmax(np.abs(weights), axis=0), np.arange(_EMBEDDED)])
    return [weights.astype(np.float32), (-middle @ weights).astype(np.float32)]
