"""What a rhythm model promises the gateway: its manifest, from the examples it was trained on."""

from importlib.metadata import version
from pathlib import Path
from typing import Final

from models.datasets import file_sha256
from models.export import pins
from models.interpreter import OUTPUT
from models.plan import TrainingPlan
from models.rhythm.examples import LABELS
from models.rhythm.fitting import FOLDS
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION, RHYTHM_INPUTS
from vitals.manifest import DataSource, ModelManifest, Split, TensorContract

__all__ = ["manifest_for"]

_MEANINGS: Final = {
    "rhythm": "measures of RR intervals, of the forms of the beats, of what lies beneath them and of noise"
}
_SPLIT: Final = (
    f"{FOLDS} folds by record (one per patient), SHA-256 of its name: figures out of fold, "
    "what ships saw every record"
)


def manifest_for(  # noqa: PLR0913 - what the fit found out, by name
    records: int,
    data_dir: Path,
    *,
    plan: TrainingPlan,
    temperature: float,
    thresholds: dict[str, float],
    distance_limit: float,
) -> ModelManifest:
    """State the contract of a network trained on so many records; hashes and metrics come later."""
    folder = data_dir / "cinc2017"
    return ModelManifest(
        name="rhythm",
        version=plan.version or 1,
        artefact="rhythm.tflite",
        sha256="",
        inputs=tuple(
            TensorContract(name=name, shape=shape, dtype="float32", meaning=_MEANINGS[name])
            for name, shape in RHYTHM_INPUTS.items()
        ),
        output=OUTPUT,
        feature_version=RHYTHM_FEATURE_VERSION,
        labels=LABELS,
        temperature=round(temperature, 2),
        thresholds=thresholds,
        distance_limit=distance_limit,
        data=(
            DataSource(
                name="PhysioNet/CinC Challenge 2017, public records",
                role="training, and test out of fold",
                records=records,
                sha256=file_sha256(
                    folder / "REFERENCE.csv", *sorted(folder.glob("*.mat")), *folder.glob("records.tar.xz")
                ),
                licence="ODC-By 1.0",
            ),
            *_external_source(data_dir / "mitdb"),
        ),
        split=Split(description=_SPLIT, train=records, validation=0, test=records),
        pins={**pins(), "scikit-learn": version("scikit-learn")},
        seed=plan.seed,
        metrics={},
    )


def _external_source(folder: Path) -> list[DataSource]:
    files = sorted(folder.glob("*.dat")) + sorted(folder.glob("*.atr"))
    if not files:
        return []
    return [
        DataSource(
            name="MIT-BIH Arrhythmia Database, first lead, at 130 Hz",
            role="external check only",
            records=len(files) // 2,
            sha256=file_sha256(*files),
            licence="ODC-By 1.0",
        )
    ]
