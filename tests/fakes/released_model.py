"""A shipped model one version higher, signed by a maker of the tests, and the release that is of it."""

import hashlib
import shutil
from functools import cache
from pathlib import Path

import msgspec

from edge.adapters.tflite import TfliteModel
from edge.bootstrap.models import shipped_models
from tests.fakes.releases import signed
from vitals.manifest import MANIFEST_FILE, ModelManifest, load_verified, signature_path
from vitals.model_bundle import bundle_of
from vitals.model_vectors import VECTOR_SEEDS, vector_inputs
from vitals.release import ModelContent, SignedRelease, Vector
from vitals.signature import new_key, public_key, sign

NAME = "falls"
SHIPPED = shipped_models() / NAME


@cache
def makers_key() -> bytes:
    return new_key()


def makers_public() -> str:
    return public_key(makers_key())


def next_model(folder: Path, *, by: bytes | None = None) -> ModelManifest:
    """Put the shipped model into a folder as its next version, signed."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("figures", "folds", "card.md"))
    path = folder / MANIFEST_FILE
    shipped = msgspec.json.decode(path.read_bytes(), type=ModelManifest)
    manifest = msgspec.structs.replace(shipped, version=shipped.version + 1)
    path.write_bytes(msgspec.json.encode(manifest))
    signature_path(path).write_text(sign(path.read_bytes(), by or makers_key()))
    return manifest


def released(folder: Path, *, off_by: float = 0.0, **changes: int) -> tuple[SignedRelease, bytes]:
    """Return the release of a model, and its bundle; `off_by` makes its reference answers wrong."""
    manifest, bundle = bundle_of(folder)
    loaded = TfliteModel(*load_verified(folder / MANIFEST_FILE, trusted=None))
    answers = [loaded.infer(vector_inputs(manifest, seed)).probabilities for seed in VECTOR_SEEDS]
    content = ModelContent(
        name=manifest.name,
        sha256=hashlib.sha256(bundle).hexdigest(),
        size=len(bundle),
        vectors=tuple(
            Vector(seed=seed, answer=tuple(abs(answer[label] - off_by) for label in manifest.labels))
            for seed, answer in zip(VECTOR_SEEDS, answers, strict=True)
        ),
    )
    return signed(manifest.version, content, **changes), bundle
