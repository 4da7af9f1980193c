"""One device's rhythm: every few seconds a window to the model, and from its answers to events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Final
from uuid import uuid4

from edge.alarms.local_alarm import AlarmKey
from edge.counters import Timings
from edge.health import GatewayHealth
from edge.ports import RhythmModel
from edge.rhythm.abstention import Abstention
from edge.rhythm.detection import Judgement, RhythmDetector, Transition, detector_for
from edge.rhythm.evidence import evidence_of
from edge.rhythm.quality import abstention, settling
from edge.streams.windows import EcgRing, Stretch
from vitals.errors import ModelRejectedError
from vitals.features.quality import assess_ecg
from vitals.features.rhythm import RHYTHM_WINDOW_S, rhythm_evidence, rhythm_inputs
from vitals.records import Evidence, HealthEvent

__all__ = ["HOP_S", "RhythmJudge", "RhythmWatch"]

HOP_S: Final = 5.0
"""How far a window moves on from the one before."""


@dataclass(slots=True, kw_only=True)
class RhythmJudge:
    """The gateway's one model, or the want of one, with what is counted of its work."""

    model: RhythmModel | None
    health: GatewayHealth
    timings: Timings = field(default_factory=Timings)
    new_id: Callable[[], str] = lambda: uuid4().hex
    stopwatch_ns: Callable[[], int] = perf_counter_ns

    def detector(self) -> RhythmDetector:
        """Return a detector for one more device."""
        return detector_for(self.model.manifest if self.model else None, self.new_id)

    def judge(self, window: Stretch, rate_hz: float, now_ms: int) -> dict[str, float] | Abstention:
        """Return the window's probabilities by label, or why there are none."""
        if self.model is None:
            return Abstention.NO_MODEL
        inputs = rhythm_inputs(window.ecg_mv, rate_hz, window.r_peaks)
        began_ns = self.stopwatch_ns()
        try:
            probabilities = dict(self.model.classify(inputs))
        except ModelRejectedError as error:
            self.health.alarms.set(AlarmKey.MODEL_UNUSABLE, stands=True, t_ms=now_ms, detail=str(error))
            return Abstention.MODEL_FAILED
        self.timings.record(self.stopwatch_ns() - began_ns)
        self.health.alarms.set(AlarmKey.MODEL_UNUSABLE, stands=False, t_ms=now_ms)
        return probabilities


class RhythmWatch:
    """Follows one device's rhythm; it outlives gaps in the signal, so an episode does too."""

    def __init__(self, *, device: str, judge: RhythmJudge) -> None:
        self._device = device
        self._judge = judge
        self._detector = judge.detector()

    def step(self, ring: EcgRing, *, wall_ms: Callable[[int], int], noticed_ms: int) -> list[HealthEvent]:
        """Judge the last settled window of `ring`; `wall_ms` gives the time of a sample by its place."""
        length = round(RHYTHM_WINDOW_S * ring.rate_hz)
        window = ring.last(length, before=settling(ring.rate_hz))
        quality = assess_ecg(window.ecg_mv, ring.rate_hz, window.r_peaks)
        outcome = abstention(quality) or self._judge.judge(window, ring.rate_hz, noticed_ms)
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

    def _evidence(self, turn: Transition, window: Stretch, rate_hz: float) -> Evidence | None:
        if self._judge.model is None:
            return None
        seen = rhythm_evidence(window.ecg_mv, rate_hz, window.r_peaks)
        return evidence_of(turn, seen, self._judge.model.manifest)


def _counted_as(outcome: dict[str, float] | Abstention) -> str:
    return f"rhythm.{outcome}" if isinstance(outcome, Abstention) else "rhythm.judged"
