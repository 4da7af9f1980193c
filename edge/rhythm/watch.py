"""One device's rhythm: every few seconds a window to the model, and from its answers to events."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.judging.detection import Transition
from edge.judging.judge import Judge
from edge.judging.judging import Judging
from edge.judging.stages import Window
from edge.rhythm.evidence import evidence_of
from edge.rhythm.look import Look
from edge.rhythm.quality import settling
from edge.streams.windows import Stretch
from vitals.features.quality import assess_ecg
from vitals.features.rhythm import RHYTHM_WINDOW_S, rhythm_evidence, rhythm_inputs
from vitals.records import Evidence, HealthEvent

__all__ = ["HOP_S", "MODEL", "RhythmWatch"]

MODEL: Final = "rhythm"

HOP_S: Final = 5.0
"""How far a window moves on from the one before."""


class RhythmWatch:
    """An `EcgWatch` of what the rhythm model speaks for."""

    window_s = RHYTHM_WINDOW_S
    hop_s = HOP_S

    def __init__(
        self, *, device: str, judge: Judge, spent: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        self._device = device
        self._judge = judge
        self._judging = Judging(device=device, model=MODEL, judge=judge, spent=spent)
        self.judged_ms: int | None = None
        """When the last window came that could be judged, by wall time."""

    def restart(self, rate_hz: float) -> None:
        """Nothing is carried from one stretch to the next but the episode."""

    def spent(self) -> dict[str, float]:
        """Return by condition what its alarm budget has spent and not made up for."""
        return self._judging.spent()

    def step(self, look: Look) -> list[HealthEvent]:
        """Judge the last settled window."""
        rate_hz = look.ring.rate_hz
        length = round(RHYTHM_WINDOW_S * rate_hz)
        stretch = look.ring.last(length, before=settling(rate_hz))
        quality = assess_ecg(stretch.ecg_mv, rate_hz, stretch.r_peaks).score
        window = Window(
            model=MODEL,
            quality=quality,
            inputs=lambda: rhythm_inputs(stretch.ecg_mv, rate_hz, stretch.r_peaks),
            now_ms=look.noticed_ms,
        )
        before = self._judging.last
        turns = self._judging.step(
            window, from_ms=look.wall_ms(stretch.stop - length), to_ms=look.wall_ms(stretch.stop)
        )
        if self._judging.last is not before:
            self.judged_ms = look.noticed_ms
        return [
            HealthEvent(
                event_id=turn.event_id,
                device=self._device,
                condition=turn.condition.name,
                phase=turn.phase,
                t_ms=turn.t_ms,
                noticed_ms=look.noticed_ms,
                signal_quality=quality,
                evidence=self._evidence(turn, stretch, rate_hz),
            )
            for turn in turns
        ]

    def _evidence(self, turn: Transition, stretch: Stretch, rate_hz: float) -> Evidence | None:
        manifest = self._judge.models.manifest(MODEL)
        if manifest is None:
            return None
        seen = rhythm_evidence(stretch.ecg_mv, rate_hz, stretch.r_peaks)
        return evidence_of(turn, seen, manifest, prototypes=self._judging.nearest())
