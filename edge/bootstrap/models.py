"""The models a gateway judges by: those it is told of, or those that ship."""

from importlib.util import find_spec
from pathlib import Path

import structlog

from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.judging.models import Companions, ModelSet
from edge.judging.roster import LABELS, ROSTER
from edge.ports import Model
from vitals.clock import Clock
from vitals.errors import ModelRejectedError, StorageError
from vitals.manifest import ModelManifest, companion, refuse_other
from vitals.model_versions import ModelVersions
from vitals.prototypes import PROTOTYPES_FILE, PrototypeSet
from vitals.reference import REFERENCE_FILE, Reference

__all__ = ["load_model", "load_models", "manifest_of", "shipped_models"]

_log = structlog.get_logger()


def shipped_models() -> Path:
    """Return the folder of the models that ship with the program, whether it is there or not.

    The artefacts are the contract with `models`; none of its code is imported.
    """
    spec = find_spec("models")
    folder = Path(spec.origin).parent if spec and spec.origin else Path("models")
    return folder / "artifacts"


def manifest_of(settings: EdgeSettings, name: str) -> Path:
    """Return where the manifest of a model should lie."""
    return (settings.models or shipped_models()) / name / "manifest.json"


def load_model(settings: EdgeSettings, name: str, *, oldest: int = 1) -> Model:
    """Load one model of the roster.

    Raises
    ------
    ImportError
        The runtime is not installed.
    ModelRejectedError
        Anything about it is missing, altered, unsigned, older than `oldest` or does not fit this program.
    """
    from edge.adapters.tflite import TfliteModel  # noqa: PLC0415 - its runtime may not be installed

    model = TfliteModel.load(
        manifest_of(settings, name),
        feature_version=ROSTER[name],
        trusted=settings.model_keys,
        oldest=oldest,
    )
    refuse_other(model.manifest, name=name, labels=LABELS[name])
    return model


def load_models(settings: EdgeSettings, health: GatewayHealth, clock: Clock) -> ModelSet:
    """Load every model of the roster; one that cannot be had raises the gateway's alarm, the others judge."""
    versions = ModelVersions(path=settings.data_dir / "models.json")
    models: dict[str, Model] = {}
    companions: dict[str, Companions] = {}
    found = ModelSet(models=models, health=health, companions=companions)
    for name in ROSTER:
        try:
            model = load_model(settings, name, oldest=versions.newest(name))
            companions[name] = companions_beside(manifest_of(settings, name), model.manifest)
            models[name] = model
        except (ModelRejectedError, ImportError) as error:
            found.note_fault(name, str(error), clock.wall_ms())
    try:
        versions.note(found.versions())
    except StorageError as error:
        _log.warning("models.versions_not_kept", error=str(error))
    return found


def companions_beside(manifest_path: Path, manifest: ModelManifest) -> Companions:
    """Return what a model's manifest vouches for beside it.

    Raises
    ------
    ModelRejectedError
        Any of it is missing, altered or makes no sense.
    """
    there = {
        name: companion(manifest_path, manifest, name)
        for name in (PROTOTYPES_FILE, REFERENCE_FILE)
        if name in manifest.companions
    }
    prototypes, reference = there.get(PROTOTYPES_FILE), there.get(REFERENCE_FILE)
    return Companions(
        prototypes=PrototypeSet.decode(prototypes) if prototypes else None,
        reference=Reference.decode(reference) if reference else None,
    )
