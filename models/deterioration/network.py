"""The network: a sum of one part a quantity, each part a sum of bent lines over its statistics.

Additive by design (a generalised additive model of linear splines, after Hastie and Tibshirani 1986): the
parts are what each quantity adds to the log-odds, so an answer explains itself, and what is missing adds
nothing. A second set of slopes judges where nobody scores consciousness, as at home; the first would miss
it there.
"""

from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from models.deterioration.examples import Examples
from models.interpreter import OUTPUT
from vitals.features.deterioration import DETERIORATION_INPUTS, STATISTICS
from vitals.scores.deterioration import KEYS, DeteriorationTable

__all__ = ["build", "logits_of", "table_of", "with_outputs"]

_SEGMENTS: Final = 5
_OUTERMOST: Final = 0.005
_LEVELS: Final = ("last", "recent_mean", "mean", "lowest", "highest")
_SIGNS: Final = {"age": 1.0, "coma_score": -1.0, "inspired_oxygen": 1.0}
"""Where more is worse (1) or better (-1) beyond doubt: all levels of it must say so."""
_WARD_KEY: Final = KEYS.index("coma_score")


@keras.saving.register_keras_serializable("carewire")
class Ramps(layers.Layer):  # type: ignore[misc] # keras is untyped
    """Cut ``(n, keys, statistics)`` into how far each value runs through each of five segments.

    Centred on the training rows and in their standard deviations: ``(n, keys, statistics, segments)``.
    """

    def __init__(self, edges: Any, centre: Any, scale: Any, **options: Any) -> None:  # noqa: ANN401 - keras is untyped
        super().__init__(**options)
        self.tables = {"edges": np.array(edges), "centre": np.array(centre), "scale": np.array(scale)}

    def call(self, rows: Any) -> Any:  # noqa: ANN401 - keras is untyped
        """Run every value through its segments."""
        low, high = (
            tf.constant(ends, tf.float32)
            for ends in (self.tables["edges"][..., :-1], self.tables["edges"][..., 1:])
        )
        run = tf.minimum(tf.maximum(rows[..., None], low), high) - low
        return (run - tf.constant(self.tables["centre"], tf.float32)) / tf.constant(
            self.tables["scale"], tf.float32
        )

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), **{name: table.tolist() for name, table in self.tables.items()}}


@keras.saving.register_keras_serializable("carewire")
class OfSign(keras.constraints.Constraint):  # type: ignore[misc] # keras is untyped
    """Keep slopes at or above zero where ``signs`` is 1, at or below where it is -1."""

    def __init__(self, signs: Any) -> None:  # noqa: ANN401 - keras is untyped
        self._signs = np.array(signs, dtype=np.float32)

    def __call__(self, slopes: Any) -> Any:  # noqa: ANN401 - keras is untyped
        """Bring back what went beyond zero."""
        rising = tf.where(self._signs > 0, tf.maximum(slopes, 0.0), slopes)
        return tf.where(self._signs < 0, tf.minimum(slopes, 0.0), rising)

    def get_config(self) -> dict[str, Any]:
        """Return what makes the constraint again."""
        return {"signs": self._signs.tolist()}


@keras.saving.register_keras_serializable("carewire")
class Slopes(layers.Layer):  # type: ignore[misc] # keras is untyped
    """Weigh every segment and add up those of a quantity: ``(n, keys)``."""

    def __init__(self, *, strength: float, **options: Any) -> None:  # noqa: ANN401 - keras is untyped
        super().__init__(**options)
        self._strength = strength

    def build(self, shape: Any) -> None:  # noqa: ANN401 - keras is untyped
        """Make the slopes, flat at first."""
        self.slopes = self.add_weight(
            shape=shape[1:],
            initializer="zeros",
            regularizer=keras.regularizers.L2(self._strength),
            constraint=OfSign(_signs()),
            name="slopes",
        )

    def call(self, ramps: Any) -> Any:  # noqa: ANN401 - keras is untyped
        """Add up."""
        return keras.ops.sum(ramps * self.slopes, axis=(2, 3))

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "strength": self._strength}


def build(rows: Examples, *, strength: float) -> Any:  # noqa: ANN401 - keras is untyped
    """Return a network of logits ``(n, 1)`` over a layer ``parts``, its segments laid over the rows given.

    ``strength`` is that of the pull of every slope towards zero.
    """
    inputs = {name: keras.Input(shape[1:], name=name) for name, shape in DETERIORATION_INPUTS.items()}
    ramps = Ramps(*_segments(rows), name="ramps")(_table(inputs["statistics"], inputs["age"]))
    sets = [
        _parts(ramps, inputs["present"], strength=strength, name=name)
        for name in ("ward_parts", "home_parts")
    ]
    is_ward = inputs["present"][:, _WARD_KEY : _WARD_KEY + 1]
    parts = layers.Add(name="parts")([sets[0] * is_ward, sets[1] * (1.0 - is_ward)])
    intercept = layers.Dense(1, name="intercept", kernel_initializer="zeros")(is_ward)
    logit = keras.ops.sum(parts, axis=1, keepdims=True) + intercept
    return keras.Model(inputs, logit, name="deterioration")


