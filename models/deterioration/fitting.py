"""Fit the network: a convex problem, so that the seed and the number of epochs hardly matter."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from models.deterioration.examples import AT_HOME, Examples
from models.deterioration.network import build
from vitals.scores.deterioration import KEYS

__all__ = ["Fitted", "fit"]

_BATCH: Final = 256
_LEARNING_RATE: Final = 1e-2
_STRENGTH: Final = 3e-3
_LOST: Final = 0.2
"""Share of quantities taken away from the rows as if at home, where nobody has every sensor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A network of logits, and its loss after each epoch on what it saw and on what it did not."""

    network: Any
    history: dict[str, list[float]]


def fit(
    rows: Examples, unseen: Examples | None, *, seed: int, epochs: int, logs_dir: Path | None = None
) -> Fitted:
    """Fit on the rows as they are and as they would be at home."""
    keras.utils.set_random_seed(seed)
    network = build(rows, strength=_STRENGTH)
    steps = epochs * -(-2 * len(rows) // _BATCH)
    network.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps)),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    at_home = _as_if_at_home(rows, np.random.default_rng(seed))
    history = network.fit(
        {name: np.concatenate([column, at_home.tensors[name]]) for name, column in rows.tensors.items()},
        np.concatenate([_target(rows), _target(at_home)]),
        batch_size=_BATCH,
        epochs=epochs,
        verbose=0,
        validation_data=(unseen.tensors, _target(unseen)) if unseen else None,
        callbacks=[keras.callbacks.TensorBoard(logs_dir)] if logs_dir else [],
    )
    return Fitted(network=network, history=history.history)


def _as_if_at_home(rows: Examples, random: np.random.Generator) -> Examples:
    home = rows.with_only(AT_HOME)
    kept = random.random((len(rows), len(KEYS))) >= _LOST
    return replace(
        home, tensors=home.tensors | {"present": home.tensors["present"] * kept.astype(np.float32)}
    )


def _target(rows: Examples) -> NDArray[np.float32]:
    return rows.died.astype(np.float32)[:, None]
