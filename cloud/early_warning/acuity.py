"""NEWS2 of many patients at once, for a list: by the newest value of each sign, so that no history is read.

The page of one patient takes means of minutes instead, and a few values differ by a point: a list says whom
to look at, that page says how they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cloud.early_warning.quantities import QUANTITIES
from cloud.ports import LEAST_QUALITY, Facts, Point, RollupQuery, RollupReader
from vitals.errors import NotApplicableError
from vitals.kinds import OBSERVATION_KINDS
from vitals.scores.news2 import News2, news2
from vitals.scores.tables import Measured

__all__ = ["COMPARED_MS", "Earlier", "change_of", "newest_signs", "score_now"]

_AHEAD_MS: Final = 300_000
"""How far ahead of ours a gateway's clock may be for its values to be of now."""
_HOUR_MS: Final = 3_600_000
COMPARED_MS: Final = 4 * _HOUR_MS
"""How long ago the whole hour ends that a score is compared with: a shift is about twice as long."""


def score_now(newest: Mapping[str, Point], facts: Facts, now_ms: int) -> News2 | None:
    """Return NEWS2 by somebody's newest points by kind; None for whom it was not made."""
    try:
        return news2(
            newest_signs(newest, now_ms) | facts.told(now_ms),
            age_years=facts.age_years,
            spo2_scale=facts.spo2_scale,
            is_pregnant=facts.is_pregnant,
        )
    except NotApplicableError:
        return None


def newest_signs(newest: Mapping[str, Point], now_ms: int) -> dict[str, Measured]:
    """Return by vital sign what was measured last, of what can be judged: the newest of its kinds."""
    found: dict[str, Measured] = {}
    for quantity in QUANTITIES:
        points = [newest[kind] for kind in quantity.kinds if kind in newest]
        judged = [each for each in points if _is_judged(quantity.key, each, now_ms)]
        if judged:
            last = max(judged, key=lambda each: each.t_ms)
            found[quantity.key] = Measured(value=last.value, age_ms=max(0, now_ms - last.t_ms))
    return found


def change_of(now: News2, before: News2) -> int | None:
    """Return by how many points a score rose, by the signs known both times; None if there is none."""
    earlier = {part.key: part for part in before.parts if part.is_current}
    both = [(part, earlier[part.key]) for part in now.parts if part.is_current and part.key in earlier]
    return sum(part.lowest - then.lowest for part, then in both) if both else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """How patients were some hours ago, by the means of a whole hour."""

    rollups: RollupReader

    def score(self, patient_id: str, kinds: Iterable[str], facts: Facts, now_ms: int) -> News2 | None:
        """Return NEWS2 of then by those of these kinds that tell a sign, and by nothing that people say.

        Raises
        ------
        StorageError
            The store cannot answer.
        """
        to_ms = (now_ms - COMPARED_MS) // _HOUR_MS * _HOUR_MS
        asked = set(kinds)
        means: dict[str, Measured] = {}
        for quantity in QUANTITIES:
            for kind in (each for each in reversed(quantity.kinds) if each in asked):
                query = RollupQuery(kind=kind, from_ms=to_ms - _HOUR_MS, to_ms=to_ms, every_ms=_HOUR_MS)
                for mean in self.rollups.rollups(patient_id, query).mean.tolist():
                    means[quantity.key] = Measured(value=mean, age_ms=0)
        try:
            return news2(means, age_years=facts.age_years, spo2_scale=facts.spo2_scale)
        except NotApplicableError:
            return None


def _is_judged(key: str, point: Point, now_ms: int) -> bool:
    is_sure = point.quality is None or point.quality >= LEAST_QUALITY
    return is_sure and point.t_ms <= now_ms + _AHEAD_MS and OBSERVATION_KINDS[key].is_plausible(point.value)
