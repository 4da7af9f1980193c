"""Ventricular flutter or fibrillation: each second the last four are measured, without beats or model."""

from collections.abc import Callable
from typing import Final

from edge.judging.episode import Episode, Told
from edge.judging.hold import Hold, Said, Vote
from edge.rhythm.findings import feature, finding
from edge.rhythm.look import Look
from edge.streams.windows import Stretch
from vitals.features.fibrillation import (
    FIBRILLATION_WINDOW_S,
    FibrillationSigns,
    fibrillation_signs,
    looks_like_fibrillation,
)
from vitals.records import Evidence, HealthEvent

__all__ = ["FIBRILLATION", "FibrillationWatch"]

FIBRILLATION: Final = "ventricular-fibrillation"

_ONSET: Final = (4, 5)
_END: Final = (10, 10)
_VERSION: Final = 1
_TOO_LOW_MV: Final = 0.1
"""A signal this low says nothing of the heart: an electrode that came off must not end an episode."""


class FibrillationWatch:
    """Follows one device; there is no budget: this is told whenever it is seen."""

    window_s = FIBRILLATION_WINDOW_S
    hop_s = 1.0

    def __init__(self, *, device: str, new_id: Callable[[], str]) -> None:
        self._episode = Episode(device=device, condition=FIBRILLATION, new_id=new_id)
        self._hold = Hold(onset=_ONSET, end=_END)

    def restart(self, rate_hz: float) -> None:
        """Nothing is carried from one stretch to the next but the episode."""

    def step(self, look: Look) -> list[HealthEvent]:
        """Judge the last four seconds."""
        ring = look.ring
        window = ring.last(round(FIBRILLATION_WINDOW_S * ring.rate_hz))
        signs = fibrillation_signs(window.ecg_mv, ring.rate_hz)
        first = window.stop - len(window.ecg_mv)
        said = Said(from_ms=look.wall_ms(first), to_ms=look.wall_ms(window.stop), vote=_vote(signs))
        agreeing = self._hold.step(said)
        if not agreeing:
            return []
        self._hold.turn()
        if not self._hold.is_open:
            return self._episode.end(Told(t_ms=agreeing[0].from_ms, noticed_ms=look.noticed_ms))
        evidence = _evidence(signs, window, ring.rate_hz)
        told = Told(t_ms=agreeing[0].from_ms, noticed_ms=look.noticed_ms, evidence=evidence)
        return [self._episode.begin(told)]


def _vote(signs: FibrillationSigns) -> Vote:
    if looks_like_fibrillation(signs):
        return Vote.FOR
    return Vote.NEITHER if signs.height_mv < _TOO_LOW_MV else Vote.AGAINST


def _evidence(signs: FibrillationSigns, window: Stretch, rate_hz: float) -> Evidence:
    features = [
        feature("wave_leakage", signs.leakage, "1", low=0.625),
        feature("time_far_from_zero_share", signs.time_far_from_zero_share, "1", high=0.48),
        feature("wave_rate", 60 * signs.dominant_hz, "/min"),
        feature("wave_height", signs.height_mv, "mV"),
    ]
    return finding(FIBRILLATION, _VERSION, features, window.ecg_mv, rate_hz)
