"""Finds a wearable that is wanted: by its advertisements, or still connected from before a crash."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bleak import BleakAdapter, BleakScanner
from bleak.backends import BleakBackend
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from edge.backoff import Backoff
from edge.config import RadioSettings, device_id
from edge.health import GatewayHealth
from edge.local_alarm import AlarmKey
from vitals.clock import Clock
from vitals.gatt import uuids

__all__ = ["BleSeeker"]


@dataclass(slots=True, kw_only=True)
class BleSeeker:
    """Seeks on one adapter; one that fails or never answers raises the gateway's alarm and is tried again."""

    radio: RadioSettings
    is_wanted: Callable[[str], bool]
    """Asked for each device that is heard, by its id."""
    clock: Clock
    health: GatewayHealth
    backoff: Backoff
    _heard: asyncio.Queue[BLEDevice] = field(default_factory=asyncio.Queue)

    async def seek(self) -> tuple[BLEDevice | None, bool]:
        """Return the first wanted wearable, or `None` after a while; and whether the radio worked."""
        try:
            async with asyncio.timeout(self.radio.scan_s + 2 * self.radio.request_s):
                found = await self._still_connected() or await self._advertising()
        except Exception as error:  # noqa: BLE001 - bleak's backends raise what their systems raise
            self.health.counters["ble.scan_failed"] += 1
            self._set_alarm(stands=True, detail=repr(error))
            await asyncio.sleep(self.backoff.next_s())
            return None, False
        self._set_alarm(stands=False)
        self.backoff.reset()
        return found, True

    async def _still_connected(self) -> BLEDevice | None:
        """BlueZ keeps links whose program died, and a wearable that is connected does not advertise."""
        if self._scanner().backend_id is not BleakBackend.BLUEZ_DBUS:
            return None
        adapter = await BleakAdapter.get(bluez={"adapter": self.radio.adapter} if self.radio.adapter else {})
        connected = await adapter.get_connected_devices([uuids.HEART_RATE_SERVICE])
        return next((device for device in connected if self.is_wanted(device_id(device.address))), None)

    async def _advertising(self) -> BLEDevice | None:
        self._heard = asyncio.Queue()
        async with self._scanner():
            with suppress(TimeoutError):
                async with asyncio.timeout(self.radio.scan_s):
                    return await self._heard.get()
        return None

    def _scanner(self) -> BleakScanner:
        return BleakScanner(
            self._on_advertisement,
            service_uuids=[uuids.HEART_RATE_SERVICE],
            bluez={"adapter": self.radio.adapter} if self.radio.adapter else {},
        )

    def _on_advertisement(self, found: BLEDevice, _: AdvertisementData) -> None:
        if self.is_wanted(device_id(found.address)):
            self._heard.put_nowait(found)

    def _set_alarm(self, *, stands: bool, detail: str = "") -> None:
        now_ms = self.clock.wall_ms()
        self.health.alarms.set(AlarmKey.RADIO_FAILED, stands=stands, t_ms=now_ms, detail=detail)
