"""Whether a blow was a fall: the model says so, or three limits where it cannot.

A missing, damaged or doubtful model must not leave somebody on the floor. Whenever it abstains, a hard blow
that changed the posture, with hardly a movement after it, is taken for a fall; the event names the rule.
"""

from dataclasses import dataclass
from typing import Final

from edge.judging.abstention import Abstention
from edge.judging.judge import Judge
from edge.judging.stages import Window, judged
from edge.ports import Inference
from vitals.features.falls import FallEvidence, fall_evidence, fall_inputs, is_hard_fall
from vitals.features.impacts import Impact
from vitals.features.motion_quality import MotionFault, motion_faults

__all__ = ["LABEL", "MODEL", "RULE", "Verdict", "judge_blow"]

MODEL: Final = "falls"
LABEL: Final = "fall"
RULE: Final = "blow-posture-stillness"
"""What an event names in the model's place where the rule judged."""
_RULE_VERSION: Final = 1
_THRESHOLD: Final = 0.5
"""Where a model's manifest has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was made of a blow, by whom, and why the model made nothing of it, if so.

    A rule knows no probability: 1 or 0, against a threshold of 1.
    """

    is_fall: bool
    said_by: str
    version: int
    probability: float
    threshold: float
    seen: FallEvidence
    abstention: Abstention | None = None


def judge_blow(impact: Impact, judge: Judge, now_ms: int) -> Verdict | Abstention:
    """Judge a blow by the model, else by the rule; abstain where the sensor cannot be believed at all."""
    faults = motion_faults(impact.surround_g)
    for fault in faults:
        judge.health.counters[f"fall.{fault}"] += 1
    if faults & _RUINOUS:
        return Abstention.POOR_SIGNAL
    seen = fall_evidence(impact.surround_g)
    window = Window(
        model=MODEL,
        quality=0.0 if faults else 1.0,
        inputs=lambda: fall_inputs(impact.surround_g),
        now_ms=now_ms,
    )
    outcome = judged(window, judge.models)
    return _by_rule(seen, outcome) if isinstance(outcome, Abstention) else _by_model(seen, outcome, judge)


_RUINOUS: Final = frozenset({MotionFault.NOT_FINITE, MotionFault.NO_GRAVITY})
"""With these not even the rule can say anything; a sensor that a fall broke is judged by it."""


def _by_model(seen: FallEvidence, inference: Inference, judge: Judge) -> Verdict:
    manifest = judge.models.manifest(MODEL)
    threshold = manifest.thresholds.get(LABEL, _THRESHOLD) if manifest else _THRESHOLD
    probability = inference.probabilities[LABEL]
    return Verdict(
        is_fall=probability >= threshold,
        said_by=MODEL,
        version=manifest.version if manifest else 0,
        probability=probability,
        threshold=threshold,
        seen=seen,
    )


def _by_rule(seen: FallEvidence, abstention: Abstention) -> Verdict:
    is_fall = is_hard_fall(seen)
    return Verdict(
        is_fall=is_fall,
        said_by=RULE,
        version=_RULE_VERSION,
        probability=float(is_fall),
        threshold=1.0,
        seen=seen,
        abstention=abstention,
    )
