"""How ill a patient looks now, and why: one level with its parts."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, Field

from cloud.access.guards import VitalsVisit
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso
from cloud.early_warning.assess import Assessment, ModelSilence, RiskModel
from cloud.ports import Facts
from vitals.scores.early_warning import Contributor, Deviation, Level, Reason, Sign
from vitals.scores.news2 import News2, News2Risk, Spo2Scale
from vitals.scores.night_signal import Night, NightAlert
from vitals.scores.tables import Consciousness, PartScore

router = policed_router("early warning")


class Acvpu(StrEnum):
    """Whether somebody is alert, confused, or answers to voice, to pain or not at all."""

    ALERT = "alert"
    CONFUSED = "confused"
    VOICE = "voice"
    PAIN = "pain"
    UNRESPONSIVE = "unresponsive"


_CONSCIOUSNESS: Final[Mapping[Acvpu, Consciousness]] = MappingProxyType(
    {word: Consciousness[word.name] for word in Acvpu}
)


class FactsQuery(BaseModel):
    """What no wearable tells. What is not said here is as it was said of the patient; nothing is kept."""

    age_years: float | None = Field(default=None, ge=0, le=130, description="NEWS2 holds from 16 on.")
    pregnant: bool | None = Field(default=None, description="NEWS2 was not made for pregnancy.")
    spo2_scale: Spo2Scale | None = Field(
        default=None, description="2 only where a clinician prescribed a target of 88 to 92 %."
    )
    consciousness: Acvpu | None = None
    on_oxygen: bool | None = None


class NewsPartOut(BaseModel):
    """One parameter of NEWS2: its points, a range where there is no current value."""

    key: str
    display: str
    unit: str = Field(description="UCUM.")
    value: float | None
    age_ms: int | None
    is_current: bool = Field(description="False: never measured, or more than 12 h ago.")
    lowest: int
    highest: int


class News2Out(BaseModel):
    """NEWS2 (Royal College of Physicians 2017) as far as it is known."""

    lowest: int = Field(description="If all that is missing were normal.")
    highest: int = Field(description="If all that is missing were at its worst.")
    risk: News2Risk = Field(description="What is certain.")
    highest_risk: News2Risk = Field(description="What may hide behind what is missing.")
    single_threes: list[str] = Field(description="Parameters of 3: each an urgent review of its own.")
    assumes_adult: bool = Field(description="No age was given.")
    oldest_ms: int | None = Field(description="Age of the oldest value that counts.")
    parts: list[NewsPartOut]


class ModelOut(BaseModel):
    """The deterioration model: the share of intensive-care patients who died with such vital signs.

    It ranks how ill somebody looks. It is no risk of theirs.
    """

    version: int | None = Field(description="Null: there is none to judge by.")
    silence: ModelSilence | None = Field(description="Why it says nothing, if so.")
    probability: float | None
    threshold: float | None


class DeviationOut(BaseModel):
    """The newest hour beside what is usual for this person at this time of day."""

    key: str
    display: str
    unit: str = Field(description="UCUM.")
    value: float
    age_ms: int
    median: float
    spread: float = Field(description="As a standard deviation, from the median absolute deviation.")
    days: int = Field(description="Of how many days.")
    spreads: float = Field(description="How many spreads the value lies above the median.")


class NightOut(BaseModel):
    """Last night by NightSignal (Alavi et al. 2022): red is two nights in a row 4 /min above the median."""

    date: str
    mean: int = Field(description="Mean heart rate at rest, /min.")
    baseline: int = Field(description="Median of all nights, /min.")
    alert: NightAlert
    nights: int
    is_settled: bool = Field(description="Whether there are nights enough to believe it.")
    knows_steps: bool = Field(description="False: nothing counted steps, so that rest is assumed.")


class ContributorOut(BaseModel):
    """One named reason, with its numbers."""

    sign: Sign
    key: str
    display: str
    adds: float = Field(description="What it adds to its sign.")
    adds_unit: str = Field(description="points, log-odds, spreads or /min.")
    value: float | None
    unit: str | None = Field(description="UCUM.")
    usual_low: float | None
    usual_high: float | None
    age_ms: int | None


class EarlyWarningOut(BaseModel):
    """How ill a patient looks. It assists whoever looks after them; it is no diagnosis."""

    as_of: str = Field(description="ISO 8601 UTC.")
    level: Level = Field(description="What is certain.")
    at_worst: Level = Field(description="What may hide behind what is missing.")
    reasons: list[Reason]
    contributors: list[ContributorOut]
    news2: News2Out | None
    news2_refusal: str | None = Field(description="Why there is no NEWS2, if so.")
    model: ModelOut
    deviations: list[DeviationOut]
    cold_start: list[str] = Field(description="Measured now, and not known yet what is usual.")
    night: NightOut | None = Field(description="Null: last night was not measured.")


@router.get("/api/v1/patients/{patient_id}/early-warning", responses=problems(422, 503))
def early_warning(
    visit: VitalsVisit, services: ServicesOf, query: Annotated[FactsQuery, Query()]
) -> EarlyWarningOut:
    """Return how ill a patient looks now, from what is stored and what is said."""
    facts = _said_now(services.facts.now(visit.patient.id), query)
    found = services.early_warnings.of(visit.patient.id, facts)
    model = services.early_warnings.model
    return EarlyWarningOut(
        as_of=iso(found.now_ms),
        level=found.warning.level,
        at_worst=found.warning.at_worst,
        reasons=list(found.warning.reasons),
        contributors=[_contributor_out(each) for each in found.warning.contributors],
        news2=None if found.news2 is None else _news2_out(found.news2),
        news2_refusal=found.news2_refusal,
        model=ModelOut(
            version=model.version if isinstance(model, RiskModel) else None,
            silence=found.model_silence,
            probability=round(found.model.probability, 4) if found.model else None,
            threshold=model.threshold if isinstance(model, RiskModel) else None,
        ),
        deviations=[_deviation_out(each) for each in found.deviations],
        cold_start=list(found.cold),
        night=None if found.night is None else _night_out(found.night, found),
    )


def _said_now(known: Facts, query: FactsQuery) -> Facts:
    """Put what is said now in front of what was said before."""
    said = {
        "age_years": query.age_years,
        "is_pregnant": query.pregnant,
        "spo2_scale": query.spo2_scale,
        "consciousness": None if query.consciousness is None else _CONSCIOUSNESS[query.consciousness],
        "on_oxygen": query.on_oxygen,
    }
    anew = {name: value for name, value in said.items() if value is not None}
    seen = {name: t_ms for name, t_ms in known.said_ms.items() if name not in anew}
    return replace(known, **anew, said_ms=seen)  # type: ignore[arg-type]  # by the names of its fields


def _news2_out(score: News2) -> News2Out:
    return News2Out(
        lowest=score.lowest,
        highest=score.highest,
        risk=score.risk,
        highest_risk=score.highest_risk,
        single_threes=[part.key for part in score.single_threes],
        assumes_adult=score.assumes_adult,
        oldest_ms=score.oldest_ms,
        parts=[_part_out(part) for part in score.parts],
    )


def _part_out(part: PartScore) -> NewsPartOut:
    return NewsPartOut(
        key=part.key,
        display=part.display,
        unit=part.ucum,
        value=part.measured.value if part.measured else None,
        age_ms=part.measured.age_ms if part.measured else None,
        is_current=part.is_current,
        lowest=part.lowest,
        highest=part.highest,
    )


def _deviation_out(deviation: Deviation) -> DeviationOut:
    return DeviationOut(
        key=deviation.key,
        display=deviation.display,
        unit=deviation.ucum,
        value=deviation.value,
        age_ms=deviation.age_ms,
        median=deviation.usual.median,
        spread=deviation.usual.spread,
        days=deviation.usual.days,
        spreads=round(deviation.spreads, 2),
    )


def _night_out(night: Night, found: Assessment) -> NightOut:
    return NightOut(
        date=night.date.isoformat(),
        mean=night.mean,
        baseline=night.baseline,
        alert=night.alert,
        nights=night.nights,
        is_settled=night.is_settled,
        knows_steps=found.knows_steps,
    )


def _contributor_out(each: Contributor) -> ContributorOut:
    return ContributorOut(
        sign=each.sign,
        key=each.key,
        display=each.display,
        adds=each.weight,
        adds_unit=each.weight_unit,
        value=each.value,
        unit=each.ucum,
        usual_low=each.usual_low,
        usual_high=each.usual_high,
        age_ms=each.age_ms,
    )
