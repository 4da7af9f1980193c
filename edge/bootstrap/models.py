"""The models a gateway judges by: those it is told of, or those that ship."""

from importlib.util import find_spec
from pathlib import Path

import structlog

from edge.bootstrap.storage import open_releases
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.judging.known_answers import wrong_answer
from edge.judging.models import Companions, ModelSet
from edge.judging.roster import LABELS, ROSTER
from edge.ports import Model
from edge.remote.releases import Releases
from edge.remote.remote_configuration import RELEASE_FILE
from vitals.clock import Clock
from vitals.errors import ModelRejectedError, StorageError
from vitals.manifest import MANIFEST_FILE, ModelManifest, companion, refuse_other, version_at
from vitals.model_versions import ModelVersions
from vitals.prototypes import PROTOTYPES_FILE, PrototypeSet
from vitals.reference import REFERENCE_FILE, Reference
from vitals.release import vectors_of

__all__ = ["load_model", "load_models", "manifest_of", "model_in_force", "open_model", "shipped_models"]

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
    return (settings.models or shipped_models()) / name / MANIFEST_FILE


def load_model(settings: EdgeSettings, name: str, *, oldest: int = 1, at: Path | None = None) -> Model:
    """Load one model of the roster: the one that the settings name or that ships, or the manifest `at`.

    Raises
    ------
    ImportError
        The runtime is not installed.
    ModelRejectedError
        Anything about it is missing, altered, unsigned, older than `oldest` or does not fit this program.
    """
    from edge.adapters.tflite import TfliteModel  # noqa: PLC0415 - its runtime may not be installed

    model = TfliteModel.load(
        at or manifest_of(settings, name),
        feature_version=ROSTER[name],
        trusted=settings.model_keys,
        oldest=oldest,
    )
    refuse_other(model.manifest, name=name, labels=LABELS[name])
    return model


def open_model(
    settings: EdgeSettings, name: str, manifest_path: Path, *, oldest: int = 1
) -> tuple[Model, Companions]:
    """Load a model that lies anywhere, with what came with it, as one is at a start.

    Raises
    ------
    ImportError, ModelRejectedError
        As `load_model`.
    """
    model = load_model(settings, name, oldest=oldest, at=manifest_path)
    return model, companions_beside(manifest_path, model.manifest)


def model_in_force(settings: EdgeSettings, releases: Releases, name: str) -> tuple[Model, Companions]:
    """Load the model that holds now: released, or the program's own where that is as new.

    One that was released and cannot be used any more is given up, and the one before it holds.

    Raises
    ------
    ImportError, ModelRejectedError
        The program's own cannot be had either.
    """
    oldest = ModelVersions(path=settings.data_dir / "models.json").newest(name)
    shelf, own = releases.models[name], manifest_of(settings, name)
    while (folder := shelf.folder) is not None and shelf.version > version_at(own):
        try:
            return _released(settings, name, folder, oldest)
        except ModelRejectedError as error:
            shelf.give_up(str(error))
    return open_model(settings, name, own, oldest=oldest)


def _released(settings: EdgeSettings, name: str, folder: Path, oldest: int) -> tuple[Model, Companions]:
    """Load a model that was released, which must answer here as it did where it was signed."""
    model, companions = open_model(settings, name, folder / MANIFEST_FILE, oldest=oldest)
    if problem := wrong_answer(model, vectors_of(folder / RELEASE_FILE)):
        raise ModelRejectedError(f"{folder}: {problem}: release another version")
    return model, companions


def load_models(
    settings: EdgeSettings, health: GatewayHealth, clock: Clock, releases: Releases | None = None
) -> ModelSet:
    """Load every model of the roster; one that cannot be had raises the gateway's alarm, the others judge."""
    releases = releases or open_releases(settings)
    found = ModelSet(models={}, health=health)
    for name in ROSTER:
        try:
            found.put(name, *model_in_force(settings, releases, name))
        except (ModelRejectedError, ImportError) as error:
            found.note_fault(name, str(error), clock.wall_ms())
    try:
        ModelVersions(path=settings.data_dir / "models.json").note(_settled(found, releases))
    except StorageError as error:
        _log.warning("models.versions_not_kept", error=str(error))
    return found


def _settled(found: ModelSet, releases: Releases) -> dict[str, int]:
    """Return the versions of the models that are not on trial: those may still be taken back."""
    return {name: at for name, at in found.versions().items() if releases.models[name].trial is None}


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
