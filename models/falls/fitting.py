"""Fit the network: blows as they were and as other sensors would have felt them, copy after copy."""

from collections.abc import Iterator
from itertools import cycle
from math import ceil
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.falls.network import VOTES, as_one, build
from models.falls.rows import Copies
from vitals.features.falls import FALL_INPUTS

__all__ = ["fit"]

_BATCH: Final = 256
_MOST_STEPS: Final = 20
"""Batches an epoch: more epochs of less show better where it would begin to learn people by heart."""
_PEAK_LEARNING_RATE: Final = 3e-3
_WEIGHT_DECAY: Final = 4e-3

_Batch = tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.int32]]]


def fit(
    rows: Copies, *, unseen: Copies | None = None, seed: int, epochs: int, logs_dir: Path | None = None
) -> tuple[Any, dict[str, list[float]]]:
    """Return the network, and its loss of each epoch; that on `unseen` people is told, never chosen by.

    Its answer is logits, the mean of all votes, each of which was taught by itself.
    """
    keras.utils.set_random_seed(seed)
    steps = min(ceil(len(rows.is_fall) / _BATCH), _MOST_STEPS)
    network = build()
    network.compile(
        optimizer=keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(_PEAK_LEARNING_RATE, epochs * steps),
            weight_decay=_WEIGHT_DECAY,
        ),
        loss={vote: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for vote in VOTES},
        jit_compile=False,  # it takes longer than it saves, in a network this small
    )
    history = network.fit(
        _dataset(rows, seed),
        epochs=epochs,
        steps_per_epoch=steps,
        shuffle=False,  # the batches are
        verbose=0,
        validation_data=(unseen.copies[0].tensors, _targets(unseen.is_fall)) if unseen else None,
        callbacks=[keras.callbacks.TensorBoard(str(logs_dir))] if logs_dir else [],
    )
    return as_one(network), {
        name: [round(float(each), 5) for each in values] for name, values in history.history.items()
    }


def _targets(is_fall: NDArray[np.bool_]) -> dict[str, NDArray[np.int32]]:
    return dict.fromkeys(VOTES, is_fall.astype(np.int32))


def _dataset(rows: Copies, seed: int) -> tf.data.Dataset:
    """Hand the batches to keras by TensorFlow's own road; that of keras polls, and waits most of the time."""
    tensors = {
        name: tf.TensorSpec((None, *shape[1:]), tf.float32, name) for name, shape in FALL_INPUTS.items()
    }
    signature = (tensors, {vote: tf.TensorSpec((None,), tf.int32) for vote in VOTES})
    batches = tf.data.Dataset.from_generator(lambda: _batches(rows, seed), output_signature=signature)
    return batches.prefetch(2)


def _batches(rows: Copies, seed: int) -> Iterator[_Batch]:
    """Yield batches for ever: one copy after the other, shuffled anew each time."""
    random = np.random.default_rng(seed)
    for copy in cycle(rows.copies):
        order = random.permutation(len(copy.is_fall))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            tensors = {name: column[chosen] for name, column in copy.tensors.items()}
            yield tensors, _targets(copy.is_fall[chosen])
