"""Train the beat model on MIT-BIH recordings: a network for each part of the patients, and one for all."""

from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.beats.ablation import Ablation
from models.beats.calibration import calibrated, leaning
from models.beats.contract import manifest_for
from models.beats.examples import BeatExamples
from models.beats.exporting import exported
from models.beats.fitting import fit
from models.beats.gathering import dealt, recorded_beats, strip_beats
from models.beats.network import finished
from models.beats.noise_stress import noise_stress
from models.beats.recordings import LABELS, beat_recordings
from models.distance import distance_limit
from models.export import to_tflite
from models.folds import FoldBook, write_folds
from models.plan import Progress, TrainingPlan

__all__ = ["train"]

_FOLDS: Final = 5
_EPOCHS: Final = 10
_STEPS: Final = 120
_SMOKE_STEPS: Final = 5
_ABLATED_EVERY: Final = 3
_LEANS: Final = LABELS.index("S")
"""Few of the recordings have many beats of this class; in hearts that do, most of them are missed."""
_SMOKE_RECORDS: Final = 2


def train(data_dir: Path, out_dir: Path, *, plan: TrainingPlan, progress: Progress) -> Path:
    """Train on the recordings of ``data_dir`` or its ``mitdb/``; return the manifest's path."""
    recordings = list(islice(beat_recordings(data_dir), _SMOKE_RECORDS if plan.smoke else None))
    examples = recorded_beats(recordings, plan, progress)
    strips = strip_beats(data_dir / "cinc2017", plan, progress)
    folds = dealt(examples, min(_FOLDS, len(np.unique(examples.patients))))
    logits = np.zeros((len(examples), len(LABELS)), np.float32)
    networks, ablation = [], Ablation()
    for fold in range(max(folds.values()) + 1):
        unseen = np.array([folds[str(patient)] == fold for patient in examples.patients])
        network = _fitted(examples.where(~unseen), strips, plan, progress, name=f"fold {fold + 1}")
        logits[unseen] = network.predict(examples.where(unseen).tensors, batch_size=1024, verbose=0)
        networks.append((network, unseen))
        few = unseen & examples.is_judged & (np.arange(len(examples)) % _ABLATED_EVERY == 0)
        ablation.add(network, examples.where(~unseen), examples.where(few))
    judged = examples.where(examples.is_judged)
    calibration = leaning(
        calibrated(logits[examples.is_judged], _columns(judged.labels), judged.patients),
        logits[examples.is_judged],
        judged.labels == LABELS[_LEANS],
        column=_LEANS,
    )
    ready = [finished(network, examples.where(~unseen), calibration) for network, unseen in networks]
    distances = [
        model.predict(examples.where(unseen).tensors, batch_size=1024, verbose=0)["distance"][:, 0]
        for model, (_, unseen) in zip(ready, networks, strict=True)
    ]
    write_folds(
        out_dir,
        [to_tflite(model) for model in ready],
        {recording.digest: folds[recording.patient] for recording in recordings},
    )
    network = _fitted(examples, strips, plan, progress, name="all")
    losses = network.history.history["loss"]
    shipped = finished(network, examples, calibration)
    manifest = manifest_for(
        recordings,
        None if strips is None else data_dir / "cinc2017",
        plan=plan,
        temperature=calibration.temperature,
        distance_limit=distance_limit(np.concatenate(distances)),
    )
    measured: dict[str, Any] = {
        "training": {"loss": np.round(losses, 4).tolist()},
        "leaning": ablation.report(),
        "offsets": np.round(calibration.offsets, 3).tolist(),
    }
    if (data_dir / "nstdb").is_dir() and not plan.smoke:
        progress("judging in noise", 0.9)
        measured["noise_stress"] = noise_stress(recordings, FoldBook.load(out_dir, b""), data_dir / "nstdb")
    return exported(
        shipped, manifest, examples, data_dir=data_dir, out_dir=out_dir, measured=measured, progress=progress
    )


def _fitted(
    examples: BeatExamples,
    strips: BeatExamples | None,
    plan: TrainingPlan,
    progress: Progress,
    *,
    name: str,
) -> Any:  # noqa: ANN401 - keras is untyped
    return fit(
        examples,
        strips,
        seed=plan.seed,
        epochs=1 if plan.smoke else _EPOCHS,
        steps=_SMOKE_STEPS if plan.smoke else _STEPS,
        progress=lambda what, share: progress(f"{name}, {what}", share),
        logs_dir=plan.logs_dir / name.replace(" ", "-") if plan.logs_dir else None,
    )


def _columns(labels: NDArray[np.str_]) -> NDArray[np.int64]:
    return np.array([LABELS.index(str(label)) for label in labels], dtype=np.int64)
