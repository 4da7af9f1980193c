"""From what was read of a patient to one explained level: pure, so that every case can be put to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.early_warning.history import HOUR_MS
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.quantities import QUANTITIES
from cloud.ports import Facts
from vitals.errors import NotApplicableError
from vitals.features.baseline import PersonalBaseline
from vitals.features.deterioration import WINDOW_HOURS, deterioration_inputs
from vitals.scores.deterioration import DeteriorationVerdict
from vitals.scores.early_warning import Deviation, EarlyWarning, ModelVerdict, early_warning
from vitals.scores.news2 import CURRENT_FOR_MS, News2, news2
from vitals.scores.night_signal import Night
from vitals.scores.tables import Measured

__all__ = ["Assessment", "ModelSilence", "Read", "RiskModel", "assess"]

_FEWEST_PRESENT: Final = 3
"""Quantities below which the model abstains, as in its evaluation."""


class ModelSilence(StrEnum):
    """Why the deterioration model says nothing."""

    NOT_INSTALLED = "not-installed"
    REFUSED = "refused"
    """It is altered, unsigned, or not made for this program: see the log."""
    TOO_LITTLE = "too-little-measured"
    UNLIKE = "unlike-its-training"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskModel:
    """A model that judges, with what its manifest says of it."""

    version: int
    threshold: float
    distance_limit: float
    judge: Callable[[Mapping[str, NDArray[np.floating]]], DeteriorationVerdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of a patient: newest values, 48 hours (oldest first), what is usual, and the nights."""

    now_ms: int
    last: Mapping[str, Measured]
    hours: Mapping[str, NDArray[np.float64]]
    baselines: Mapping[str, PersonalBaseline]
    night: Night | None
    knows_steps: bool
    local: LocalTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How ill a patient looks, sign by sign. A sign that is silent says why."""

    now_ms: int
    warning: EarlyWarning
    news2: News2 | None
    news2_refusal: str | None
    model: DeteriorationVerdict | None
    model_silence: ModelSilence | None
    deviations: tuple[Deviation, ...]
    cold: tuple[str, ...]
    """Quantities measured now of which it is not known yet what is usual."""
    night: Night | None
    knows_steps: bool


def assess(read: Read, facts: Facts, model: RiskModel | ModelSilence) -> Assessment:
    """Judge a patient by everything that was read and told."""
    score, refusal = _news2(read, facts)
    verdict, silence = _model(read, facts, model)
    deviations, cold = _deviations(read)
    over = None
    if isinstance(model, RiskModel) and verdict is not None and silence is None:
        over = ModelVerdict(probability=verdict.probability, threshold=model.threshold, parts=verdict.parts)
    return Assessment(
        now_ms=read.now_ms,
        warning=early_warning(news2=score, model=over, deviations=deviations, night=read.night),
        news2=score,
        news2_refusal=refusal,
        model=verdict if silence is None else None,
        model_silence=silence,
        deviations=deviations,
        cold=cold,
        night=read.night,
        knows_steps=read.knows_steps,
    )


def _news2(read: Read, facts: Facts) -> tuple[News2 | None, str | None]:
    try:
        score = news2(
            dict(read.last) | facts.told(read.now_ms),
            age_years=facts.age_years,
            spo2_scale=facts.spo2_scale,
            is_pregnant=facts.is_pregnant,
        )
    except NotApplicableError as error:
        return None, str(error)
    return score, None


def _model(
    read: Read, facts: Facts, model: RiskModel | ModelSilence
) -> tuple[DeteriorationVerdict | None, ModelSilence | None]:
    if isinstance(model, ModelSilence):
        return None, model
    inputs = deterioration_inputs(read.hours, facts.age_years)
    if inputs["present"].sum() < _FEWEST_PRESENT:
        return None, ModelSilence.TOO_LITTLE
    verdict = model.judge(inputs)
    return verdict, None if verdict.distance <= model.distance_limit else ModelSilence.UNLIKE


def _deviations(read: Read) -> tuple[tuple[Deviation, ...], tuple[str, ...]]:
    """Hold the newest hour of each quantity against what is usual at that time of day."""
    found, cold = [], []
    for quantity in QUANTITIES:
        measured = np.flatnonzero(np.isfinite(read.hours[quantity.key]))
        if not len(measured):
            continue
        age_ms = (WINDOW_HOURS - int(measured[-1]) - 1) * HOUR_MS
        if age_ms > CURRENT_FOR_MS:
            continue
        local = read.local.at(read.now_ms - age_ms)
        baseline = read.baselines.get(quantity.key)
        usual = baseline.usual(local.hour, before_day=local.toordinal()) if baseline else None
        if usual is None:
            cold.append(quantity.key)
            continue
        found.append(
            Deviation(
                key=quantity.key,
                display=quantity.row.display,
                ucum=quantity.row.ucum,
                value=float(read.hours[quantity.key][measured[-1]]),
                age_ms=age_ms,
                usual=usual,
            )
        )
    return tuple(found), tuple(cold)
