"""Which part is struck when, how, and for how long: decided by the seed before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from carewire.chaos.ground import BROKER, INGEST

__all__ = ["GATEWAY", "Strike", "plan", "sort_of"]

GATEWAY: Final = "gateway"
_SORTS: Final = (BROKER, GATEWAY, INGEST)

_USUAL_GAP_S: Final = (1.5, 6.0)
_QUICK_GAP_S: Final = (0.05, 0.6)
_QUICK_SHARE: Final = 0.3
"""So many blows follow the one before at once: while that part is down, or has just come up."""
_DOWN_S: Final = (0.5, 5.0)
_DOWN_SHARE: Final = 0.5
"""So many of the killed stay down for a while; the others are started again at once."""
_FROZEN_S: Final = (1.0, 8.0)
_KILLS_A_FREEZE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """`after_s` the one before, SIGKILL and `for_s` down; or, not fatal, SIGSTOP for `for_s`."""

    part: str
    is_fatal: bool
    after_s: float
    for_s: float


def plan(random: Random, kills: int, gateways: Sequence[str]) -> Sequence[Strike]:
    """Return `kills` kills, an even share for broker, gateways and ingest, and a freeze for every few."""
    sorts = [_SORTS[i % len(_SORTS)] for i in range(kills)]
    random.shuffle(sorts)
    strikes = [_kill(random, sort, gateways) for sort in sorts]
    for at in range(kills - kills % _KILLS_A_FREEZE, 0, -_KILLS_A_FREEZE):
        strikes.insert(at, _freeze(random, random.choice(_SORTS), gateways))
    return strikes


def sort_of(part: str) -> str:
    """Return what sort of part it is: broker, gateway or ingest."""
    return part if part in _SORTS else GATEWAY


def _kill(random: Random, sort: str, gateways: Sequence[str]) -> Strike:
    for_s = random.uniform(*_DOWN_S) if random.random() < _DOWN_SHARE else 0.0
    return Strike(part=_part(random, sort, gateways), is_fatal=True, after_s=_gap_s(random), for_s=for_s)


def _freeze(random: Random, sort: str, gateways: Sequence[str]) -> Strike:
    return Strike(
        part=_part(random, sort, gateways),
        is_fatal=False,
        after_s=_gap_s(random),
        for_s=random.uniform(*_FROZEN_S),
    )


def _part(random: Random, sort: str, gateways: Sequence[str]) -> str:
    return random.choice(gateways) if sort == GATEWAY else sort


def _gap_s(random: Random) -> float:
    is_quick = random.random() < _QUICK_SHARE
    return random.uniform(*(_QUICK_GAP_S if is_quick else _USUAL_GAP_S))
