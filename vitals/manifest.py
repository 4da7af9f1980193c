"""The only contract between a trained model and the gateway that runs it: a manifest beside the artefact."""

import hashlib
import math
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from vitals.errors import ModelRejectedError
from vitals.signature import RELEASE_KEYS, verify

__all__ = [
    "MANIFEST_FILE",
    "DataSource",
    "ModelManifest",
    "Split",
    "TensorContract",
    "companion",
    "load_verified",
    "refuse_other",
    "signature_path",
    "version_at",
]

MANIFEST_FILE: Final = "manifest.json"
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
    """What a model is, expects and promises: ``thresholds`` are probabilities by label.

    ``distance_limit`` bounds the artefact's second output, ``distance``: beyond it a window is unlike all
    that the model was trained on. ``companions`` are other files beside it, each with its SHA-256.
    """

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
    distance_limit: float | None = None
    companions: dict[str, str] = {}


class _Claimed(msgspec.Struct, frozen=True):
    version: int


def signature_path(manifest_path: Path) -> Path:
    """Where the signature of a manifest lies."""
    return manifest_path.with_suffix(".sig")


def version_at(manifest_path: Path) -> int:
    """Return the version that a manifest claims, unverified; 0 where there is none to be read."""
    try:
        return msgspec.json.decode(manifest_path.read_bytes(), type=_Claimed).version
    except (OSError, msgspec.MsgspecError):
        return 0


def load_verified(
    manifest_path: Path,
    *,
    feature_version: int | None = None,
    trusted: Collection[str] | None = RELEASE_KEYS,
    oldest: int = 1,
) -> tuple[ModelManifest, bytes]:
    """Read a manifest and the artefact beside it; return both only if every promise of theirs holds.

    Parameters
    ----------
    manifest_path
        ``manifest.json``; its signature is ``manifest.sig`` beside it.
    feature_version
        What the caller makes features of; ``None`` asks nothing.
    trusted
        Public keys in hexadecimal, one of which must have signed; ``None`` takes an unsigned model, for
        looking at one: never to judge a person by.
    oldest
        The lowest version that will do, as when a newer one already ran here.

    Raises
    ------
    ModelRejectedError
        A file is missing or unreadable, unsigned, altered or too old, the manifest contradicts itself, or it
        asks for another ``feature_version`` than the one given. The running model should stay.
    """
    try:
        content = manifest_path.read_bytes()
    except OSError as error:
        raise ModelRejectedError(
            f"{manifest_path} cannot be read: put the model's manifest.json there"
        ) from error
    if trusted is not None:
        verify(content, _signature(manifest_path), trusted=trusted)
    manifest = _decoded(content, manifest_path)
    if manifest.version < oldest:
        raise ModelRejectedError(
            f"{manifest.name} {manifest.version} is older than version {oldest}, which ran here already: "
            "install a newer one"
        )
    if feature_version is not None and manifest.feature_version != feature_version:
        raise ModelRejectedError(
            f"{manifest.name} was trained on features of version {manifest.feature_version}, "
            f"this program makes version {feature_version}: install the model's own release or train it"
        )
    return manifest, _unaltered(manifest_path.with_name(manifest.artefact), manifest.sha256)


def refuse_other(manifest: ModelManifest, *, name: str, labels: Collection[str]) -> None:
    """Return if a manifest is of the model asked for, and has every label that the program acts on.

    Raises
    ------
    ModelRejectedError
        It is of another model, as one signed for another place, or lacks a label.
    """
    if manifest.name != name:
        raise ModelRejectedError(
            f"{manifest.name} lies where {name} belongs: install each model in the folder of its name"
        )
    missing = sorted(set(labels) - set(manifest.labels))
    if missing:
        raise ModelRejectedError(f"{name} does not tell {', '.join(missing)}: install this release's own")


def companion(manifest_path: Path, manifest: ModelManifest, name: str) -> bytes:
    """Return another file of a model, as its manifest vouches for it.

    Raises
    ------
    ModelRejectedError
        The manifest knows no such file, or it is missing or altered.
    """
    if name not in manifest.companions:
        raise ModelRejectedError(f"{manifest.name} has no {name}: install a release that has")
    path = manifest_path.with_name(name)
    return _unaltered(path, manifest.companions[name])


def _signature(manifest_path: Path) -> str:
    path = signature_path(manifest_path)
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise ModelRejectedError(
            f"{path} cannot be read, so nobody vouches for this model: install a release, or sign it with "
            "`carewire models sign`"
        ) from error


def _decoded(content: bytes, manifest_path: Path) -> ModelManifest:
    try:
        manifest = msgspec.json.decode(content, type=ModelManifest)
    except msgspec.DecodeError as error:
        raise ModelRejectedError(
            f"{manifest_path} is no manifest ({error}): export the model again"
        ) from error
    _refuse_if(_contradictions(manifest), manifest_path)
    return manifest


def _unaltered(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelRejectedError(f"{path} cannot be read: copy it there beside its manifest") from error
    if len(content) > _LARGEST_BYTES:
        raise ModelRejectedError(
            f"{path} holds {len(content)} bytes: no model here is larger than {_LARGEST_BYTES}"
        )
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelRejectedError(
            f"{path} is not what its manifest was made for: copy both again from one release"
        )
    return content


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
        "distance_limit is not positive": manifest.distance_limit is None
        or (math.isfinite(manifest.distance_limit) and manifest.distance_limit > 0),
        "a companion is not a plain file name with a SHA-256": all(
            Path(name).name == name and _SHA256.fullmatch(digest)
            for name, digest in manifest.companions.items()
        ),
    }
    return [contradiction for contradiction, holds in must_hold.items() if not holds]
