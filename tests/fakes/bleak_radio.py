"""bleak's scanner, client and adapter in memory, for what a virtual radio cannot be made to do."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError

from edge.adapters.ble import link as ble_link
from edge.adapters.ble.link import BleLink
from edge.config import RadioSettings
from vitals.gatt import battery, signal_control_point, uuids
from vitals.gatt.signal_control_point import Opcode, Response, SignalSettings, Status
from vitals.gatt.signals import Signal

OFFERED = SignalSettings(signal=Signal.ECG, rate_hz=130, resolution=1000)
STRAP_UUIDS = (
    uuids.HEART_RATE_MEASUREMENT,
    uuids.BATTERY_LEVEL,
    uuids.SIGNAL_CONTROL_POINT,
    uuids.SIGNAL_DATA,
)


STRAP_SERVICES = (uuids.HEART_RATE_SERVICE,)
RSSI_DBM = -61
ANYTHING = ("read", "notify", "indicate", "write")
BATTERY = battery.encode(battery.BatteryLevel(percent=50))


@dataclass(slots=True, kw_only=True)
class FakePeripheral:
    """A strap, unless told otherwise; each `on_...` may be replaced by something that raises or hangs."""

    address: str
    uuids: tuple[str, ...] = STRAP_UUIDS
    advertises: bool = True
    advertised: tuple[str, ...] = STRAP_SERVICES
    start_status: Status = Status.SUCCESS
    values: dict[str, bytes] = field(default_factory=dict)
    properties: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Callable[[str, bytes], Iterable[bytes]] | None = None
    """Given what is written where: what is indicated in answer."""
    on_connect: Callable[[], Any] | None = None
    on_read: Callable[[str], Any] | None = None
    on_pair: Callable[[], Any] | None = None
    on_forget: Callable[[], Any] | None = None
    on_disconnect: Callable[[], Any] | None = None
    connects: int = 0
    written: list[tuple[str, bytes]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    client: "FakeBleakClient | None" = None

    def answer(self, request: bytes) -> bytes:
        status = self.start_status if request[0] == Opcode.START else Status.SUCCESS
        self.log.append(Opcode(request[0]).name)
        return signal_control_point.encode(
            Response(request_opcode=request[0], status=status, settings=() if status else (OFFERED,))
        )

    def take(self, uuid: str, value: bytes) -> Iterable[bytes]:
        self.written.append((uuid, value))
        if self.answers is not None:
            return self.answers(uuid, value)
        return [self.answer(value)] if uuid == uuids.SIGNAL_CONTROL_POINT else []

    def characteristic(self, uuid: str) -> "FakeCharacteristic":
        return FakeCharacteristic(uuid=uuid, properties=self.properties.get(uuid, ANYTHING))

    def notify(self, uuid: str, value: bytes) -> None:
        assert self.client is not None
        self.client.callbacks[uuid](None, bytearray(value))

    def vanish(self) -> None:
        assert self.client is not None
        self.client.end()


@dataclass(slots=True, kw_only=True)
class FakeRadio:
    """One adapter: who is in the air, who is still connected, and what was done at the same time."""

    peripherals: dict[str, FakePeripheral] = field(default_factory=dict)
    left_connected: list[str] = field(default_factory=list)
    backend_id: str = "fake"
    scan_error: Exception | None = None
    scan_hangs: bool = False
    tells_once: bool = False
    """Whether a scan tells of a device once only, as BlueZ does while nothing about it changes."""
    stop_hangs: bool = False
    stop_error: Exception | None = None
    filters: list[list[str] | None] = field(default_factory=list)
    """Which services each scan asked for."""
    notify_options: list[object] = field(default_factory=list)
    scanning: int = 0
    connecting: int = 0
    most_at_once: int = 0
    scans: int = 0

    def add(self, peripheral: FakePeripheral) -> FakePeripheral:
        self.peripherals[peripheral.address] = peripheral
        return peripheral

    def busy(self) -> None:
        self.most_at_once = max(self.most_at_once, self.scanning + self.connecting)

    def scanner(
        self,
        on_advertisement: Callable[[BLEDevice, Any], None],
        *,
        service_uuids: list[str] | None = None,
        **_: object,
    ) -> "FakeBleakScanner":
        return FakeBleakScanner(self, on_advertisement, service_uuids)

    def client(self, found: BLEDevice, disconnected_callback: Callable[[Any], None], **_: object) -> Any:
        return FakeBleakClient(self, self.peripherals[found.address], disconnected_callback)

    async def get(self, **_: object) -> "FakeRadio":
        return self

    async def get_connected_devices(self, _uuids: list[str]) -> list[BLEDevice]:
        return [
            BLEDevice(address, "Strap", {"props": {"UUIDs": [uuids.HEART_RATE_SERVICE]}})
            for address in self.left_connected
        ]


class FakeBleakScanner:
    def __init__(
        self,
        radio: FakeRadio,
        on_advertisement: Callable[[BLEDevice, Any], None],
        service_uuids: list[str] | None,
    ) -> None:
        self._radio = radio
        self._service_uuids = service_uuids
        self._told: set[str] = set()
        self._on_advertisement = on_advertisement
        self._task: asyncio.Task[None] | None = None
        self.backend_id = radio.backend_id

    async def start(self) -> None:
        self._radio.scans += 1
        self._radio.filters.append(self._service_uuids)
        if self._radio.scan_error is not None:
            raise self._radio.scan_error
        if self._radio.scan_hangs:
            await asyncio.Event().wait()
        self._radio.scanning += 1
        self._radio.busy()
        self._task = asyncio.create_task(self._advertise())

    async def stop(self) -> None:
        assert self._task is not None
        if self._radio.stop_error is not None:
            self._task.cancel()
            raise self._radio.stop_error
        if self._radio.stop_hangs:
            await asyncio.Event().wait()
        self._task.cancel()
        self._radio.scanning -= 1

    def _lets_through(self, peripheral: FakePeripheral) -> bool:
        if self._radio.tells_once and peripheral.address in self._told:
            return False
        self._told.add(peripheral.address)
        return self._service_uuids is None or not set(self._service_uuids).isdisjoint(peripheral.advertised)

    async def _advertise(self) -> None:
        while True:
            for peripheral in list(self._radio.peripherals.values()):
                if peripheral.advertises and peripheral.client is None and self._lets_through(peripheral):
                    said = SimpleNamespace(service_uuids=list(peripheral.advertised), rssi=RSSI_DBM)
                    self._on_advertisement(device_named(peripheral.address), said)
            await asyncio.sleep(0.005)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCharacteristic:
    uuid: str
    properties: tuple[str, ...]
    max_write_without_response_size: int = 20


class FakeBleakClient:
    def __init__(
        self, radio: FakeRadio, peripheral: FakePeripheral, on_disconnect: Callable[[Any], None]
    ) -> None:
        self._radio = radio
        self._peripheral = peripheral
        self._on_disconnect = on_disconnect
        self.callbacks: dict[str, Callable[[Any, bytearray], None]] = {}
        self.is_connected = False
        self.services = self

    async def connect(self) -> None:
        self._peripheral.connects += 1
        self._radio.connecting += 1
        self._radio.busy()
        try:
            await asyncio.sleep(0.01)
            if self._peripheral.on_connect is not None:
                await self._peripheral.on_connect()
        finally:
            self._radio.connecting -= 1
        self.is_connected = True
        self._peripheral.client = self

    @property
    def characteristics(self) -> dict[int, FakeCharacteristic]:
        return dict(enumerate(map(self._peripheral.characteristic, self._peripheral.uuids)))

    def get_characteristic(self, uuid: str) -> FakeCharacteristic | None:
        return self._peripheral.characteristic(uuid) if uuid in self._peripheral.uuids else None

    async def read_gatt_char(self, uuid: str) -> bytearray:
        if self._peripheral.on_read is not None:
            self._peripheral.on_read(uuid)
        return bytearray(self._peripheral.values.get(uuid, BATTERY))

    async def start_notify(
        self,
        characteristic: FakeCharacteristic,
        callback: Callable[[Any, bytearray], None],
        bluez: object,
    ) -> None:
        self._radio.notify_options.append(bluez)
        self._peripheral.log.append(f"subscribe {characteristic.uuid[4:8]}")
        self.callbacks[characteristic.uuid] = callback

    async def write_gatt_char(self, uuid: str, value: bytes, *, response: bool) -> None:
        characteristic = self._peripheral.characteristic(uuid)
        assert response == ("write" in characteristic.properties)
        if not self.is_connected:
            raise BleakError("Not connected")
        if {"indicate", "notify"} & set(characteristic.properties) and uuid not in self.callbacks:
            raise BleakError("written before it was subscribed to")
        for indicated in self._peripheral.take(uuid, bytes(value)):
            self.callbacks[uuid](None, bytearray(indicated))

    async def pair(self) -> None:
        self._peripheral.log.append("pair")
        if self._peripheral.on_pair is not None:
            self._peripheral.on_pair()

    async def unpair(self) -> None:
        self._peripheral.log.append("forget")
        if self._peripheral.on_forget is not None:
            self._peripheral.on_forget()
        self.end()

    async def disconnect(self) -> None:
        self._peripheral.log.append("disconnect")
        self.end()
        if self._peripheral.on_disconnect is not None:
            self._peripheral.on_disconnect()

    def end(self) -> None:
        if self.is_connected:
            self.is_connected = False
            self._peripheral.client = None
            self._on_disconnect(self)


async def linked(monkeypatch: pytest.MonkeyPatch, peripheral: FakePeripheral, **radio: Any) -> BleLink:
    """Return a link to a peripheral: the gateway's own, on this module's client."""
    patience = {"connect_s": 0.5, "request_s": 0.2, "pair_s": 0.2} | radio
    monkeypatch.setattr(
        ble_link, "BleakClient", FakeRadio(peripherals={peripheral.address: peripheral}).client
    )
    link = BleLink(device_named(peripheral.address), radio=RadioSettings.model_validate(patience))
    await link.connect()
    return link


def device_named(address: str) -> BLEDevice:
    return BLEDevice(address, "Strap", None)
