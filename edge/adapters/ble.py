"""The gateway's Bluetooth central: seeks its wearables, serves each, and never gives one up.

One loop scans and connects, so there is never more than one connection attempt on an adapter, never
a scan beside it, and every attempt has a freshly seen device. What is connected is served by a task
of its own until the link is lost or silent; then the wearable rests a little and is sought again.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Final

import structlog
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDeviceNotFoundError, BleakError

from edge.adapters.ble_seeker import BleSeeker
from edge.adapters.ble_session import BleSession, SessionNeeds
from edge.adapters.inbox import Inbox, LinkChange
from edge.backoff import Backoff
from edge.clock import Stamp
from edge.config import EdgeSettings, device_id
from edge.health import GatewayHealth
from edge.link_phase import LinkEvent, LinkPhase, next_phase
from vitals.clock import Clock
from vitals.errors import CarewireError, DeviceError
from vitals.records import LinkState

__all__ = ["BleCentral"]

_log = structlog.get_logger()

_SETTLED_S: Final = 30.0
"""A link that held this long was good: the next loss begins with the shortest pause."""

_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (DeviceError, "profile-incomplete"),
    (CarewireError, "wearable-misbehaves"),
    (BleakDeviceNotFoundError, "not-found"),
    (TimeoutError, "no-answer"),
    (BleakError, "radio-error"),
    (OSError, "radio-error"),
    (EOFError, "radio-error"),  # the system's message bus went away
    (Exception, "unexpected-error"),
)


@dataclass(slots=True, kw_only=True)
class _Peer:
    """What the central knows of one wearable."""

    device: str
    backoff: Backoff
    ecg_rate_hz: int | None
    phase: LinkPhase = LinkPhase.SOUGHT
    rested_s: float = 0.0
    absence_told: bool = False

    def step(self, event: LinkEvent) -> None:
        self.phase = next_phase(self.phase, event)


class BleCentral:
    """Serves the wearables of the allow-list, or whichever strap comes near where adoption is allowed."""

    def __init__(
        self,
        settings: EdgeSettings,
        *,
        inbox: Inbox,
        clock: Clock,
        health: GatewayHealth,
        random: Random,
    ) -> None:
        self._settings = settings
        self._radio = settings.radio
        self._inbox = inbox
        self._clock = clock
        self._counters = health.counters
        self._random = random
        self._seeker = BleSeeker(
            radio=settings.radio,
            is_wanted=self._is_wanted,
            clock=clock,
            health=health,
            backoff=self._backoff(),
        )
        self._wake = asyncio.Event()
        self._peers: dict[str, _Peer] = {}
        for row in settings.devices:
            self._add_peer(row.id, settings.ecg_rate_hz if row.ecg else None)

    async def run(self) -> None:
        """Serve until cancelled; then stop the streams and disconnect."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._until_somebody_is_wanted()
                found, radio_works = await self._seeker.seek()
                if found is not None:
                    await self._connect(found, group)
                elif radio_works:
                    self._tell_who_is_absent()
                    await self._rest(self._radio.scan_rest_s)

    async def _connect(self, found: BLEDevice, group: asyncio.TaskGroup) -> None:
        peer = self._peer(device_id(found.address))
        peer.step(LinkEvent.SEEN)
        session = self._session(found, peer)
        if await self._open(session, peer):
            group.create_task(self._serve(session, peer), name=f"ble {peer.device}")

    async def _until_somebody_is_wanted(self) -> None:
        while True:
            self._wake.clear()
            now_s = asyncio.get_running_loop().time()
            waits_s = [peer.rested_s - now_s for peer in self._peers.values() if peer.phase in _UNSERVED]
            if self._may_adopt() or min(waits_s, default=1.0) <= 0:
                return
            await self._rest(min(waits_s, default=self._radio.longest_pause_s))

    async def _open(self, session: BleSession, peer: _Peer) -> bool:
        try:
            await session.open()
        except Exception as error:  # noqa: BLE001 - one wearable's trouble, whatever it is, must stay its own
            self._counters["ble.connect_failed"] += 1
            await self._end(session, peer, LinkEvent.FAILED, _reason_of(error), detail=str(error))
            return False
        except asyncio.CancelledError:
            await session.close()
            raise
        peer.step(LinkEvent.OPENED)
        peer.absence_told = False
        _log.info("ble.streaming", device=peer.device)
        return True

    async def _serve(self, session: BleSession, peer: _Peer) -> None:
        began_s = asyncio.get_running_loop().time()
        try:
            event = await session.watch()
        except asyncio.CancelledError:
            await session.close()
            raise
        if asyncio.get_running_loop().time() - began_s >= _SETTLED_S:
            peer.backoff.reset()
        await self._end(session, peer, event, f"link-{event}")

    async def _end(
        self, session: BleSession, peer: _Peer, event: LinkEvent, reason: str, *, detail: str = ""
    ) -> None:
        """Take the link down, say so, and let the wearable rest before it is sought again."""
        link = LinkState.SILENT if event is LinkEvent.SILENT else LinkState.DISCONNECTED
        self._tell(peer, link, reason)
        await session.close()
        pause_s = peer.backoff.next_s()
        peer.rested_s = asyncio.get_running_loop().time() + pause_s
        peer.step(event)
        self._wake.set()
        _log.warning(
            "ble.link_ended", device=peer.device, reason=reason, detail=detail, pause_s=round(pause_s, 2)
        )

    def _session(self, found: BLEDevice, peer: _Peer) -> BleSession:
        needs = SessionNeeds(device=peer.device, ecg_rate_hz=peer.ecg_rate_hz)
        return BleSession(found, needs=needs, inbox=self._inbox, clock=self._clock, radio=self._radio)

    def _is_wanted(self, device: str) -> bool:
        peer = self._peers.get(device)
        if peer is None:
            return self._may_adopt()
        return peer.phase in _UNSERVED and peer.rested_s <= asyncio.get_running_loop().time()

    def _may_adopt(self) -> bool:
        return self._settings.adopt and len(self._peers) < self._radio.most_devices

    def _peer(self, device: str) -> _Peer:
        if device not in self._peers:
            self._add_peer(device, self._settings.ecg_rate_hz)
            _log.info("ble.adopted", device=device)
        peer = self._peers[device]
        if peer.phase is LinkPhase.RESTING:
            peer.step(LinkEvent.RESTED)
        return peer

    def _add_peer(self, device: str, ecg_rate_hz: int | None) -> None:
        self._peers[device] = _Peer(device=device, backoff=self._backoff(), ecg_rate_hz=ecg_rate_hz)

    def _backoff(self) -> Backoff:
        return Backoff(
            first_s=self._radio.first_pause_s, longest_s=self._radio.longest_pause_s, random=self._random
        )

    def _tell(self, peer: _Peer, link: LinkState, reason: str) -> None:
        change = LinkChange(device=peer.device, link=link, received=Stamp.now(self._clock), reason=reason)
        self._inbox.put(change)

    def _tell_who_is_absent(self) -> None:
        for peer in self._peers.values():
            if peer.phase in _UNSERVED and not peer.absence_told:
                peer.absence_told = True
                self._tell(peer, LinkState.DISCONNECTED, "out-of-reach")

    async def _rest(self, rest_s: float) -> None:
        """Wait, but no longer than until a link ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(rest_s):
                await self._wake.wait()


_UNSERVED: Final = {LinkPhase.SOUGHT, LinkPhase.RESTING}


def _reason_of(error: Exception) -> str:
    return next(reason for kind, reason in _REASONS if isinstance(error, kind))
