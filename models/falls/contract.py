"""What a fall model promises the gateway: its manifest, from the recordings it was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets import file_sha256
from models.export import pins
from models.falls.examples import LABELS
from models.falls.recordings import Motion
from models.interpreter import OUTPUT
from models.plan import TrainingPlan
from vitals.features.falls import FALL_FEATURE_VERSION, FALL_INPUTS
from vitals.manifest import DataSource, ModelManifest, Split, TensorContract

__all__ = ["Settled", "manifest_for"]

_MEANINGS: Final = {
    "motion": "3 s at 50 Hz, the blow after 1 s: size, along and across what was up, movement, jerk, tilt",
    "context": "blow, free fall, movement, tilt and further blows from 4 s before to 3 s after",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What was settled by people whom the network had not seen."""

    temperature: float
    threshold: float
    distance_limit: float


def manifest_for(
    recordings: Sequence[Motion],
    folder: Path,
    *,
    plan: TrainingPlan,
    folds: int,
    settled: Settled,
) -> ModelManifest:
    """State the contract of a network trained on the recordings of a folder; metrics come later."""
    files = sorted((*folder.glob("*.npz.xz"), *folder.glob("*.npz")))
    people = len({motion.person for motion in recordings})
    return ModelManifest(
        name="falls",
        version=plan.version or 1,
        artefact="falls.tflite",
        sha256="",
        inputs=tuple(
            TensorContract(name=name, shape=shape, dtype="float32", meaning=_MEANINGS[name])
            for name, shape in FALL_INPUTS.items()
        ),
        output=OUTPUT,
        feature_version=FALL_FEATURE_VERSION,
        labels=LABELS,
        temperature=round(settled.temperature, 2),
        thresholds={"fall": settled.threshold},
        data=(
            DataSource(
                name=f"SisFall, ADXL345 at the waist, {people} people",
                role=f"train; judged out of fold ({folds} folds of people)",
                records=len(recordings),
                sha256=file_sha256(*files),
                licence="for research; no recording of it is shipped",
            ),
        ),
        split=Split(
            description=f"by person, {folds} folds: those who fell and those who did not in turn",
            train=len(recordings),
            validation=0,
            test=0,
        ),
        pins=pins(),
        seed=plan.seed,
        metrics={},
        distance_limit=settled.distance_limit,
    )
