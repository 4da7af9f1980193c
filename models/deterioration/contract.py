"""What the deterioration model promises whoever runs it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets import file_sha256
from models.deterioration.labels import DIED, LABELS
from models.deterioration.stays import source_files
from models.export import pins
from models.interpreter import OUTPUT
from models.plan import TrainingPlan
from vitals.features.deterioration import DETERIORATION_FEATURE_VERSION, DETERIORATION_INPUTS
from vitals.manifest import DataSource, ModelManifest, Split, TensorContract

__all__ = ["Found", "manifest_for"]

_MEANINGS: Final = {
    "statistics": "by quantity: last, mean of 12 h, mean, ends, spread and trend a day, in plausible ranges",
    "age": "of 90 years, the share lived; at most 1",
    "present": "1 for each quantity that was measured, and for a known age; else 0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What training settled besides the weights."""

    folds: int
    records: int
    temperature: float
    threshold: float
    distance_limit: float


def manifest_for(data_dir: Path, found: Found, *, plan: TrainingPlan) -> ModelManifest:
    """State the contract; the artefact's hash and the metrics come later."""
    return ModelManifest(
        name="deterioration",
        version=plan.version or 1,
        artefact="deterioration.tflite",
        sha256="",
        inputs=tuple(
            TensorContract(name=name, shape=shape, dtype="float32", meaning=_MEANINGS[name])
            for name, shape in DETERIORATION_INPUTS.items()
        ),
        output=OUTPUT,
        feature_version=DETERIORATION_FEATURE_VERSION,
        labels=LABELS,
        temperature=found.temperature,
        thresholds={DIED: found.threshold},
        data=(
            DataSource(
                name="PhysioNet/CinC Challenge 2012, set A",
                role="train, and test out of fold",
                records=found.records,
                sha256=file_sha256(*source_files(data_dir)),
                licence="ODC-By 1.0",
            ),
        ),
        split=Split(
            description=f"all stays (one a patient); judged by {found.folds} more networks, each "
            "trained without one part of the stays (SHA-256 of the name)",
            train=found.records,
            validation=0,
            test=0,
        ),
        pins=pins(),
        seed=plan.seed,
        metrics={},
        distance_limit=found.distance_limit,
    )
