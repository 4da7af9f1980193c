"""The only contract between a trained model and the gateway that runs it: a manifest beside the artefact."""

import hashlib
import math
import re
from pathlib import Path
from typing import Final

import msgspec

from vitals.errors import ModelRejectedError

__all__ = ["DataSource", "ModelManifest", "Split", "TensorContract", "load_verified"]

_DTYPES: Final = frozenset({"float32", "int8", "int32"})
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
_LARGEST_BYTES: Final = 4 << 20


class TensorContract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One input: its name in the feature step and in the artefact, its shape and its meaning."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    meaning: str


class DataSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A data set the model has seen, or was judged by, and the hash of what was read of it."""

    name: str
    role: str
    records: int
    sha256: str
    licence: str


class Split(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the records were parted, so that no patient stands on two sides."""

    description: str
    train: int
    validation: int
    test: int


class ModelManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model is, expects and promises: ``thresholds`` are probabilities by label."""

    name: str
    version: int
    artefact: str
    sha256: str
    inputs: tuple[TensorContract, ...]
    output: str
    feature_version: int
    labels: tuple[str, ...]
    temperature: float
    thresholds: dict[str, float]
    data: tuple[DataSource, ...]
    split: Split
    pins: dict[str, str]
    seed: int
    metrics: dict[str, float]


def load_verified(manifest_path: Path, *, feature_version: int | None = None) -> tuple[ModelManifest, bytes]:
    """Read a manifest and the artefact beside it; return both only if every promise of theirs holds.

    Raises
    ------
    ModelRejectedError
        A file is missing or unreadable, the artefact is altered, the manifest contradicts itself, or it asks
        for another ``feature_version`` than the one given. The running model should stay.
    """
    try:
        manifest = msgspec.json.decode(manifest_path.read_bytes(), type=ModelManifest)
    except OSError as error:
        raise ModelRejectedError(
            f"{manifest_path} cannot be read: put the model's manifest.json there"
        ) from error
    except msgspec.DecodeError as error:
        raise ModelRejectedError(
            f"{manifest_path} is no manifest ({error}): export the model again"
        ) from error
    _refuse_if(_contradictions(manifest), manifest_path)
    if feature_version is not None and manifest.feature_version != feature_version:
        raise ModelRejectedError(
            f"{manifest.name} was trained on features of version {manifest.feature_version}, "
            f"this program makes version {feature_version}: install the model's own release or train it"
        )
    return manifest, _artefact(manifest_path.with_name(manifest.artefact), manifest)


def _artefact(path: Path, manifest: ModelManifest) -> bytes:
    try:
        artefact = path.read_bytes()
    except OSError as error:
        raise ModelRejectedError(f"{path} cannot be read: copy it there beside its manifest") from error
    if len(artefact) > _LARGEST_BYTES:
        raise ModelRejectedError(
            f"{path} holds {len(artefact)} bytes: no model here is larger than {_LARGEST_BYTES}"
        )
    if hashlib.sha256(artefact).hexdigest() != manifest.sha256:
        raise ModelRejectedError(
            f"{path} is not what its manifest was made for: copy both again from one release"
        )
    return artefact


def _refuse_if(contradictions: list[str], path: Path) -> None:
    if contradictions:
        raise ModelRejectedError(
            f"{path} contradicts itself ({'; '.join(contradictions)}): export the model again"
        )


def _contradictions(manifest: ModelManifest) -> list[str]:
    """Every way in which the contract is not sane; a table of what must hold."""
    labels = manifest.labels
    must_hold = {
        "name is not lower-case words": _NAME.fullmatch(manifest.name),
        "version is below 1": manifest.version >= 1,
        "feature_version is below 1": manifest.feature_version >= 1,
        "artefact is not a plain file name": Path(manifest.artefact).name == manifest.artefact
        and manifest.artefact,
        "sha256 is not 64 hexadecimal digits": _SHA256.fullmatch(manifest.sha256),
        "no inputs": manifest.inputs,
        "inputs share a name": len({tensor.name for tensor in manifest.inputs}) == len(manifest.inputs),
        "an input's shape is empty or not positive": all(
            tensor.shape and min(tensor.shape) > 0 for tensor in manifest.inputs
        ),
        "an input's dtype is unknown": all(tensor.dtype in _DTYPES for tensor in manifest.inputs),
        "labels are missing or repeated": len(labels) > 1 and len(set(labels)) == len(labels),
        "temperature is not positive": math.isfinite(manifest.temperature) and manifest.temperature > 0,
        "a threshold is for no label": manifest.thresholds.keys() <= set(labels),
        "a threshold lies outside 0 to 1": all(0 < value < 1 for value in manifest.thresholds.values()),
    }
    return [contradiction for contradiction, holds in must_hold.items() if not holds]
