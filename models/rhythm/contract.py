"""What a rhythm model promises the gateway: its manifest, from the examples it was trained on."""

from pathlib import Path
from typing import Final

from models.datasets import file_sha256
from models.export import pins
from models.interpreter import OUTPUT
from models.plan import TrainingPlan
from models.rhythm.examples import LABELS, Examples
from models.splits import SPLIT_DESCRIPTION, splits_of
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION, RHYTHM_INPUTS
from vitals.manifest import DataSource, ModelManifest, Split, TensorContract

__all__ = ["manifest_for"]

_MEANINGS: Final = {
    "ecg": "30 s of one lead at 100 Hz, 0.5 to 40 Hz, over the height of the median QRS",
    "beat": "median beat at 100 Hz from 0.35 s before R, over the height of its QRS",
    "rhythm": "RR irregularity, spread of successive differences, beat shape and noise",
}


def manifest_for(
    examples: Examples,
    data_dir: Path,
    *,
    plan: TrainingPlan,
    temperature: float,
    thresholds: dict[str, float],
) -> ModelManifest:
    """State the contract of a network trained on the examples; the artefact's hash and metrics come later."""
    parts = dict(zip(examples.records, splits_of(examples.records), strict=True))
    counts = {
        part: sum(where == part for where in parts.values()) for part in ("train", "validation", "test")
    }
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
        data=(
            DataSource(
                name="PhysioNet/CinC Challenge 2017, training set, 5,970 of its 8,528 records",
                role="train, validation and test",
                records=len(parts),
                sha256=file_sha256(folder / "REFERENCE.csv", folder / "records.tar.xz"),
                licence="ODC-By 1.0",
            ),
            *_external_source(data_dir / "mitdb"),
        ),
        split=Split(description=SPLIT_DESCRIPTION, **counts),
        pins=pins(),
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
