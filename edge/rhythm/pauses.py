"""A heart that falls silent: a pause once it beats again, asystole while it does not.

Both are believed only where the signal between the beats is that of a silent heart in contact: no steep
deflection that might be a beat nobody counted, and no line flatter than skin lets it be.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

from edge.judging.episode import Episode, Told
from edge.rhythm.findings import feature, finding
from edge.rhythm.look import Look
from edge.rhythm.quality import settling
from edge.rhythm.silences import silence_in
from edge.streams.windows import EcgRing
from vitals.features.silence import Silence, SilenceSigns
from vitals.records import Evidence, HealthEvent

__all__ = ["ASYSTOLE", "ASYSTOLE_S", "PAUSE", "PAUSE_S", "PauseWatch"]

PAUSE: Final = "pause"
PAUSE_S: Final = 3.0
"""ACC/AHA/HRS 2018 bradycardia guideline (Kusumoto et al., Circulation 2019;140:e382): 3 s and more."""
ASYSTOLE: Final = "asystole"
ASYSTOLE_S: Final = 4.0
"""PhysioNet/CinC Challenge 2015 (Clifford et al.), after ANSI/AAMI EC13: no beat for 4 s."""

_LIMITS_S: Final = {PAUSE: PAUSE_S, ASYSTOLE: ASYSTOLE_S}
_PAUSE_OVER_MS: Final = 60_000
"""Pauses less than a minute apart are one episode."""
_BEATS_BACK: Final = 3
"""So many beats after a silence show that the heart goes on."""
_VERSION: Final = 1


class PauseWatch:
    """An `EcgWatch` of silences; neither condition has a budget."""

    window_s = 1.0
    hop_s = 1.0

    def __init__(self, *, device: str, new_id: Callable[[], str]) -> None:
        self._pause = Episode(device=device, condition=PAUSE, new_id=new_id)
        self._asystole = Episode(device=device, condition=ASYSTOLE, new_id=new_id)
        self._last_pause_ms = 0
        self._seen_to = -1
        self._silent_since = -1

    def restart(self, rate_hz: float) -> None:  # noqa: ARG002 - seconds are counted by the ring's rate
        """Forget the beats of the stretch that ended: nobody knows what was between."""
        self._seen_to = self._silent_since = -1

    def step(self, look: Look) -> list[HealthEvent]:
        """Look at the silences between the beats known, and at the one that lasts."""
        peaks = look.ring.r_peaks
        lasting = self._back(look, peaks) if self._asystole.stands else self._lasting(look, peaks)
        events = [*self._between(look, peaks), *lasting]
        self._seen_to = max(self._seen_to, peaks[-1] if peaks else -1)
        is_over = abs(look.noticed_ms - self._last_pause_ms) > _PAUSE_OVER_MS  # or the clock was set back
        if self._pause.stands and is_over:
            events += self._pause.end(Told(t_ms=self._last_pause_ms, noticed_ms=look.noticed_ms))
        return events

    def _between(self, look: Look, peaks: list[int]) -> list[HealthEvent]:
        """Tell of the first pause of an episode; one that was told as asystole is none."""
        events: list[HealthEvent] = []
        for before, after in pairwise(peaks):
            is_long = after - before >= PAUSE_S * look.ring.rate_hz
            if not is_long or after <= self._seen_to or before == self._silent_since:
                continue
            signs = silence_in(look.ring, before, after)
            if signs is None or signs.verdict is not Silence.SILENT:
                continue
            self._last_pause_ms = look.wall_ms(after)
            if not self._pause.stands:
                events.append(self._pause.begin(_told(PAUSE, look, signs, before, after)))
        return events

    def _lasting(self, look: Look, peaks: list[int]) -> list[HealthEvent]:
        now = look.ring.end - settling(look.ring.rate_hz)
        if not peaks or now - peaks[-1] < ASYSTOLE_S * look.ring.rate_hz:
            return []
        signs = silence_in(look.ring, peaks[-1], now)
        if signs is None or signs.verdict is not Silence.SILENT:
            return []
        self._silent_since = peaks[-1]
        return [self._asystole.begin(_told(ASYSTOLE, look, signs, peaks[-1], now))]

    def _back(self, look: Look, peaks: list[int]) -> list[HealthEvent]:
        back = [peak for peak in peaks if peak > self._silent_since]
        if len(back) < _BEATS_BACK:
            return []
        return self._asystole.end(Told(t_ms=look.wall_ms(back[0]), noticed_ms=look.noticed_ms))


def _told(condition: str, look: Look, signs: SilenceSigns, before: int, after: int) -> Told:
    return Told(
        t_ms=look.wall_ms(before),
        noticed_ms=look.noticed_ms,
        quality=look.quality,
        evidence=_evidence(condition, look.ring, signs, before, after),
    )


def _evidence(condition: str, ring: EcgRing, signs: SilenceSigns, before: int, after: int) -> Evidence:
    features = [
        feature("longest_rr", 1000 * (after - before) / ring.rate_hz, "ms", high=1000 * _LIMITS_S[condition]),
        feature("steepest_in_silence_share", signs.steepest_share, "1", high=0.3),
    ]
    held = ring.last(ring.end - ring.start)
    shown = held.ecg_mv[: after - ring.start + round(ring.rate_hz)]
    return finding(condition, _VERSION, features, shown, ring.rate_hz)
