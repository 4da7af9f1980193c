"""Convert a trained network to TFLite, prove that nothing changed, and write the manifest beside it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import keras
import msgspec
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.interpreter import run_rows
from vitals.errors import ModelRejectedError
from vitals.manifest import ModelManifest

__all__ = ["OUTPUT", "PINNED", "pins", "to_tflite", "to_tflite_int8", "verify_conversion", "write_manifest"]

PINNED: Final = ("tensorflow-cpu", "keras", "numpy", "ai-edge-litert")
OUTPUT: Final = "probabilities"
_TOLERANCE: Final = 1e-4


def to_tflite(network: Any) -> bytes:  # noqa: ANN401 - keras is untyped
    """Convert to float32, for one window at a time."""
    with _converter(network) as converter:
        return bytes(converter.convert())


def to_tflite_int8(network: Any, samples: dict[str, NDArray[np.float32]]) -> bytes:  # noqa: ANN401 - likewise
    """Convert to int8 weights and arithmetic with float32 ends; ``samples`` set the ranges."""

    def representative() -> Iterator[dict[str, NDArray[np.float32]]]:
        for row in range(len(next(iter(samples.values())))):
            yield {name: rows[row : row + 1] for name, rows in samples.items()}

    with _converter(network) as converter:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative
        return bytes(converter.convert())


@contextmanager
def _converter(network: Any) -> Iterator[Any]:  # noqa: ANN401 - keras is untyped
    """Through a saved model, which keeps the names of inputs and output in the artefact's signature."""
    shapes = {
        tensor.name: tf.TensorSpec((1, *tensor.shape[1:]), tf.float32, tensor.name)
        for tensor in network.inputs
    }
    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint("serve", lambda inputs: {OUTPUT: network(inputs, training=False)}, [shapes])
    with TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        yield tf.lite.TFLiteConverter.from_saved_model(folder)


def verify_conversion(network: Any, artefact: bytes, samples: dict[str, NDArray[np.float32]]) -> float:  # noqa: ANN401
    """Return the largest difference between the network and its conversion.

    Raises
    ------
    ModelRejectedError
        They differ by more than 1e-4 somewhere.
    """
    expected = network.predict(samples, verbose=0)
    difference = float(np.abs(expected - run_rows(artefact, samples)).max())
    if not difference <= _TOLERANCE:
        raise ModelRejectedError(
            f"the conversion differs from the network by {difference:.2g}: do not ship it"
        )
    return difference


def pins() -> dict[str, str]:
    """Versions of what trained and converted the model."""
    return {name: version(name) for name in PINNED}


def write_manifest(manifest: ModelManifest, artefact: bytes, folder: Path) -> Path:
    """Write artefact and manifest, the manifest with the artefact's hash; return the manifest's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / manifest.artefact).write_bytes(artefact)
    sealed = msgspec.structs.replace(manifest, sha256=hashlib.sha256(artefact).hexdigest())
    path = folder / "manifest.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(sealed), indent=2) + b"\n")
    return path
