"""STAGES: what a window passes on its way from a signal to a judgement, in this order.

Each stage hands on what is known of the window so far, or gives the reason why it goes no further; every
reason is counted by model, so the gateway's report tells what each stage removes. From judgements to alarms
it goes on in `detection`: K of N with hysteresis, then the personal budget.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.judging.abstention import Abstention
from edge.judging.models import ModelSet
from edge.ports import Inference
from vitals.features.quality import USABLE

__all__ = ["STAGES", "Stage", "Window", "judged"]

_NOISE_LABELS: Final = frozenset({"~", "noise"})
_LEAST_SURE: Final = 1.5
"""Times the probability of a guess: a model that is no surer than that of its best label says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """A window of signal that a model is to be asked about; its inputs are made only if it comes to that."""

    model: str
    quality: float
    inputs: Callable[[], Mapping[str, NDArray[np.float32]]]
    now_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One row: its name, and what it makes of a window and of what the stages before made of it."""

    name: str
    step: Callable[[Window, Inference | None, ModelSet], Inference | Abstention | None]


def _usable(window: Window, found: Inference | None, _: ModelSet) -> Inference | Abstention | None:
    return found if window.quality >= USABLE else Abstention.POOR_SIGNAL


def _probability(window: Window, _: Inference | None, models: ModelSet) -> Inference | Abstention:
    """Ask the model; its artefact divides by the temperature that calibrates it, before the softmax."""
    if models.manifest(window.model) is None:
        return Abstention.NO_MODEL
    return models.infer(window.model, window.inputs(), window.now_ms)


def _like_training(
    window: Window, found: Inference | None, models: ModelSet
) -> Inference | Abstention | None:
    manifest = models.manifest(window.model)
    limit = manifest.distance_limit if manifest else None
    if found is None or limit is None or found.distance is None or found.distance <= limit:
        return found
    return Abstention.UNLIKE_TRAINING


def _sure(_: Window, found: Inference | None, __: ModelSet) -> Inference | Abstention | None:
    """Abstain where the model itself does: it calls the window noise, or hardly more than guesses."""
    if found is None:
        return None
    best = max(found.probabilities, key=found.probabilities.__getitem__)
    if best in _NOISE_LABELS:
        return Abstention.CALLED_NOISE
    guess = 1.0 / len(found.probabilities)
    return found if found.probabilities[best] >= min(_LEAST_SURE * guess, 0.5) else Abstention.UNSURE


STAGES: Final = (
    Stage(name="quality", step=_usable),
    Stage(name="probability", step=_probability),
    Stage(name="distance", step=_like_training),
    Stage(name="certainty", step=_sure),
)


def judged(window: Window, models: ModelSet, *, stages: tuple[Stage, ...] = STAGES) -> Inference | Abstention:
    """Take a window through the stages; return the model's answer, or what stood between."""
    found: Inference | None = None
    for stage in stages:
        outcome = stage.step(window, found, models)
        if isinstance(outcome, Abstention):
            models.health.counters[f"{window.model}.{outcome}"] += 1
            return outcome
        found = outcome
    models.health.counters[f"{window.model}.judged"] += 1
    return Abstention.NO_MODEL if found is None else found
