"""Whose turn it is, and whether a roll-out goes on: judged from what is known, without a clock of its own.

Each gateway has a place from 0 to 99 that a roll-out's id gives it for good; a share of ten per cent is
those below ten. Another roll-out begins with others, so that nobody is always the first to suffer.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.ports import FAILED, GatewayProgress, Progress, Rollout, RolloutState, Stage
from vitals.release import EVERY_GATEWAY

__all__ = ["Move", "Turn", "following", "is_healthy", "judged", "members", "place_of"]

_NEXT: Final[Mapping[Stage, Stage]] = MappingProxyType({Stage.ONE: Stage.SHARE, Stage.SHARE: Stage.ALL})


class Move(StrEnum):
    """What is to become of a roll-out now."""

    WAIT = "wait"
    ADVANCE = "advance"
    FINISH = "finish"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is to become of it, in which stage it is then, and why."""

    move: Move
    stage: Stage
    because: str = ""


def place_of(rollout_id: str, gateway: str) -> int:
    """Return a gateway's place in a roll-out, from 0 to 99."""
    return int.from_bytes(hashlib.sha256(f"{rollout_id}/{gateway}".encode()).digest()[:8]) % 100


def members(rollout: Rollout, gateways: Collection[str]) -> frozenset[str]:
    """Return the gateways that are given it by now."""
    meant = [each for each in gateways if rollout.target in {EVERY_GATEWAY, each}]
    if rollout.stage is Stage.ALL:
        return frozenset(meant)
    first = {rollout.plan.first} & set(meant)
    if rollout.stage is Stage.ONE:
        return frozenset(first)
    share = (each for each in meant if place_of(rollout.id, each) < rollout.plan.share_percent)
    return frozenset(share) | first


def judged(
    rollout: Rollout,
    progress: Mapping[str, GatewayProgress],
    there: Collection[str],
    gateways: Collection[str],
    now_ms: int,
) -> Turn:
    """Return whether a roll-out stops, goes on to the next stage, or waits.

    `there` are the gateways that can be asked now: one that is away keeps nobody waiting, except the first.
    """
    failed = sorted(each.gateway for each in progress.values() if each.progress in FAILED)
    is_alone = rollout.stage is Stage.ONE or rollout.target != EVERY_GATEWAY
    most = 1 if is_alone else rollout.plan.most_failures
    if len(failed) >= most:
        return Turn(move=Move.STOP, stage=rollout.stage, because=f"failed at {', '.join(failed)}")
    if now_ms >= rollout.expires_ms and rollout.state is RolloutState.RUNNING:
        return Turn(move=Move.STOP, stage=rollout.stage, because="it has expired: sign it anew")
    if rollout.state is not RolloutState.RUNNING or not rollout.plan.automatic:
        return Turn(move=Move.WAIT, stage=rollout.stage)
    if not is_healthy(rollout, progress, there, gateways, now_ms):
        return Turn(move=Move.WAIT, stage=rollout.stage)
    return following(rollout)


def following(rollout: Rollout) -> Turn:
    """Return the stage that comes after the present one."""
    if rollout.stage in _NEXT and rollout.target == EVERY_GATEWAY:
        return Turn(move=Move.ADVANCE, stage=_NEXT[rollout.stage])
    return Turn(move=Move.FINISH, stage=Stage.ALL)


def is_healthy(
    rollout: Rollout,
    progress: Mapping[str, GatewayProgress],
    there: Collection[str],
    gateways: Collection[str],
    now_ms: int,
) -> bool:
    """Tell whether all whose turn it is have it, none failed, and it has been so for long enough."""
    turn = members(rollout, gateways)
    needed = turn if rollout.stage is Stage.ONE else turn & (frozenset(there) | progress.keys())
    steps = [progress.get(each) for each in needed]
    if any(step is None or step.progress is not Progress.APPLIED for step in steps):
        return False
    if rollout.stage is Stage.ONE and not needed:
        return False
    since_ms = max([rollout.stage_since_ms, *(step.changed_ms for step in steps if step)])
    return now_ms - since_ms >= 1_000 * rollout.plan.healthy_s
