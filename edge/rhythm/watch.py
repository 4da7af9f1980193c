"""One device's rhythm: every few seconds a window to the model, and from its answers to events."""

from collections.abc import Callable, Mapping
from typing import Final

from edge.judging.abstention import Abstention
from edge.judging.judge import Judge
from edge.ports import Inference
from edge.rhythm.detection import Judgement, Transition, detector_for
from edge.rhythm.evidence import evidence_of
from edge.rhythm.quality import abstention, settling
from edge.streams.windows import EcgRing, Stretch
from vitals.features.quality import assess_ecg
from vitals.features.rhythm import RHYTHM_WINDOW_S, rhythm_evidence, rhythm_inputs
from vitals.records import Evidence, HealthEvent

__all__ = ["HOP_S", "MODEL", "RhythmWatch"]

MODEL: Final = "rhythm"

HOP_S: Final = 5.0
"""How far a window moves on from the one before."""


class RhythmWatch:
    """Follows one device's rhythm; it outlives gaps in the signal, so an episode does too."""

    def __init__(self, *, device: str, judge: Judge) -> None:
        self._device = device
        self._judge = judge
        self._manifest = judge.models.manifest(MODEL)
        self._detector = detector_for(self._manifest, judge.new_id)

    def step(self, ring: EcgRing, *, wall_ms: Callable[[int], int], noticed_ms: int) -> list[HealthEvent]:
        """Judge the last settled window of `ring`; `wall_ms` gives the time of a sample by its place."""
        length = round(RHYTHM_WINDOW_S * ring.rate_hz)
        window = ring.last(length, before=settling(ring.rate_hz))
        quality = assess_ecg(window.ecg_mv, ring.rate_hz, window.r_peaks)
        outcome = abstention(quality) or self._judged(window, ring.rate_hz, noticed_ms)
        self._judge.health.counters[_counted_as(outcome)] += 1
        judgement = Judgement(
            from_ms=wall_ms(window.stop - length), to_ms=wall_ms(window.stop), outcome=outcome
        )
        return [
            HealthEvent(
                event_id=turn.event_id,
                device=self._device,
                condition=turn.condition.name,
                phase=turn.phase,
                t_ms=turn.t_ms,
                noticed_ms=noticed_ms,
                signal_quality=quality.score,
                evidence=self._evidence(turn, window, ring.rate_hz),
            )
            for turn in self._detector.step(judgement)
        ]

    def _judged(self, window: Stretch, rate_hz: float, now_ms: int) -> Mapping[str, float] | Abstention:
        inputs = rhythm_inputs(window.ecg_mv, rate_hz, window.r_peaks)
        outcome = self._judge.models.infer(MODEL, inputs, now_ms)
        return outcome.probabilities if isinstance(outcome, Inference) else outcome

    def _evidence(self, turn: Transition, window: Stretch, rate_hz: float) -> Evidence | None:
        if self._manifest is None:
            return None
        seen = rhythm_evidence(window.ecg_mv, rate_hz, window.r_peaks)
        return evidence_of(turn, seen, self._manifest)


def _counted_as(outcome: Mapping[str, float] | Abstention) -> str:
    return f"rhythm.{outcome}" if isinstance(outcome, Abstention) else "rhythm.judged"
