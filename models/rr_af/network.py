"""The network: dilated separable convolutions over the rows, and means of them over a minute and more.

Two forms share their layers. ``sequences`` judges every interval of a row at once, to train by; ``window``
judges the one interval of a window that the gateway asks about, and ships.
"""

from typing import Any, Final

import keras
from keras import layers, ops

from models.rr_af.labels import LABELS
from vitals.features.rr_af import RR_AF_INPUTS, RR_AF_ROWS_AFTER, RR_CHANNELS

__all__ = ["EMBEDDING", "Network"]

EMBEDDING: Final = "embedding"

_FILTERS: Final = 16
_WIDTH: Final = 5
_DILATIONS: Final = (1, 2, 4, 8)
_EMBEDDING_SIZE: Final = 24
_DROPOUT: Final = 0.1

_REACHES: Final = ((7, 7), (30, 30), (60, 30), (240, 30))
"""Over how many intervals before and after the judged one what the convolutions found is averaged.

Fibrillation stays, ectopic beats come and go; what follows costs latency, what went before does not.
"""

_ROWS: Final = RR_AF_INPUTS["rr"][1]
_JUDGED: Final = _ROWS - 1 - RR_AF_ROWS_AFTER
_KNOWN_SLACK: Final = 0.02
"""Keeps a mean over nothing known at zero."""


class Network:
    """One set of layers, and the two models made of it."""

    def __init__(self) -> None:
        self._convolutions = [_convolution(layers.Conv1D, 1)] + [
            _convolution(layers.SeparableConv1D, dilation) for dilation in _DILATIONS
        ]
        self._dropout = layers.SpatialDropout1D(_DROPOUT)
        self._embedding = layers.Dense(_EMBEDDING_SIZE, activation="relu", name=EMBEDDING)
        self._logits = layers.Dense(len(LABELS), name="logits")
        self.window = self._over_window()  # first: a layer knows the output of its first call
        self.sequences = self._over_sequences()

    def calibrate(self, temperature: float) -> None:
        """Fold a temperature into the last layer of both forms."""
        self._logits.set_weights([weights / temperature for weights in self._logits.get_weights()])

    def _over_sequences(self) -> Any:  # noqa: ANN401 - keras is untyped
        """Logits ``(batch, n, 2)`` of every row of ``(batch, n, channels)``."""
        rows = keras.Input((None, len(RR_CHANNELS)), name="rr")
        known = _known(rows)
        found = self._found(rows) * known
        means = [_means(found, known, *reach) for reach in _REACHES]
        joined = self._dropout(layers.Concatenate()([found, *means]))
        return keras.Model(rows, self._logits(self._dropout(self._embedding(joined))), name="rr-af-rows")

    def _over_window(self) -> Any:  # noqa: ANN401 - likewise
        """Probabilities ``(batch, 2)`` of the judged row."""
        rows = keras.Input(RR_AF_INPUTS["rr"][1:], name="rr")
        known = _known(rows)
        found = self._found(rows) * known
        means = [_mean(found, known, *reach) for reach in _REACHES]
        joined = layers.Concatenate()([found[:, _JUDGED], *means])
        logits = self._logits(self._embedding(joined))
        return keras.Model(rows, layers.Softmax(name="probabilities")(logits), name="rr-af")

    def _found(self, rows: Any) -> Any:  # noqa: ANN401 - likewise
        first, *further = self._convolutions
        found = _apply(first, rows)
        for convolution in further:
            found = found + self._dropout(_apply(convolution, found))
        return found


def _convolution(kind: Any, dilation: int) -> list[Any]:  # noqa: ANN401 - likewise
    convolution = kind(_FILTERS, _WIDTH, dilation_rate=dilation, padding="same", use_bias=False)
    return [convolution, layers.BatchNormalization(), layers.ReLU()]


def _apply(stack: list[Any], values: Any) -> Any:  # noqa: ANN401 - likewise
    for layer in stack:
        values = layer(values)
    return values


def _known(rows: Any) -> Any:  # noqa: ANN401 - likewise
    return 1.0 - rows[..., RR_CHANNELS.index("unknown") :]


def _means(values: Any, known: Any, before: int, after: int) -> Any:  # noqa: ANN401 - likewise
    """Mean of the known values about each place, by running sums; nothing is known beyond the ends."""
    summed, counted = (_sums(one, before, after) for one in (values, known))
    return summed / (counted + _KNOWN_SLACK * (before + 1 + after))


def _sums(values: Any, before: int, after: int) -> Any:  # noqa: ANN401 - likewise
    running = ops.cumsum(layers.ZeroPadding1D((before + 1, after))(values), axis=1)
    return running[:, before + 1 + after :] - running[:, : -(before + 1 + after)]


def _mean(values: Any, known: Any, before: int, after: int) -> Any:  # noqa: ANN401 - likewise
    """Mean of the known values about the judged place."""
    about = slice(_JUDGED - before, _JUDGED + after + 1)
    over = layers.GlobalAveragePooling1D()
    return over(values[:, about]) / (over(known[:, about]) + _KNOWN_SLACK)
