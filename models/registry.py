"""The models by name: what can be listed, verified, evaluated and trained, and by which module."""

from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from models.evaluation import Evaluation
from models.plan import Progress, TrainingPlan
from vitals.errors import ConfigurationError, ModelRejectedError
from vitals.features.beats import BEAT_FEATURE_VERSION
from vitals.features.deterioration import DETERIORATION_FEATURE_VERSION
from vitals.features.falls import FALL_FEATURE_VERSION
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION
from vitals.features.rr_af import RR_AF_FEATURE_VERSION
from vitals.manifest import load_verified

__all__ = [
    "ARTEFACTS_DIR",
    "MODELS",
    "TRAINED",
    "ModelSummary",
    "Progress",
    "evaluate",
    "list_models",
    "train",
    "verify_models",
]

_DEFAULT_PLAN: Final = TrainingPlan()

ARTEFACTS_DIR: Final = Path(__file__).parent / "artifacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A row of the table; ``feature_version`` is empty for signal processing without an artefact.

    ``package`` has a module ``evaluate``, and where there are weights ``train`` and ``about``. ``is_fitted``:
    a few weights that stand in ``vitals`` itself, which training writes beside their report. A list shows the
    figures of the manifest that ``headline`` names.
    """

    summary: str
    package: str
    feature_version: int | None = None
    headline: tuple[str, ...] = ()
    is_fitted: bool = False

    @property
    def record(self) -> str:
        """Which file beside the report tells the version."""
        return "weights.json" if self.is_fitted else "manifest.json"


MODELS: Final = {
    "rhythm": _Entry(
        summary="normal, atrial fibrillation, other or too noisy, from 30 s of one lead",
        package="models.rhythm",
        headline=("f1_cinc",),
        feature_version=RHYTHM_FEATURE_VERSION,
    ),
    "beats": _Entry(
        summary="each heart beat of one lead: normal, supraventricular, ventricular or fusion",
        package="models.beats",
        headline=("f1_V", "f1_S"),
        feature_version=BEAT_FEATURE_VERSION,
    ),
    "deterioration": _Entry(
        summary="how ill two days of vital signs look, held against NEWS2",
        package="models.deterioration",
        headline=("auroc", "auroc_news2"),
        feature_version=DETERIORATION_FEATURE_VERSION,
    ),
    "falls": _Entry(
        summary="whether a blow to the body was a fall, from acceleration around it",
        package="models.falls",
        headline=("event_se", "false_alarms_per_hour"),
        feature_version=FALL_FEATURE_VERSION,
    ),
    "rr-af": _Entry(
        summary="atrial fibrillation or another rhythm, from RR intervals alone",
        package="models.rr_af",
        headline=("f1_AF", "auroc"),
        feature_version=RR_AF_FEATURE_VERSION,
    ),
    "qrs": _Entry(
        summary="streaming R peaks; signal processing, no artefact",
        package="models.qrs",
    ),
    "ppg": _Entry(
        summary="pulse rate from light and acceleration of the wrist; signal processing, no artefact",
        package="models.ppg",
        is_fitted=True,
    ),
}


TRAINED: Final = tuple(name for name, entry in MODELS.items() if entry.feature_version is not None)
"""Those with weights, in the order they are trained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """One model as a list shows it; ``fault`` says why its artefact may not be loaded."""

    name: str
    summary: str
    version: int | None
    artefact_bytes: int | None
    metrics: dict[str, float]
    fault: str | None
    headline: tuple[str, ...] = ()


def list_models(artefacts_dir: Path = ARTEFACTS_DIR) -> list[ModelSummary]:
    """Every model of the table with what its manifest says."""
    return [_summary(name, entry, artefacts_dir) for name, entry in MODELS.items()]


def verify_models(artefacts_dir: Path = ARTEFACTS_DIR) -> list[ModelSummary]:
    """Verify each model that has an artefact, and who signed it: all is well when no ``fault`` is set."""
    return [_summary(name, entry, artefacts_dir) for name, entry in MODELS.items() if entry.feature_version]


def evaluate(
    name: str,
    records_dir: Path,
    *,
    artefacts_dir: Path = ARTEFACTS_DIR,
    progress: Progress = lambda _what, _share: None,
) -> Evaluation:
    """Judge a model on the recordings of a folder; needs the ``train`` extra's readers.

    Recordings that the shipped network was trained on are judged by one that never saw them.

    Raises
    ------
    ConfigurationError
        No such model, or what reads its recordings is not installed.
    ModelRejectedError, RecordingError
        Its artefact, or the recordings, cannot be used.
    """
    entry = _entry(name)
    try:
        module = import_module(f"{entry.package}.evaluate")
        evaluation: Evaluation = module.evaluate(artefacts_dir / name, records_dir, progress=progress)
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"evaluating needs {error.name}: pip install 'carewire[train]'") from error
    return evaluation


def train(
    name: str,
    data_dir: Path,
    out_dir: Path,
    *,
    plan: TrainingPlan = _DEFAULT_PLAN,
    progress: Progress = lambda _what, _share: None,
) -> Path:
    """Train a model into a folder, one version above what is there; return its manifest's path.

    Raises
    ------
    ConfigurationError
        No such model, nothing to train, or the ``train`` extra is not installed.
    RecordingError
        The training recordings are missing.
    """
    entry = _entry(name)
    if entry.feature_version is None and not entry.is_fitted:
        raise ConfigurationError(f"{name} has no weights to train: evaluate it instead")
    try:
        module = import_module(f"{entry.package}.train")
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"training needs {error.name}: pip install 'carewire[train]'") from error
    manifest: Path = module.train(
        data_dir,
        out_dir,
        plan=replace(plan, version=plan.version or _next_version(out_dir / entry.record)),
        progress=progress,
    )
    return manifest


def _entry(name: str) -> _Entry:
    if name not in MODELS:
        raise ConfigurationError(f"there is no model {name!r}: choose one of {', '.join(MODELS)}")
    return MODELS[name]


def _next_version(record: Path) -> int:
    if not record.is_file():
        return 1
    return int(msgspec.json.decode(record.read_bytes())["version"]) + 1


def _summary(name: str, entry: _Entry, artefacts_dir: Path) -> ModelSummary:
    if entry.feature_version is None:
        return ModelSummary(
            name=name, summary=entry.summary, version=None, artefact_bytes=None, metrics={}, fault=None
        )
    try:
        manifest, artefact = load_verified(
            artefacts_dir / name / "manifest.json", feature_version=entry.feature_version
        )
    except ModelRejectedError as error:
        return ModelSummary(
            name=name, summary=entry.summary, version=None, artefact_bytes=None, metrics={}, fault=str(error)
        )
    return ModelSummary(
        name=name,
        summary=entry.summary,
        version=manifest.version,
        artefact_bytes=len(artefact),
        metrics=manifest.metrics,
        fault=None,
        headline=entry.headline,
    )
