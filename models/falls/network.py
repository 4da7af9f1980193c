"""The network: three votes on a blow, by how its three seconds moved, by what surrounds them, and by both.

Each vote is taught by itself and all count alike. A network over both alone looked at little but the shape of
the blow, which depends on floor, sensor and clip; how somebody lies after it does not.
"""

from typing import Any, Final

import keras
import numpy as np
from keras import layers

from models.falls.examples import LABELS
from vitals.features.falls import FALL_INPUTS

__all__ = ["EMBEDDING", "VOTES", "as_one", "build", "with_temperature"]

EMBEDDING: Final = "embedding"
VOTES: Final = ("motion_vote", "context_vote", "joint_vote")
_SEEN: Final = "{}_seen"
_STAGES: Final = ((24, 5, 2), (32, 5, 2), (32, 3, 1))
"""Filters, width and stride of each separable convolution, from 25 Hz down to 6."""


def build(*, dropout: float = 0.3) -> Any:  # noqa: ANN401 - keras is untyped
    """Return logits over ``LABELS`` of each vote by name, from the two inputs."""
    inputs = {name: keras.Input(shape[1:], name=name) for name, shape in FALL_INPUTS.items()}
    moved, around = _moved(inputs["motion"], dropout), _around(inputs["context"], dropout)
    seen = (moved, around, _both(moved, around, dropout))
    votes = {
        vote: layers.Dense(len(LABELS), name=vote)(layers.Dropout(dropout / 2)(branch))
        for vote, branch in zip(VOTES, seen, strict=True)
    }
    return keras.Model(inputs, votes, name="falls")


def as_one(network: Any) -> Any:  # noqa: ANN401 - likewise
    """Return the network that answers with the mean of all votes, as logits.

    The mean of linear layers is one layer over all that they stand on, which is the embedding.
    """
    votes = [network.get_layer(vote) for vote in VOTES]
    seen = [network.get_layer(_SEEN.format(vote)).output for vote in VOTES]
    kernels, biases = zip(*(vote.get_weights() for vote in votes), strict=True)
    last = layers.Dense(len(LABELS), name="logits")
    logits = last(layers.Concatenate(name=EMBEDDING)(seen))
    last.set_weights([np.concatenate(kernels) / len(votes), np.mean(biases, axis=0)])
    return keras.Model(network.inputs, logits, name="falls")


def with_temperature(network: Any, temperature: float) -> Any:  # noqa: ANN401 - likewise
    """Return the model that ships: calibrated probabilities, the temperature folded into the last layer."""
    last = network.get_layer("logits")
    last.set_weights([weights / temperature for weights in last.get_weights()])
    return keras.Model(network.inputs, layers.Softmax(name="probabilities")(network.output), name="falls")


def _moved(motion: Any, dropout: float) -> Any:  # noqa: ANN401 - likewise
    x = _convolution(layers.Conv1D(16, 7, strides=2, padding="same", use_bias=False), motion)
    for filters, width, strides in _STAGES:
        x = _convolution(
            layers.SeparableConv1D(filters, width, strides=strides, padding="same", use_bias=False), x
        )
    seen = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])
    return layers.Dense(24, activation="relu", name=_SEEN.format(VOTES[0]))(layers.Dropout(dropout)(seen))


def _around(context: Any, dropout: float) -> Any:  # noqa: ANN401 - likewise
    wide = layers.Dense(32, activation="relu")(layers.BatchNormalization()(context))
    return layers.Dense(16, activation="relu", name=_SEEN.format(VOTES[1]))(layers.Dropout(dropout)(wide))


def _both(moved: Any, around: Any, dropout: float) -> Any:  # noqa: ANN401 - likewise
    joined = layers.Dropout(dropout)(layers.Concatenate()([moved, around]))
    return layers.Dense(16, activation="relu", name=_SEEN.format(VOTES[2]))(joined)


def _convolution(layer: Any, x: Any) -> Any:  # noqa: ANN401 - likewise
    return layers.ReLU()(layers.BatchNormalization()(layer(x)))
