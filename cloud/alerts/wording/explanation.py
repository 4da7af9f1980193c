"""Why an alert was raised, as data: what was seen against what limit, and what each person can do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from cloud.alerts.rules.own import words_key
from cloud.alerts.rules.rows import Rule
from cloud.alerts.wording.words import FEATURE_WORDS, PROTOTYPE_WORDS, WORDS, FeatureWords
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import Evidence, Feature, Prototype

__all__ = ["MAX_EXPLANATION_BYTES", "Finding", "explain"]

MAX_EXPLANATION_BYTES: Final = 8_000
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

_History = list[list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What made an alert: the reading, its limit, or the model's evidence; None where it does not apply.

    `unit` is UCUM, `kind` the observation kind read, `hold_s` how long it lasted at least.
    """

    devices: tuple[str, ...]
    value: float | None = None
    limit: float | None = None
    unit: str | None = None
    quality: float | None = None
    kind: str | None = None
    hold_s: int = 0
    reason: str = ""
    evidence: Evidence | None = None
    history: Sequence[tuple[int, float]] = field(default=())


def explain(rule: Rule, finding: Finding) -> dict[str, object]:
    """Return the JSON-ready explanation of an alert, less than `MAX_EXPLANATION_BYTES` of JSON."""
    words = WORDS[words_key(rule.key)]
    filled = _fillings(finding)
    return _fitted(
        {
            "title": rule.display,
            "summary": words.summary.format_map(filled),
            "value": finding.value,
            "limit": finding.limit,
            "unit": finding.unit,
            "quality": finding.quality,
            "contributors": _contributors(finding),
            "model": _model(finding.evidence),
            "advice": {
                "patient": words.patient.format_map(filled),
                "caregiver": words.caregiver.format_map(filled),
                "clinician": words.clinician.format_map(filled),
            },
            **_drawings(finding.evidence),
            "history": [[t_ms, value] for t_ms, value in finding.history][-_MOST_HISTORY:],
            "devices": list(finding.devices),
        }
    )


def _fillings(finding: Finding) -> dict[str, str]:
    return {
        "value": _number(finding.value),
        "limit": _number(finding.limit),
        "unit": finding.unit or "",
        "kind": OBSERVATION_KINDS[finding.kind].display if finding.kind else "",
        "hold": _duration(finding.hold_s),
        "reason": finding.reason[:_LONGEST_WORD],
    }


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f}" if float(value).is_integer() else f"{value:.4g}"


def _duration(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{seconds} seconds"
    minutes = seconds // 60
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _contributors(finding: Finding) -> list[dict[str, object]]:
    if finding.evidence is not None:
        features = sorted(finding.evidence.features, key=_is_usual)[:_MOST_CONTRIBUTORS]
        return [_contributor(feature) for feature in features]
    if finding.kind is not None and finding.value is not None:
        kind = OBSERVATION_KINDS[finding.kind]
        return [
            {
                "name": kind.display,
                "value": finding.value,
                "unit": kind.unit_display,
                "usual_low": None,
                "usual_high": None,
                "says": f"The limit is {_number(finding.limit)}.",
            }
        ]
    return []


def _contributor(feature: Feature) -> dict[str, object]:
    words = FEATURE_WORDS.get(feature.name) or FeatureWords(name=_plain(feature.name), says="")
    return {
        "name": words.name,
        "value": _finite(feature.value),
        "unit": "" if feature.unit == "1" else feature.unit[:_LONGEST_WORD],
        "usual_low": _finite(feature.usual_low),
        "usual_high": _finite(feature.usual_high),
        "says": f"{words.says} {_against_usual(feature)}".strip(),
    }


def _finite(value: float | None) -> float | None:
    """Return a number that JSON and every store can hold, or None: a model may say NaN."""
    return value if value is not None and math.isfinite(value) else None


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip().capitalize()[:_LONGEST_WORD]


def _is_usual(feature: Feature) -> int:
    """Order: outside what is usual, then unknown, then usual."""
    return {"": 1, "It is as usual.": 2}.get(_against_usual(feature), 0)


def _against_usual(feature: Feature) -> str:
    if _finite(feature.value) is None:
        return ""
    low, high = _finite(feature.usual_low), _finite(feature.usual_high)
    if low is not None and feature.value < low:
        return "It is lower than usual."
    if high is not None and feature.value > high:
        return "It is higher than usual."
    return "" if low is None and high is None else "It is as usual."


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
        "label": _plain(PROTOTYPE_WORDS.get(prototype.label, prototype.label)),
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
