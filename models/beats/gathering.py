"""What the beat model is trained on, kept between runs, and which part of the patients is whose."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.beats.examples import BeatExamples, training_examples
from models.beats.recordings import BeatRecording
from models.beats.strips import strip_examples
from models.datasets import cinc2017
from models.plan import Progress, TrainingPlan

__all__ = ["dealt", "recorded_beats", "strip_beats"]


def dealt(examples: BeatExamples, count: int) -> dict[str, int]:
    """Deal the patients into parts, those with the most S beats first, then those with the most V beats."""
    patients = np.unique(examples.patients)

    def beats_of(patient: str) -> tuple[int, ...]:
        own = examples.labels[examples.patients == patient]
        return tuple(int((own == label).sum()) for label in ("S", "V"))

    order = sorted(patients.tolist(), key=lambda patient: (beats_of(patient), patient), reverse=True)
    return {patient: _snake(place, count) for place, patient in enumerate(order)}


def _snake(place: int, count: int) -> int:
    """0, 1, 2, 2, 1, 0, 0, ...: who gets the best card of one round gets the worst of the next."""
    turn, step = divmod(place, count)
    return step if turn % 2 == 0 else count - 1 - step


def recorded_beats(recordings: list[BeatRecording], plan: TrainingPlan, progress: Progress) -> BeatExamples:
    """Tell the beats of the recordings, from the cache where they are there."""
    progress("telling every beat of every lead", 0.0)
    return _cached("beats", plan, lambda: training_examples(recordings))


def strip_beats(folder: Path, plan: TrainingPlan, progress: Progress) -> BeatExamples | None:
    """Beats of other people, where their strips are at hand."""
    if plan.smoke or not folder.is_dir():
        return None
    progress("telling the beats of strips", 0.0)
    return _cached("beat-strips", plan, lambda: strip_examples(cinc2017(folder)))


def _cached(name: str, plan: TrainingPlan, make: Callable[[], BeatExamples]) -> BeatExamples:
    path = plan.cache_dir / f"{name}.npz" if plan.cache_dir and not plan.smoke else None
    if path and path.is_file():
        return BeatExamples.load(path)
    examples = make()
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        examples.save(path)
    return examples
