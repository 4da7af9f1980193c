"""Why an alert was raised, as data in no language: what was seen against what limit, and what is usual.

`texts` makes sentences of it when somebody reads. Every key is always there; what does not apply is null.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import msgspec

from cloud.alerts.rules.rows import Direction, Rule
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import Evidence, Feature, Prototype
from vitals.scores.tables import PartScore, ScoreRange

__all__ = ["ENDED_BECAUSE", "MAX_EXPLANATION_BYTES", "Baseline", "Finding", "explain"]

MAX_EXPLANATION_BYTES: Final = 8_000
ENDED_BECAUSE: Final = "ended_because"
"""The key under which an explanation says of an end that is no recovery why: a `SkipReason`."""
_MOST_CONTRIBUTORS: Final = 10
_MOST_HISTORY: Final = 120
_MOST_BEAT_POINTS: Final = 240
_MOST_STRIP_POINTS: Final = 400
_MOST_PROTOTYPES: Final = 3
_WAYS_TO_SHORTEN: Final[tuple[dict[str, object], ...]] = (
    {"prototypes": []},
    {"strip": None},
    {"beat": None},
    {"median_beat": None},
)
"""What gives way, in this order, once the history is gone and the whole is still too large to travel."""
_LONGEST_WORD: Final = 80
_UNUSUAL, _UNKNOWN, _USUAL = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is usual for this patient of a kind, in its unit, at a local hour of the day, by so many days."""

    kind: str
    median: float
    low: float
    high: float
    hour: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What made an alert: the reading, its limit, or the model's evidence; None where it does not apply.

    `unit` is UCUM; `kind` the observation kind read, `history_kind` that of which `history` is (None: the
    same), `direction` on which side of its limit the value is, `hold_s` how long it lasted at least.
    `reason` is a code or a name, for `texts` to find words for. `score` is the bedside score reached,
    `signs` the kinds that were beyond limits together, each with its value and limit, and `left_out` how
    many values of the history's kind and minutes were not judged, by `SkipReason`.
    """

    devices: tuple[str, ...]
    value: float | None = None
    limit: float | None = None
    unit: str | None = None
    quality: float | None = None
    kind: str | None = None
    direction: Direction | None = None
    hold_s: int = 0
    reason: str = ""
    evidence: Evidence | None = None
    baseline: Baseline | None = None
    score: ScoreRange | None = None
    signs: Sequence[tuple[str, float, float]] = ()
    history: Sequence[tuple[int, float]] = field(default=())
    history_kind: str | None = None
    left_out: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def explain(rule: Rule, finding: Finding) -> dict[str, object]:
    """Return the JSON-ready explanation of an alert, less than `MAX_EXPLANATION_BYTES` of JSON."""
    return _fitted(
        {
            "title": rule.display,
            "value": finding.value,
            "limit": finding.limit,
            "unit": finding.unit,
            "kind": finding.kind,
            "direction": finding.direction,
            "hold_s": finding.hold_s,
            "reason": finding.reason[:_LONGEST_WORD],
            "quality": finding.quality,
            "baseline": _baseline(finding.baseline),
            "contributors": _contributors(finding),
            "score": _score(finding.score),
            "model": _model(finding.evidence),
            **_drawings(finding.evidence),
            "history_kind": finding.history_kind or finding.kind,
            "history": [[t_ms, value] for t_ms, value in finding.history][-_MOST_HISTORY:],
            "left_out": dict(finding.left_out),
            "devices": list(finding.devices),
        }
    )


def _baseline(baseline: Baseline | None) -> dict[str, object] | None:
    if baseline is None:
        return None
    return {
        "kind": baseline.kind,
        "median": baseline.median,
        "low": baseline.low,
        "high": baseline.high,
        "hour": baseline.hour,
        "days": baseline.days,
    }


def _contributors(finding: Finding) -> list[dict[str, object]]:
    """Return what led to it, the most telling first: features, parts of a score, or the reading itself."""
    if finding.evidence is not None:
        features = sorted(finding.evidence.features, key=_unusualness)[:_MOST_CONTRIBUTORS]
        return [_of_feature(feature) for feature in features]
    if finding.score is not None:
        parts = sorted(finding.score.parts, key=lambda part: -part.highest * part.is_current)
        return [_of_part(part) for part in parts if part.is_current]
    if finding.kind is not None and finding.value is not None:
        return [_of_reading(finding, finding.kind)]
    return [_of_sign(*sign) for sign in finding.signs]


def _of_feature(feature: Feature) -> dict[str, object]:
    return {
        "feature": feature.name[:_LONGEST_WORD],
        "value": _finite(feature.value),
        "unit": "" if feature.unit == "1" else feature.unit[:_LONGEST_WORD],
        "usual_low": _finite(feature.usual_low),
        "usual_high": _finite(feature.usual_high),
    }


def _of_part(part: PartScore) -> dict[str, object]:
    return {
        "kind": part.key,
        "value": None if part.measured is None else part.measured.value,
        "unit": part.ucum,
        "usual_low": None,
        "usual_high": None,
        "points": part.highest,
    }


def _of_reading(finding: Finding, kind: str) -> dict[str, object]:
    usual = finding.baseline if finding.baseline and finding.baseline.kind == kind else None
    known = OBSERVATION_KINDS.get(kind)
    return {
        "kind": kind,
        "value": finding.value,
        "unit": known.unit_display if known else finding.unit or "",
        "usual_low": usual and usual.low,
        "usual_high": usual and usual.high,
    }


def _of_sign(key: str, value: float, limit: float) -> dict[str, object]:
    kind = OBSERVATION_KINDS[key]
    return {
        "kind": key,
        "value": value,
        "unit": kind.unit_display,
        "usual_low": None,
        "usual_high": None,
        "limit": limit,
        "ucum": kind.ucum,
    }


def _finite(value: float | None) -> float | None:
    """Return a number that JSON and every store can hold, or None: a model may say NaN."""
    return value if value is not None and math.isfinite(value) else None


def _unusualness(feature: Feature) -> int:
    """Order: outside what is usual, then unknown, then usual."""
    low, high = _finite(feature.usual_low), _finite(feature.usual_high)
    if _finite(feature.value) is None or (low is None and high is None):
        return _UNKNOWN
    is_beyond = (low is not None and feature.value < low) or (high is not None and feature.value > high)
    return _UNUSUAL if is_beyond else _USUAL


def _score(score: ScoreRange | None) -> dict[str, object] | None:
    """Return a score as a range, each part with its points and age; what is missing says so by its range."""
    if score is None:
        return None
    return {
        "name": score.name,
        "lowest": score.lowest,
        "highest": score.highest,
        "parts": [
            {
                "kind": part.key,
                "value": None if part.measured is None else part.measured.value,
                "unit": part.ucum,
                "age_ms": None if part.measured is None else part.measured.age_ms,
                "is_current": part.is_current,
                "lowest": part.lowest,
                "highest": part.highest,
            }
            for part in score.parts
        ],
    }


def _model(evidence: Evidence | None) -> dict[str, object] | None:
    """Return which model said so and how sure it was; nothing of a rule, which is never more or less sure."""
    if evidence is None or evidence.probability is None:
        return None
    return {
        "name": evidence.model[:_LONGEST_WORD],
        "version": evidence.model_version,
        "probability": evidence.probability,
        "threshold": evidence.threshold,
    }


def _drawings(evidence: Evidence | None) -> dict[str, object]:
    """Return the wearer's median beat, the beat judged, beats that people labelled, and the strip judged."""
    if evidence is None:
        return {"median_beat": None, "beat": None, "prototypes": [], "strip": None}
    rate_hz = evidence.median_beat_rate_hz
    return {
        "median_beat": _drawn(evidence.median_beat_uv, rate_hz, _MOST_BEAT_POINTS),
        "beat": _drawn(evidence.beat_uv, rate_hz, _MOST_BEAT_POINTS),
        "prototypes": [_prototype(one, rate_hz) for one in evidence.prototypes[:_MOST_PROTOTYPES]],
        "strip": _drawn(evidence.strip_uv, evidence.strip_rate_hz, _MOST_STRIP_POINTS),
    }


def _drawn(samples_uv: list[int], rate_hz: float, most: int) -> dict[str, object] | None:
    if not samples_uv or not 0.0 < rate_hz < math.inf:
        return None
    every = -(-len(samples_uv) // most)
    return {"rate_hz": rate_hz / every, "uv": samples_uv[::every]}


def _prototype(prototype: Prototype, rate_hz: float) -> dict[str, object]:
    return {
        "code": prototype.label[:_LONGEST_WORD],
        "distance": _finite(prototype.distance),
        "beat": _drawn(prototype.beat_uv, rate_hz, _MOST_BEAT_POINTS),
    }


def _fitted(explanation: dict[str, object]) -> dict[str, object]:
    """Thin the history, the least of the parts, until the whole is small enough to travel."""
    history = explanation["history"]
    while len(msgspec.json.encode(explanation)) >= MAX_EXPLANATION_BYTES and history:
        history = history[1::2] if isinstance(history, list) else []
        explanation = explanation | {"history": history}
    for shorter in _WAYS_TO_SHORTEN:
        if len(msgspec.json.encode(explanation)) < MAX_EXPLANATION_BYTES:
            break
        explanation = explanation | shorter
    return explanation
