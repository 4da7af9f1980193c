"""The network: separable convolutions over the beat, a temporal one over its neighbours, and measures."""

from typing import Any, Final

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from models.beats.calibration import Calibration
from models.beats.examples import BeatExamples
from models.beats.recordings import LABELS
from models.distance import with_distance
from vitals.features.beats import BEAT_INPUTS

__all__ = ["EMBEDDING", "build", "finished"]

EMBEDDING: Final = 24
_BEAT_STAGES: Final = ((24, 5), (16, 5))
_WEIGHT_DECAY: Final = 1e-4
_BRANCH_DROPOUT: Final = 0.15
"""How often a whole branch is silenced in training, so that the others learn to stand alone."""
_SMALLEST_SPREAD: Final = 0.05
_MEASURED_ROWS: Final = 20_000


def build(examples: BeatExamples) -> Any:  # noqa: ANN401 - keras is untyped
    """Return logits over ``LABELS`` from the three inputs, which are scaled to the rows given."""
    inputs = {name: keras.Input(shape[1:], name=name) for name, shape in BEAT_INPUTS.items()}
    scaled = {name: _scaled(inputs[name], examples.tensors[name]) for name in ("sequence", "measures")}
    joined = layers.Concatenate()(
        [
            _branch_dropout(_beat_branch(inputs["beat"])),
            _branch_dropout(_sequence_branch(scaled["sequence"])),
            layers.Dropout(0.2)(_dense(scaled["measures"], 32)),
        ]
    )
    hidden = layers.Dropout(0.25)(_dense(layers.Dropout(0.4)(joined), 32))
    embedding = _dense(hidden, EMBEDDING, name="embedding")
    return keras.Model(inputs, layers.Dense(len(LABELS), name="logits")(embedding), name="beats")


def finished(model: Any, examples: BeatExamples, calibration: Calibration) -> Any:  # noqa: ANN401 - keras is untyped
    """Return the model that ships: calibrated probabilities, the embedding and its distance."""
    last = model.get_layer("logits")
    weights, bias = last.get_weights()
    last.set_weights([weights / calibration.temperature, calibration(bias)])
    calibrated = keras.Model(model.inputs, layers.Softmax(name="probabilities")(model.output), name="beats")
    step = max(1, len(examples) // _MEASURED_ROWS)
    return with_distance(
        calibrated, "embedding", {name: rows[::step] for name, rows in examples.tensors.items()}
    )


def _beat_branch(beat: Any) -> Any:  # noqa: ANN401 - keras is untyped
    x = _convolution(layers.Conv1D(12, 7, padding="same", use_bias=False, kernel_regularizer=_decay()), beat)
    for filters, width in _BEAT_STAGES:
        x = layers.SeparableConv1D(
            filters,
            width,
            padding="same",
            use_bias=False,
            depthwise_regularizer=_decay(),
            pointwise_regularizer=_decay(),
        )(layers.MaxPooling1D(2)(x))
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.SpatialDropout1D(0.2)(layers.MaxPooling1D(2)(x))
    return _dense(layers.Flatten()(x), 24)


def _sequence_branch(sequence: Any) -> Any:  # noqa: ANN401 - keras is untyped
    x = sequence
    for _ in range(2):
        x = layers.Conv1D(16, 3, padding="same", activation="relu", kernel_regularizer=_decay())(x)
    return _dense(layers.Flatten()(layers.SpatialDropout1D(0.2)(x)), 24)


def _scaled(tensor: Any, rows: NDArray[np.float32]) -> Any:  # noqa: ANN401 - keras is untyped
    over = tuple(range(rows.ndim - 1))
    variance = np.maximum(rows.var(axis=over), _SMALLEST_SPREAD**2)
    return layers.Normalization(mean=rows.mean(axis=over), variance=variance)(tensor)


def _dense(x: Any, units: int, name: str | None = None) -> Any:  # noqa: ANN401 - keras is untyped
    return layers.Dense(units, activation="relu", kernel_regularizer=_decay(), name=name)(x)


def _branch_dropout(x: Any) -> Any:  # noqa: ANN401 - keras is untyped
    return layers.Dropout(_BRANCH_DROPOUT, noise_shape=(None, 1))(x)


def _convolution(layer: Any, x: Any) -> Any:  # noqa: ANN401 - keras is untyped
    return layers.ReLU()(layers.BatchNormalization()(layer(x)))


def _decay() -> Any:  # noqa: ANN401 - keras is untyped
    return keras.regularizers.L2(_WEIGHT_DECAY)
