"""What a beat model promises the gateway: its manifest, from the recordings it was trained on."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from models.beats.recordings import LABELS, BeatRecording
from models.beats.strips import STRIPS
from models.datasets import file_sha256
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
    strips_dir: Path | None,
    *,
    plan: TrainingPlan,
    temperature: float,
    distance_limit: float,
) -> ModelManifest:
    """State the contract of a network trained on the recordings, and on strips of a folder if on any.

    Hashes of the artefact and metrics come later.
    """
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
            *_strips_source(strips_dir),
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


def _strips_source(folder: Path | None) -> list[DataSource]:
    if folder is None:
        return []
    return [
        DataSource(
            name="PhysioNet/CinC Challenge 2017, normal and fibrillating strips, beats not annotated",
            role="train only: what no beat of them can be",
            records=STRIPS,
            sha256=file_sha256(folder / "REFERENCE.csv", folder / "records.tar.xz"),
            licence="ODC-By 1.0",
        )
    ]