def logits_of(network: Any, rows: Examples) -> NDArray[np.float64]:  # noqa: ANN401 - keras is untyped
    """``(n,)`` log-odds of dying."""
    return np.asarray(network.predict(rows.tensors, batch_size=512, verbose=0), dtype=np.float64)[:, 0]


def with_outputs(network: Any, rows: Examples, *, temperature: float) -> Any:  # noqa: ANN401 - keras is untyped
    """Return what ships: calibrated ``probabilities`` (survived, died), ``embedding`` (parts), ``distance``.

    ``distance`` is the root of the mean square of all present statistics in standard deviations from the
    mean of ``rows``.
    """
    logit = network.output / temperature
    died = keras.ops.sigmoid(logit)
    inputs = {tensor.name: tensor for tensor in network.inputs}
    table, present = _table(inputs["statistics"], inputs["age"]), inputs["present"]
    mean, deviation = (usual.astype(np.float32) for usual in _usual(rows))
    square = keras.ops.mean(keras.ops.square((table - mean) / deviation), axis=2)
    count = keras.ops.maximum(keras.ops.sum(present, axis=1, keepdims=True), 1.0)
    distance = keras.ops.sqrt(keras.ops.sum(square * present, axis=1, keepdims=True) / count + 1e-12)
    outputs = {
        OUTPUT: keras.ops.concatenate([1.0 - died, died], axis=1),
        "embedding": network.get_layer("parts").output / temperature,
        "distance": distance,
    }
    return keras.Model(network.inputs, outputs, name=network.name)


def table_of(network: Any, rows: Examples, *, temperature: float) -> DeteriorationTable:  # noqa: ANN401
    """Return the same model as numbers, for where there is no runtime."""
    cuts = network.get_layer("ramps").tables
    slopes = {
        name: network.get_layer(f"{name}_parts").get_weights()[0] / temperature for name in ("ward", "home")
    }
    (of_ward,), (home_intercept,) = network.get_layer("intercept").get_weights()
    mean, deviation = _usual(rows)
    return DeteriorationTable(
        edges=cuts["edges"].tolist(),
        centre=cuts["centre"].tolist(),
        scale=cuts["scale"][..., 0].tolist(),
        ward=slopes["ward"].tolist(),
        home=slopes["home"].tolist(),
        ward_intercept=float(of_ward[0] + home_intercept) / temperature,
        home_intercept=float(home_intercept) / temperature,
        mean=mean.tolist(),
        deviation=deviation.tolist(),
    )


def _table(statistics: Any, age: Any) -> Any:  # noqa: ANN401 - keras is untyped
    """Put the age below the other quantities, as one that has a first statistic only."""
    row = keras.ops.pad(age[:, :, None], ((0, 0), (0, 0), (0, len(STATISTICS) - 1)))
    return keras.ops.concatenate([statistics, row], axis=1)


def _parts(ramps: Any, present: Any, *, strength: float, name: str) -> Any:  # noqa: ANN401 - keras is untyped
    return Slopes(strength=strength, name=name)(ramps) * present


def _signs() -> NDArray[np.float32]:
    signs = np.zeros((len(KEYS), len(STATISTICS), _SEGMENTS), dtype=np.float32)
    for key, sign in _SIGNS.items():
        for statistic in _LEVELS:
            signs[KEYS.index(key), STATISTICS.index(statistic)] = sign
    return signs


def _segments(rows: Examples) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Edges at quantiles of the rows that have a quantity; the runs' means; the values' spread."""
    shares = np.linspace(0, 1, _SEGMENTS + 1)
    shares[[0, -1]] = _OUTERMOST, 1 - _OUTERMOST
    size = (len(KEYS), len(STATISTICS))
    edges, centre = np.zeros((*size, _SEGMENTS + 1)), np.zeros((*size, _SEGMENTS))
    for place, values in _by_place(rows):
        edges[place] = np.quantile(values, shares)
        low, high = edges[place][:-1], edges[place][1:]
        centre[place] = (np.clip(values[:, None], low, high) - low).mean(axis=0)
    return edges, centre, _usual(rows)[1][..., None]


def _usual(rows: Examples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of every statistic, over the rows that have it."""
    mean = np.zeros((len(KEYS), len(STATISTICS)))
    deviation = np.ones_like(mean)
    for place, values in _by_place(rows):
        mean[place], deviation[place] = values.mean(), max(float(values.std()), 1e-3)
    return mean, deviation


def _by_place(rows: Examples) -> list[tuple[tuple[int, int], NDArray[np.float64]]]:
    age = np.pad(rows.tensors["age"][:, :, None], ((0, 0), (0, 0), (0, len(STATISTICS) - 1)))
    table = np.concatenate([rows.tensors["statistics"], age], axis=1).astype(np.float64)
    has = rows.tensors["present"] > 0
    return [
        ((key, statistic), table[has[:, key], key, statistic])
        for key in range(len(KEYS))
        for statistic in range(len(STATISTICS))
        if has[:, key].any()
    ]
