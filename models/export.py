"""Convert a trained network to TFLite, prove that nothing changed, write its signed manifest beside it."""

import hashlib
from collections.abc import Iterator, Mapping
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

from models.interpreter import OUTPUT, run_outputs
from models.signing import sign_manifest
from vitals.errors import ModelRejectedError
from vitals.manifest import ModelManifest

__all__ = ["PINNED", "pins", "to_tflite", "to_tflite_int8", "verify_conversion", "write_manifest"]

PINNED: Final = ("tensorflow-cpu", "keras", "numpy", "ai-edge-litert")
_TOLERANCE: Final = 1e-4
_DISTANCE_TOLERANCE: Final = 1e-3


def to_tflite(network: Any) -> bytes:  # noqa: ANN401 - keras is untyped
    """Convert to float32, for one window at a time.

    A network of one output gives ``probabilities``; one of several gives them under its own names.
    """
    with _converter(network) as converter:
        return bytes(converter.convert())


def to_tflite_int8(network: Any, samples: Mapping[str, NDArray[np.float32]]) -> bytes:  # noqa: ANN401 - likewise
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
    """Through a saved model, which keeps the names of inputs and outputs in the artefact's signature."""
    shapes = {
        tensor.name: tf.TensorSpec((1, *tensor.shape[1:]), tf.float32, tensor.name)
        for tensor in network.inputs
    }
    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint("serve", lambda inputs: _by_name(network(inputs, training=False)), [shapes])
    with TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        yield tf.lite.TFLiteConverter.from_saved_model(folder)


def _by_name(outputs: Any) -> dict[str, Any]:  # noqa: ANN401 - keras is untyped
    return outputs if isinstance(outputs, dict) else {OUTPUT: outputs}


def verify_conversion(
    network: Any,  # noqa: ANN401 - keras is untyped
    artefact: bytes,
    samples: Mapping[str, NDArray[np.float32]],
) -> float:
    """Return the largest difference between the network's probabilities and those of its conversion.

    Raises
    ------
    ModelRejectedError
        They differ by more than 1e-4 somewhere, or another output by more than a thousandth of its size.
    """
    expected = _by_name(network.predict(dict(samples), verbose=0))
    found = run_outputs(artefact, samples)
    difference = float(np.abs(expected[OUTPUT] - found[OUTPUT]).max())
    others = {name: np.abs(rows - found[name]).max() for name, rows in expected.items() if name != OUTPUT}
    allowed = {name: _DISTANCE_TOLERANCE * max(1.0, np.abs(expected[name]).max()) for name in others}
    if not difference <= _TOLERANCE or any(not others[name] <= allowed[name] for name in others):
        raise ModelRejectedError(
            f"the conversion differs from the network by {difference:.2g} ({others}): do not ship it"
        )
    return difference


def pins() -> dict[str, str]:
    """Versions of what trained and converted the model."""
    return {name: version(name) for name in PINNED}


def write_manifest(
    manifest: ModelManifest,
    artefact: bytes,
    folder: Path,
    *,
    companions: Mapping[str, bytes] | None = None,
) -> Path:
    """Write artefact, companions and manifest, which holds their hashes; return the manifest's path.

    It is signed where ``CAREWIRE_MODEL_KEY`` names a private key, and is refused by every gateway else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {manifest.artefact: artefact, **(companions or {})}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    sealed = msgspec.structs.replace(manifest, sha256=hashes.pop(manifest.artefact), companions=hashes)
    path = folder / "manifest.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(sealed), indent=2) + b"\n")
    sign_manifest(path)
    return path
