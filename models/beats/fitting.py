"""Fit the network: patients and classes weigh alike by their root, beats are varied as wearers differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from models.beats.examples import BeatExamples
from models.beats.network import build
from models.beats.recordings import LABELS
from models.plan import Progress

__all__ = ["fit"]

_BATCH: Final = 256
_LEARNING_RATE: Final = 2e-3
_LABEL_SMOOTHING: Final = 0.05
_ENOUGH: Final = 300
"""A record's beats of one class weigh as the root of their number, and no more than this many do."""
_OF_STRIPS: Final = 64
_MEMORY: Final = 0.995
"""What is kept at the end is a mean of the weights over the last few hundred steps."""
_FORBIDDEN: Final = -1e4
_SHIFT: Final = 2
_JITTER: Final = 0.1
"""Of the spread of each measure over the examples."""


def fit(  # noqa: PLR0913 - what to fit on, and how
    examples: BeatExamples,
    strips: BeatExamples | None,
    *,
    seed: int,
    epochs: int,
    steps: int,
    progress: Progress,
    logs_dir: Path | None = None,
) -> Any:  # noqa: ANN401 - keras is untyped
    """Fit on all the examples and return the network, its output logits; TensorBoard logs to ``logs_dir``.

    ``strips`` are beats of many other people, a quarter of each batch.
    """
    keras.utils.set_random_seed(seed)
    network = build(examples)
    network.compile(
        optimizer=keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, epochs * steps),
            weight_decay=1e-3,
            use_ema=True,
            ema_momentum=_MEMORY,
        ),
        loss=_loss,
    )
    told = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logged: progress(
            f"epoch {epoch + 1}: loss {logged['loss']:.3f}", (epoch + 1) / epochs
        )
    )
    network.fit(
        _batches(examples, strips, np.random.default_rng(seed)),
        steps_per_epoch=steps,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[told, *([keras.callbacks.TensorBoard(logs_dir)] if logs_dir else [])],
    )
    return network


def _loss(allowed: Any, logits: Any) -> Any:  # noqa: ANN401 - keras is untyped
    """Cross entropy where a beat may be of several classes: what counts is that it is one of them."""
    told = keras.ops.log_softmax(logits)
    within = keras.ops.logsumexp(told + _FORBIDDEN * (1.0 - allowed), axis=-1)
    return -(1.0 - _LABEL_SMOOTHING) * within - _LABEL_SMOOTHING * keras.ops.mean(told, axis=-1)


def _batches(
    examples: BeatExamples, strips: BeatExamples | None, random: np.random.Generator
) -> Iterator[tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]]:
    """Batches without end, the rows drawn by their weight."""
    parts = (
        [(examples, _BATCH)] if strips is None else [(examples, _BATCH - _OF_STRIPS), (strips, _OF_STRIPS)]
    )
    reached = [np.cumsum(_weights(part)) for part, _ in parts]
    allowed = [_allowed(part.labels) for part, _ in parts]
    spreads = {
        name: examples.tensors[name].std(axis=tuple(range(examples.tensors[name].ndim - 1)))
        for name in ("sequence", "measures")
    }
    while True:
        drawn = [
            np.searchsorted(sums, random.random(count) * sums[-1])
            for sums, (_, count) in zip(reached, parts, strict=True)
        ]
        inputs = {
            name: np.concatenate(
                [part.tensors[name][rows] for (part, _), rows in zip(parts, drawn, strict=True)]
            )
            for name in examples.tensors
        }
        targets = [classes[rows] for classes, rows in zip(allowed, drawn, strict=True)]
        yield _varied(inputs, spreads, random), np.concatenate(targets)


def _allowed(labels: NDArray[np.str_]) -> NDArray[np.float32]:
    """``(n, 4)``: 1 for each class that the row may be of."""
    return np.array([[letter in label for letter in LABELS] for label in labels.tolist()], dtype=np.float32)


def _weights(examples: BeatExamples) -> NDArray[np.float64]:
    weights = np.zeros(len(examples))
    for record in np.unique(examples.records):
        for label in np.unique(examples.labels):
            chosen = (examples.records == record) & (examples.labels == label)
            if count := int(chosen.sum()):
                weights[chosen] = np.sqrt(min(count, _ENOUGH)) / count
    return weights


def _varied(
    inputs: dict[str, NDArray[np.float32]],
    spreads: dict[str, NDArray[np.float32]],
    random: np.random.Generator,
) -> dict[str, NDArray[np.float32]]:
    """Shift, turn over, stretch and soil the beat, and jitter the measures: what differs between wearers."""
    beat = inputs["beat"]
    count, length, _ = beat.shape
    shift = random.integers(-_SHIFT, _SHIFT + 1, (count, 1))
    beat = beat[np.arange(count)[:, None], np.clip(np.arange(length) + shift, 0, length - 1)]
    beat = beat * random.choice([-1.0, 1.0], (count, 1, 1)) * np.exp(random.normal(0, 0.15, (count, 1, 1)))
    turns = np.pi * random.integers(1, 4, (count, 1)) * np.linspace(0, 1, length)
    beat[:, :, 0] += random.normal(0, 0.04, (count, 1)) * np.cos(turns + random.uniform(0, 6.3, (count, 1)))
    beat[:, :, 0] += random.normal(0, 1, (count, length)) * np.abs(random.normal(0, 0.02, (count, 1)))
    jittered = {
        name: inputs[name] + _JITTER * spread * random.normal(0, 1, inputs[name].shape)
        for name, spread in spreads.items()
    }
    return {name: rows.astype(np.float32) for name, rows in {"beat": beat, **jittered}.items()}
