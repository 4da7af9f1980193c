"""What a beat model promises the gateway: its manifest, from the recordings it was trained on."""

import hashlib
from collections.abc import Sequence
from typing import Final

from models.beats.recordings import LABELS, BeatRecording
from models.export import pins
from models.interpreter import OUTPUT
from models.plan import TrainingPlan
from vitals.features.beats import BEAT_FEATURE_VERSION, BEAT_INPUTS
from vitals.manifest import DataSource, ModelManifest, Split, TensorContract

__all__ = ["manifest_for"]

_MEANINGS: Final = {
    "beat": "beat, the patient's median beat and what the beat before leaves, at 100 Hz, R at 0.45 s, "
    "over the height of the median QRS",
    "sequence": "intervals and likeness of eight beats before, the beat, and the intervals of two after",
    "measures": "timing, QRS and P wave against the patient's own",
}


def manifest_for(
    recordings: Sequence[BeatRecording],
    *,
    plan: TrainingPlan,
    temperature: float,
    distance_limit: float,
) -> ModelManifest:
    """State the contract of a network trained on the recordings; hashes and metrics come later."""
    patients = {recording.patient for recording in recordings}
    digests = "".join(sorted(recording.digest for recording in recordings))
    return ModelManifest(
        name="beats",
        version=plan.version or 1,
        artefact="beats.tflite",
        sha256="",
        inputs=tuple(
            TensorContract(name=name, shape=shape, dtype="float32", meaning=_MEANINGS[name])
            for name, shape in BEAT_INPUTS.items()
        ),
        output=OUTPUT,
        feature_version=BEAT_FEATURE_VERSION,
        labels=LABELS,
        temperature=round(temperature, 2),
        thresholds={},
        data=(
            DataSource(
                name="MIT-BIH Arrhythmia Database, both leads, paced hearts left out",
                role="train; judged out of fold",
                records=len(recordings),
                sha256=hashlib.sha256(digests.encode()).hexdigest(),
                licence="ODC-By 1.0",
            ),
        ),
        split=Split(
            description="by patient; each judged by a network trained without its part of the patients",
            train=len(patients),
            validation=len(patients),
            test=0,
        ),
        pins=pins(),
        seed=plan.seed,
        metrics={},
        distance_limit=distance_limit,
    )
