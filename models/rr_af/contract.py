"""What a model of RR intervals promises the gateway: its manifest, from what it was trained on."""

from pathlib import Path
from typing import Final

from models.datasets import file_sha256
from models.export import pins
from models.interpreter import OUTPUT
from models.plan import TrainingPlan
from models.rr_af.calibrating import Calibration
from models.rr_af.labels import LABELS
from models.rr_af.recordings import AFDB_ARCHIVE, afdb_folder
from models.rr_af.sources import Sources
from vitals.features.rr_af import RR_AF_FEATURE_VERSION, RR_AF_INPUTS, RR_CHANNELS
from vitals.manifest import DataSource, ModelManifest, Split, TensorContract

__all__ = ["ARTEFACT", "data_sources", "manifest_for"]

ARTEFACT: Final = "rr-af.tflite"
_LICENCE: Final = "ODC-By 1.0"
_JUDGED: Final = "train, and judged out of fold"


def manifest_for(
    data: tuple[DataSource, ...],
    *,
    plan: TrainingPlan,
    calibration: Calibration,
    distance_limit: float,
) -> ModelManifest:
    """State the contract of a network; the artefact's hash and metrics come later."""
    patients = sum(source.records for source in data if source.role == _JUDGED)
    return ModelManifest(
        name="rr-af",
        version=plan.version or 1,
        artefact=ARTEFACT,
        sha256="",
        inputs=(
            TensorContract(
                name="rr",
                shape=RR_AF_INPUTS["rr"],
                dtype="float32",
                meaning="a row an interval: " + ", ".join(RR_CHANNELS),
            ),
        ),
        output=OUTPUT,
        feature_version=RR_AF_FEATURE_VERSION,
        labels=LABELS,
        temperature=calibration.temperature,
        thresholds={"AF": calibration.threshold},
        data=data,
        split=Split(
            description="by patient, in parts, each judged by a network that never saw it; "
            "the shipped network saw all of the long recordings",
            train=patients,
            validation=0,
            test=0,
        ),
        pins=pins(),
        seed=plan.seed,
        metrics={},
        distance_limit=distance_limit,
    )


def data_sources(data_dir: Path, sources: Sources) -> tuple[DataSource, ...]:
    """Name each set that was read, with the hash of its files."""
    rows = (
        (
            "MIT-BIH Atrial Fibrillation Database",
            _JUDGED,
            sources.long,
            [afdb_folder(data_dir) / AFDB_ARCHIVE],
        ),
        ("MIT-BIH Arrhythmia Database", _JUDGED, sources.short, sorted((data_dir / "mitdb").glob("*.atr"))),
        (
            "PhysioNet/CinC Challenge 2017, training set",
            "train",
            sources.strips,
            [data_dir / "cinc2017" / name for name in ("REFERENCE.csv", "records.tar.xz")],
        ),
    )
    return tuple(
        DataSource(
            name=f"{name}, RR intervals",
            role=role,
            records=len(recordings),
            sha256=file_sha256(*files),
            licence=_LICENCE,
        )
        for name, role, recordings, files in rows
        if recordings
    )
