"""The network: separable convolutions over the ECG, small branches for the median beat and for rhythm."""

from typing import Any, Final

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from models.rhythm.examples import LABELS
from vitals.features.rhythm import RHYTHM_INPUTS

__all__ = ["build", "with_temperature"]

_ECG_STAGES: Final = ((24, 9), (32, 9), (48, 7), (48, 7), (64, 5))
"""Filters and width of each separable convolution; each halves the rate, from 25 Hz after the first one."""


def build(rhythm_rows: NDArray[np.float32], *, dropout: float = 0.3) -> Any:  # noqa: ANN401 - keras is untyped
    """Return logits over ``LABELS`` from the three inputs; the rhythm row is scaled to the rows given."""
    inputs = {name: keras.Input(shape[1:], name=name) for name, shape in RHYTHM_INPUTS.items()}
    joined = layers.Concatenate()(
        [
            _ecg_branch(inputs["ecg"]),
            _beat_branch(inputs["beat"]),
            _rhythm_branch(inputs["rhythm"], rhythm_rows),
        ]
    )
    hidden = layers.Dense(32, activation="relu")(layers.Dropout(dropout)(joined))
    logits = layers.Dense(len(LABELS), name="logits")(layers.Dropout(dropout / 2)(hidden))
    return keras.Model(inputs, logits, name="rhythm")


def with_temperature(model: Any, temperature: float) -> Any:  # noqa: ANN401 - keras is untyped
    """Return the model that ships: calibrated probabilities, the temperature folded into the last layer."""
    last = model.get_layer("logits")
    last.set_weights([weights / temperature for weights in last.get_weights()])
    return keras.Model(model.inputs, layers.Softmax(name="probabilities")(model.output), name="rhythm")


def _ecg_branch(ecg: Any) -> Any:  # noqa: ANN401 - keras is untyped
    x = _convolution(layers.Conv1D(12, 11, strides=4, padding="same", use_bias=False), ecg)
    for filters, width in _ECG_STAGES:
        x = _convolution(layers.SeparableConv1D(filters, width, strides=2, padding="same", use_bias=False), x)
    return layers.Concatenate()([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])


def _beat_branch(beat: Any) -> Any:  # noqa: ANN401 - keras is untyped
    x = layers.Reshape((RHYTHM_INPUTS["beat"][1], 1))(beat)
    x = _convolution(layers.Conv1D(8, 7, strides=2, padding="same", use_bias=False), x)
    x = _convolution(layers.SeparableConv1D(12, 5, strides=2, padding="same", use_bias=False), x)
    return layers.Dense(12, activation="relu")(layers.Flatten()(x))


def _rhythm_branch(rhythm: Any, rows: NDArray[np.float32]) -> Any:  # noqa: ANN401 - keras is untyped
    scaled = layers.Normalization(mean=rows.mean(axis=0), variance=rows.var(axis=0) + 1e-2)(rhythm)
    return layers.Dense(32, activation="relu")(layers.GaussianNoise(0.1)(scaled))


def _convolution(layer: Any, x: Any) -> Any:  # noqa: ANN401 - keras is untyped
    return layers.ReLU()(layers.BatchNormalization()(layer(x)))
