"""A gateway's agent in a process of its own, fed what wearables notify: `python -m carewire.bench.agent`.

Everything runs that runs in a home but the radio: what that would have brought is put where its callbacks
put it. Measured in real time, once the first window of every heart has gathered. Nothing here imports the
simulator: what the process holds in memory is the agent's, and the notifications it is fed.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from carewire.bench.process import memory_mb
from carewire.logs import configure_logs
from edge.adapters.inbox import LinkChange, Notification
from edge.bootstrap import Gateway, build_gateway
from edge.clock import Stamp
from edge.config import load_settings
from vitals.records import LinkState

__all__ = ["LEAD_S", "Cost", "Told"]

LEAD_S: Final = 40
"""How much is told at once before the clock starts: the rhythm model looks at thirty seconds."""
_SETTLE_S: Final = 2.0
_PATIENCE_S: Final = 60.0


class Told(Struct, frozen=True, kw_only=True):
    """One notification, `due_s` after the first sample."""

    due_s: float
    device: str
    uuid: str
    value: bytes


class Cost(Struct, frozen=True, kw_only=True):
    """What the agent took while it was measured, and what it did meanwhile."""

    cpu_s: float
    real_s: float
    rss_mb: float
    peak_rss_mb: float
    notifications: int
    inferences: int
    records: int
    acknowledged: int
    dropped: int
    failed: int


def main(settings_file: Path, told_file: Path) -> None:
    """Measure and print a `Cost` as JSON."""
    configure_logs(level="error")
    told = msgspec.msgpack.decode(told_file.read_bytes(), type=list[Told])
    gateway = build_gateway(load_settings(settings_file))
    try:
        cost = asyncio.run(_measured(gateway, told))
    finally:
        gateway.close()
    sys.stdout.write(msgspec.json.encode(cost).decode() + "\n")


async def _measured(gateway: Gateway, told: Sequence[Told]) -> Cost:
    running = [
        asyncio.create_task(part.run())
        for part in (gateway.delivery, gateway.local_life, gateway.remote, gateway.intake)
    ]
    try:
        await _tell_the_past(gateway, [each for each in told if each.due_s <= LEAD_S])
        return await _lived(gateway, [each for each in told if each.due_s > LEAD_S])
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)


async def _tell_the_past(gateway: Gateway, told: Sequence[Told]) -> None:
    """Tell the first windows at once, as though each had come in its time; wait until they are digested."""
    now, inbox = Stamp.now(gateway.clock), gateway.intake.inbox
    for device in sorted({each.device for each in told}):
        inbox.put(LinkChange(device=device, link=LinkState.CONNECTED, received=_at(now, -LEAD_S)))
    for each in told:
        inbox.put(_notification(each, _at(now, each.due_s - LEAD_S)))
    async with asyncio.timeout(_PATIENCE_S):
        while inbox.waiting_by_device() or not gateway.delivery.is_link_up:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)
    await asyncio.sleep(_SETTLE_S)


async def _lived(gateway: Gateway, told: Sequence[Told]) -> Cost:
    """Tell the rest as it falls due, and measure."""
    counters, inbox = gateway.health.counters, gateway.intake.inbox
    inferences, made = gateway.judge.models.timings.count, _made(gateway)
    began_cpu_s, began_s = time.process_time(), time.monotonic()
    for each in told:
        await asyncio.sleep(max(0.0, began_s + each.due_s - LEAD_S - time.monotonic()))
        inbox.put(_notification(each, Stamp.now(gateway.clock)))
    cpu_s, real_s = time.process_time() - began_cpu_s, time.monotonic() - began_s
    await asyncio.sleep(_SETTLE_S)
    return Cost(
        cpu_s=cpu_s,
        real_s=real_s,
        rss_mb=memory_mb(os.getpid(), "VmRSS"),
        peak_rss_mb=memory_mb(os.getpid(), "VmHWM"),
        notifications=len(told),
        inferences=gateway.judge.models.timings.count - inferences,
        records=_made(gateway) - made,
        acknowledged=gateway.outbox.status().acknowledged,
        dropped=counters["inbox.dropped"],
        failed=counters["intake.item_failed"] + counters["ecg.analysis_failed"],
    )


def _made(gateway: Gateway) -> int:
    return sum(gateway.outbox.status().made.values())


def _notification(told: Told, received: Stamp) -> Notification:
    return Notification(device=told.device, uuid=told.uuid, value=told.value, received=received)


def _at(now: Stamp, after_s: float) -> Stamp:
    return Stamp(wall_ms=now.wall_ms + round(after_s * 1000), monotonic_s=now.monotonic_s + after_s)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
