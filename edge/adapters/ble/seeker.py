"""Finds a wearable that is wanted by its advertisements, and notices a scanner that has gone deaf."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from bleak import BleakAdapter, BleakScanner
from bleak.backends import BleakBackend
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from edge.adapters.ble.trouble import RADIO_ERRORS
from edge.adapters.deadline import within
from edge.adapters.radio_lock import RadioLock
from edge.alarms.local_alarm import AlarmKey
from edge.backoff import Backoff
from edge.config import RadioSettings, device_id
from edge.health import GatewayHealth
from edge.link.recovery import SCAN_LADDER, SILENCE_LADDER, Ladder, Remedy, Rung
from vitals.clock import Clock

__all__ = ["BleSeeker", "Sighting"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A wearable that is wanted and was heard just now."""

    found: BLEDevice
    rssi_dbm: int | None = None

    @property
    def device(self) -> str:
        """Its id."""
        return device_id(self.found.address)


@dataclass(slots=True, kw_only=True)
class BleSeeker:
    """Seeks on one adapter; one that fails or never answers raises the gateway's alarm and is tried again."""

    radio: RadioSettings
    services: Callable[[], list[str]]
    """What wearables that are wanted advertise."""
    is_wanted: Callable[[str, frozenset[str]], bool]
    """Asked for each device that is heard, by its id and the services it advertises."""
    heal: Callable[[Rung], Awaitable[None]]
    """Asked to do to the adapter what a ladder says."""
    clock: Clock
    health: GatewayHealth
    backoff: Backoff
    lock: RadioLock | None = None
    _failed: Ladder = field(default_factory=lambda: Ladder(SCAN_LADDER))
    _silent: Ladder = field(default_factory=lambda: Ladder(SILENCE_LADDER))
    _heard: asyncio.Queue[Sighting | None] = field(default_factory=asyncio.Queue)
    """`None`: the scan is to begin anew."""
    _unheard_s: float = 0.0
    _is_anyone_there: bool = False
    _is_deaf: bool = False
    _is_cut: bool = False

    def begin_anew(self) -> None:
        """End a scan that is going on: BlueZ tells of a wearable once a scan, and somebody is wanted anew."""
        self._heard.put_nowait(None)

    async def seek(self) -> tuple[Sighting | None, bool]:
        """Return the first wanted wearable, or `None`; and whether the radio worked as long as it should."""
        is_ours = False
        try:
            if self.lock is not None:
                self.lock.take()
            is_ours = True
            found = await self._still_connected() or await self._advertising()
        except Exception as error:  # noqa: BLE001 - bleak's backends raise what their systems raise
            await self._on_failure(error, is_ours=is_ours)
            return None, False
        self.backoff.reset()
        self._failed.succeed()
        self._set_alarm(stands=self._is_deaf, detail="no wearable of anybody's is heard at all")
        return found, not self._is_cut

    async def _on_failure(self, error: Exception, *, is_ours: bool) -> None:
        """Say so, and heal the adapter, unless it is another gateway's: its streams would pay for it."""
        self.health.counters["ble.scan_failed"] += 1
        detail = str(error) or repr(error)
        _log.warning("ble.scan_failed", detail=detail)
        self._set_alarm(stands=True, detail=detail)
        if is_ours:
            await self.heal(self._failed.fail())
        await asyncio.sleep(self.backoff.next_s())

    async def _still_connected(self) -> Sighting | None:
        """BlueZ keeps links whose program died, and a wearable that is connected does not advertise."""
        if self._scanner().backend_id is not BleakBackend.BLUEZ_DBUS:
            return None
        connected = await within(self.radio.request_s, self._connected(), what="asking who is connected")
        found = next((each for each in connected if self._wants(each, _services_of(each))), None)
        return Sighting(found=found) if found is not None else None

    async def _connected(self) -> list[BLEDevice]:
        adapter = await BleakAdapter.get(bluez={"adapter": self.radio.adapter} if self.radio.adapter else {})
        return await adapter.get_connected_devices(self.services())

    async def _advertising(self) -> Sighting | None:
        self._heard = asyncio.Queue()
        self._is_anyone_there = self._is_cut = False
        scanner, began_s = self._scanner(), asyncio.get_running_loop().time()
        await within(self.radio.request_s, scanner.start(), what="starting to scan")
        try:
            found = await self._first_wanted()
        except asyncio.CancelledError:
            with suppress(*RADIO_ERRORS):  # or a scan that cannot be ended would keep a gateway from stopping
                await self._stop(scanner)
            raise
        await self._stop(scanner)
        await self._listen_to_the_silence(asyncio.get_running_loop().time() - began_s)
        return found

    async def _first_wanted(self) -> Sighting | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.radio.scan_s):
                found = await self._heard.get()
                self._is_cut = found is None
                return found
        return None

    async def _stop(self, scanner: BleakScanner) -> None:
        await within(self.radio.request_s, scanner.stop(), what="ending the scan")

    async def _listen_to_the_silence(self, scanned_s: float) -> None:
        """Doubt the scanner once nobody at all, wanted or not, has been heard for long."""
        if self._is_anyone_there:
            self._unheard_s, self._is_deaf = 0.0, False
            self._silent.succeed()
            return
        self._unheard_s += scanned_s
        if self._unheard_s >= self.radio.scanner_silence_s:
            self._unheard_s = 0.0
            rung = self._silent.fail()
            self._is_deaf |= rung.remedy is Remedy.TELL
            await self.heal(rung)

    def _scanner(self) -> BleakScanner:
        """Listen for the wearables' services only, or, in doubt, for anybody's."""
        return BleakScanner(
            self._on_advertisement,
            service_uuids=None if self._silent.failures else self.services(),
            bluez={"adapter": self.radio.adapter} if self.radio.adapter else {},
        )

    def _on_advertisement(self, found: BLEDevice, said: AdvertisementData) -> None:
        self._is_anyone_there = True
        if self._wants(found, frozenset(said.service_uuids)):
            self._heard.put_nowait(Sighting(found=found, rssi_dbm=said.rssi))

    def _wants(self, found: BLEDevice, services: frozenset[str]) -> bool:
        return self.is_wanted(device_id(found.address), services)

    def _set_alarm(self, *, stands: bool, detail: str = "") -> None:
        now_ms = self.clock.wall_ms()
        self.health.alarms.set(AlarmKey.RADIO_FAILED, stands=stands, t_ms=now_ms, detail=detail)


def _services_of(known: BLEDevice) -> frozenset[str]:
    """Return the services that BlueZ knows a device to have."""
    return frozenset(known.details["props"].get("UUIDs", ()))
