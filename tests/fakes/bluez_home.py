"""A gateway's Bluetooth on the small org.bluez, its wearables, and everything that came out, with when."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from edge.adapters.ble.central import BleCentral
from edge.adapters.ble.session import SessionHost
from edge.adapters.bluez.adapter import BluezAdapter
from edge.adapters.bluez.agent import BluezPairingAgent
from edge.adapters.inbox import Inbox, LinkChange
from edge.adapters.radio_lock import RadioLock
from edge.alarms.local_alarm import LocalAlarms
from edge.config import EdgeSettings, RadioSettings, device_id
from edge.health import GatewayHealth
from edge.pipeline import Pipeline
from firmware_sim.bluez import BluezService, Refusal
from firmware_sim.bootstrap import Simulator
from tests.fakes.judge import judge_of
from vitals.clock import Clock, ScaledClock
from vitals.gatt import uuids
from vitals.records import AnyRecord, LinkState

SPEED = 4.0
PATIENCE: dict[str, Any] = {
    "scan_s": 1.0,
    "scan_rest_s": 0.05,
    "connect_s": 1.5,
    "request_s": 1.0,
    "pair_s": 5.0,
    "silence_s": 1.0,
    "first_pause_s": 0.05,
    "longest_pause_s": 0.2,
    "settled_s": 1.2,
}
"""A fault costs a test seconds: the pauses are a tenth, and less, of what they are in a home."""
_STREAMED = {uuids.SIGNAL_DATA, uuids.PLX_CONTINUOUS_MEASUREMENT}
T = TypeVar("T")


def _clock() -> Clock:
    return ScaledClock(speed=SPEED, anchor_ms=ScaledClock().wall_ms())


class ToldAdapter(BluezAdapter):
    """BlueZ's adapter, and what is to happen once recovery has taken hold of it."""

    def __init__(self) -> None:
        super().__init__(None, limit_s=5.0)
        self.log: list[str] = []
        self.after: dict[str, Callable[[], object]] = {}

    async def disconnect(self, device: str) -> None:
        await super().disconnect(device)
        self._done("disconnect")

    async def remove_device(self, device: str) -> None:
        await super().remove_device(device)
        self._done("remove-device")

    async def power_cycle(self) -> None:
        await super().power_cycle()
        self._done("power-cycle")

    def _done(self, remedy: str) -> None:
        self.log.append(remedy)
        self.after.pop(remedy, lambda: None)()


@dataclass(slots=True, kw_only=True)
class BluezHome:
    """Streams are told by what they notify; `recovery_s` is how long one was gone."""

    sim: Simulator
    bus: str
    folder: Path
    clock: Clock = field(default_factory=_clock)
    service: BluezService | None = None
    health: GatewayHealth = field(
        default_factory=lambda: GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
    )
    adapter: ToldAdapter = field(default_factory=ToldAdapter)
    links: list[tuple[LinkState, str | None]] = field(default_factory=list)
    links_of: dict[str, list[tuple[LinkState, str | None]]] = field(default_factory=lambda: defaultdict(list))
    heard: set[str] = field(default_factory=set)
    """Every characteristic that said anything."""
    records: list[AnyRecord] = field(default_factory=list)
    frames_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def devices(self) -> list[str]:
        return [device_id(wearable.address) for wearable in self.sim.wearables]

    def reasons(self) -> list[str | None]:
        return [reason for _, reason in self.links]

    def of(self, kind: type[T]) -> list[T]:
        return [record for record in self.records if isinstance(record, kind)]

    def refuse(self, method: str, error: Exception, *, until: str) -> None:
        """Let BlueZ fail from now on."""
        assert self.service is not None
        self.service.refuse(Refusal(method=f"org.bluez.{method}", error=error, until=f"org.bluez.{until}"))

    @asynccontextmanager
    async def gateway(self, *, lock: RadioLock | None = None, **more: Any) -> AsyncIterator[None]:
        """Run the gateway's radio and its pairing agent, as a gateway wires them."""
        radio = {name: more.pop(name) for name in list(more) if name in RadioSettings.model_fields}
        more.setdefault("adopt", not more.get("devices"))
        settings = EdgeSettings(
            gateway_id="bench",
            data_dir=self.folder,
            radio=RadioSettings.model_validate(PATIENCE | radio),
            **more,
        )
        inbox = Inbox(counters=self.health.counters)
        central = BleCentral(
            settings=settings,
            host=SessionHost(
                radio=settings.radio,
                inbox=inbox,
                clock=self.clock,
                counters=self.health.counters,
                is_synced=lambda: True,
                last_sequence=lambda _device, _uuid: None,
            ),
            adapter=self.adapter,
            health=self.health,
            random=Random(3),
            lock=lock,
        )
        agent = BluezPairingAgent(central.may_pair, limit_s=5.0, retry_s=0.1)
        tasks = [asyncio.create_task(work) for work in (central.run(), agent.run(), self._listen(inbox))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                await asyncio.wait([task])
        for task in tasks:
            assert task.cancelled(), task.exception()

    async def until(self, condition: Callable[[], object], *, within_s: float = 40.0) -> None:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 - what is waited for is what came out, not an event
                await asyncio.sleep(0.01)

    async def streams(self, *devices: str, frames: int = 2) -> None:
        """Return once values have come anew from all of these, or from the first wearable."""
        wanted = devices or tuple(self.devices[:1])
        enough = {device: len(self.frames_s[device]) + frames for device in wanted}
        await self.until(lambda: all(len(self.frames_s[device]) >= enough[device] for device in wanted))

    async def recovery_s(self, fault: Callable[[], object], *, shows: Callable[[], object]) -> float:
        """Let a fault strike; return how long, from then until, once it showed, frames came again."""
        loop = asyncio.get_running_loop()
        struck_s = loop.time()
        fault()
        await self.until(shows)
        await self.streams(frames=1)
        return loop.time() - struck_s

    async def _listen(self, inbox: Inbox) -> None:
        judge = judge_of(self.health)
        pipeline = Pipeline(judge=judge, software="carewire test")
        while True:
            await inbox.wait()
            for item in inbox.take_all():
                if isinstance(item, LinkChange):
                    self.links.append((item.link, item.reason))
                    self.links_of[item.device].append(self.links[-1])
                    self.records += pipeline.on_link(
                        item.device, item.link, item.received, reason=item.reason, rssi_dbm=item.rssi_dbm
                    )
                    continue
                self.heard.add(item.uuid)
                if item.uuid in _STREAMED:
                    self.frames_s[item.device].append(asyncio.get_running_loop().time())
                self.records += pipeline.on_notification(item.device, item.uuid, item.value, item.received)
