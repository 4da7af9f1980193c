"""How unlike its training a window is: the Mahalanobis distance of its embedding, inside the network itself.

After Lee et al. (NeurIPS 2018), with one mean and one covariance for all classes: what matters here is
whether the network ever saw anything of the kind, not which class it resembles.
"""

from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

__all__ = ["distance_limit", "with_distance"]

_RIDGE: Final = 0.05
"""Share of the mean variance added to each direction, so that one nobody varied in is not infinite."""
_ACCEPTED: Final = 0.999
_SLACK: Final = 1.25


def with_distance(
    network: Any,  # noqa: ANN401 - keras is untyped
    embedding_layer: str,
    rows: dict[str, NDArray[np.float32]],
) -> Any:  # noqa: ANN401 - likewise
    """Return the network with outputs ``probabilities``, ``distance`` and ``embedding`` (float32).

    ``rows`` are training rows; a distance of 1 is that of a usual one, whatever the embedding's size.
    """
    embedding = network.get_layer(embedding_layer).output
    seen = keras.Model(network.inputs, embedding).predict(rows, batch_size=256, verbose=0).astype(np.float64)
    covariance = np.cov(seen, rowvar=False)
    size = seen.shape[1]
    covariance += np.eye(size) * (_RIDGE * np.trace(covariance) / size + 1e-9)
    whitening = np.linalg.cholesky(np.linalg.inv(covariance)) / np.sqrt(size)
    whiten = keras.layers.Dense(size, name="whitening", trainable=False)
    whitened = whiten(embedding)
    whiten.set_weights([whitening, -seen.mean(axis=0) @ whitening])
    distance = keras.ops.sqrt(keras.ops.sum(keras.ops.square(whitened), axis=-1, keepdims=True) + 1e-12)
    outputs = {"probabilities": network.output, "distance": distance, "embedding": embedding}
    return keras.Model(network.inputs, outputs, name=network.name)


def distance_limit(distances: NDArray[np.floating]) -> float:
    """Return the distance beyond which a window is unlike its training, from those of unseen patients."""
    return round(float(np.quantile(distances, _ACCEPTED)) * _SLACK, 2)
