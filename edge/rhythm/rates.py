"""A heart far too slow or far too fast, by its own beats: soon, where a wearable's averaged rate is late."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from edge.judging.episode import Episode, Told
from edge.judging.hold import Hold, Said, Vote
from edge.rhythm.findings import feature, finding
from edge.rhythm.look import Look
from edge.rhythm.quality import settling
from edge.rhythm.silences import silence_in
from vitals.features.quality import USABLE
from vitals.features.silence import Silence
from vitals.records import Evidence, HealthEvent

__all__ = ["RATE_LIMITS", "RateLimit", "RateWatch"]

_HOP_S: Final = 1.0
_WINDOW_S: Final = 2.0
_LONGEST_SILENCE_S: Final = 3.0
"""After this long without a beat its rate is none: a pause is told as one."""
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """One row: the mean rate of the last `beats` at or beyond `limit`, for K of the last N seconds.

    It ends after K of N seconds at or within `clear_at`.
    """

    name: str
    is_low: bool
    limit: float
    clear_at: float
    beats: int
    onset: tuple[int, int]
    end: tuple[int, int]
    source: str

    def vote(self, rate_per_min: float) -> Vote:
        """Return what a rate says of the episode."""
        side = -1 if self.is_low else 1
        if side * rate_per_min >= side * self.limit:
            return Vote.FOR
        return Vote.AGAINST if side * rate_per_min <= side * self.clear_at else Vote.NEITHER


RATE_LIMITS: Final = (
    RateLimit(
        name="extreme-bradycardia",
        is_low=True,
        limit=40.0,
        clear_at=45.0,
        beats=5,
        onset=(8, 10),
        end=(15, 15),
        source="PhysioNet/CinC Challenge 2015 (Clifford et al.): below 40 /min for five beats; NEWS2: 3",
    ),
    RateLimit(
        name="extreme-tachycardia",
        is_low=False,
        limit=150.0,
        clear_at=140.0,
        beats=17,
        onset=(27, 30),
        end=(15, 15),
        source="AHA ACLS 2020 (Panchal et al., Circulation 2020;142:S366): from 150 /min a rate itself does"
        " harm; 17 beats as in PhysioNet/CinC Challenge 2015; half a minute: stairs are over by then",
    ),
)


class RateWatch:
    """Follows one limit for one device."""

    window_s = _WINDOW_S
    hop_s = _HOP_S

    def __init__(self, *, device: str, limit: RateLimit, new_id: Callable[[], str]) -> None:
        self._limit = limit
        self._episode = Episode(device=device, condition=limit.name, new_id=new_id)
        self._hold = Hold(onset=limit.onset, end=limit.end)

    def restart(self, rate_hz: float) -> None:
        """Nothing is carried from one stretch to the next but the episode."""

    def step(self, look: Look) -> list[HealthEvent]:
        """Judge the rate of the last beats, if it can be told and believed."""
        rate = self._rate_per_min(look)
        vote = Vote.NEITHER if rate is None else self._vote(look, rate)
        stop = look.ring.end - settling(look.ring.rate_hz)
        from_ms, to_ms = look.wall_ms(stop - round(_HOP_S * look.ring.rate_hz)), look.wall_ms(stop)
        agreeing = self._hold.step(Said(from_ms=from_ms, to_ms=to_ms, vote=vote))
        if not agreeing or rate is None:
            return []
        self._hold.turn()
        told = Told(
            t_ms=agreeing[0].from_ms,
            noticed_ms=look.noticed_ms,
            quality=look.quality,
            evidence=self._evidence(look, rate),
        )
        return [self._episode.begin(told)] if self._hold.is_open else self._episode.end(told)

    def _vote(self, look: Look, rate_per_min: float) -> Vote:
        """Believe no rate of a poor signal, and no slow one with more between its beats than silence."""
        if look.quality is None or look.quality < USABLE:
            return Vote.NEITHER
        vote = self._limit.vote(rate_per_min)
        return Vote.NEITHER if vote is Vote.FOR and self._limit.is_low and not self._is_silent(look) else vote

    def _is_silent(self, look: Look) -> bool:
        peaks = look.ring.r_peaks[-self._limit.beats - 1 :]
        signs = [silence_in(look.ring, before, after) for before, after in pairwise(peaks)]
        return all(found is not None and found.verdict is Silence.SILENT for found in signs)

    def _rate_per_min(self, look: Look) -> float | None:
        peaks, rate_hz = look.ring.r_peaks[-self._limit.beats - 1 :], look.ring.rate_hz
        if len(peaks) <= self._limit.beats:
            return None
        if look.ring.end - settling(rate_hz) - peaks[-1] > _LONGEST_SILENCE_S * rate_hz:
            return None
        return 60.0 * rate_hz * self._limit.beats / (peaks[-1] - peaks[0])

    def _evidence(self, look: Look, rate_per_min: float) -> Evidence:
        limit = self._limit
        usual = {"low": limit.limit} if limit.is_low else {"high": limit.limit}
        held = look.ring.last(look.ring.end - look.ring.start)
        features = [
            feature("mean_heart_rate", rate_per_min, "/min", **usual),
            feature("beats", limit.beats, "1"),
        ]
        return finding(limit.name, _VERSION, features, held.ecg_mv, look.ring.rate_hz)
