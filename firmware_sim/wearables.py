"""Wearables that live: a model's services, a heart, and a radio."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import numpy as np
import structlog
from bumble import att, hci
from bumble.core import BaseBumbleError
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.pairing import PairingConfig, PairingDelegate

from firmware_sim.ecg_streamer import EcgStreamer
from firmware_sim.faults import Fault
from firmware_sim.gatt_server import GattServer
from firmware_sim.heart import HeartSegment, HeartSource
from firmware_sim.heart_rate_meter import HeartRateMeter
from firmware_sim.pacing import PacingClock
from firmware_sim.virtual_radio import VirtualRadio
from firmware_sim.wearable_models import CHEST_STRAP
from vitals.gatt import battery, heart_rate, signal_control_point, uuids
from vitals.gatt import device_information as information
from vitals.gatt.signals import Signal

__all__ = ["ChestStrap"]

_log = structlog.get_logger()


class ChestStrap:
    """The `number`th strap within reach of a radio, worn by one heart.

    The heart is first lived when somebody listens: when heart rate is subscribed to or the ECG started. From
    then on its samples and the device's clock go on whether or not anybody is connected, as in a real strap.
    """

    def __init__(self, *, number: int, heart: HeartSource, clock: PacingClock, radio: VirtualRadio) -> None:
        self.name = f"{CHEST_STRAP.name} {number:04d}"
        self.address = f"C0:CA:4E:00:{number >> 8:02X}:{number & 0xFF:02X}"
        self._heart = heart
        self._clock = clock
        self._radio = radio
        self._controller = radio.add_adapter(self.name, f"00:CA:4E:01:{number >> 8:02X}:{number & 0xFF:02X}")
        self._device = _device(self.name, self.address, self._controller.transport)
        self._meter = HeartRateMeter(heart.rate_hz)
        self._streamer = EcgStreamer(
            signal_control_point.SignalSettings(
                signal=Signal.ECG, rate_hz=heart.rate_hz, resolution=_RESOLUTION_NV
            )
        )
        self._gatt = GattServer(
            self._device,
            CHEST_STRAP.services,
            reads={
                uuids.BATTERY_LEVEL: lambda: battery.encode(_battery_level(self._lived_s)),
                uuids.SERIAL_NUMBER: lambda: information.SERIAL_NUMBER.encode(f"{number:04d}"),
            },
            writes={uuids.SIGNAL_CONTROL_POINT: self._on_control_request},
            on_subscription=self._on_subscription,
        )
        self._faults: list[Fault] = []
        self._born_s: float | None = None
        self._lived_s = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_off = False

    async def start(self) -> None:
        """Power on and advertise."""
        self._device.on(self._device.EVENT_CONNECTION, self._on_connection)
        await self._device.power_on()
        await self._advertise()

    async def close(self) -> None:
        """Power off: the links are lost, nothing is sent any more."""
        self._is_off = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._radio.lose_links(self._controller)
        self._controller.lose_host()
        self._radio.remove_controller(self._controller)

    def inject(self, fault: Fault) -> None:
        """Let a fault hold until it is cleared."""
        self._faults.append(fault)
        if fault.drops_link:
            self.drop_link()
        elif not self._device.connections:
            self._publish()

    def clear(self, fault: Fault) -> None:
        """Let a fault hold no longer; characteristics it hid are back from the next connection on."""
        self._faults.remove(fault)
        if not self._device.connections:
            self._publish()

    def drop_link(self) -> None:
        """Lose the link as when the wearer walks out of reach, and advertise again."""
        self._radio.lose_links(self._controller)

    async def _advertise(self) -> None:
        await self._device.start_advertising(auto_restart=False)

    def _publish(self) -> None:
        hidden = frozenset[str]().union(*(fault.hides for fault in self._faults))
        self._gatt.publish(hidden=hidden)

    def _on_connection(self, connection: Connection) -> None:
        _log.info("strap.connected", strap=self.name)
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)

    def _on_disconnection(self, reason: int) -> None:
        _log.info("strap.disconnected", strap=self.name, reason=hci.HCI_ErrorCode(reason).name)
        if self._is_off:
            return
        self._streamer.streaming = False
        self._publish()
        self._spawn(self._advertise())

    def _on_subscription(self, uuid: str) -> None:
        if uuid == uuids.HEART_RATE_MEASUREMENT and self._gatt.is_subscribed(uuid):
            self._live_from_now()

    def _on_control_request(self, request: bytes) -> None:
        if not self._gatt.is_subscribed(uuids.SIGNAL_CONTROL_POINT):
            raise att.ATT_Error(_CCCD_IMPROPERLY_CONFIGURED)
        response = self._streamer.answer(request, subscribed=self._gatt.is_subscribed(uuids.SIGNAL_DATA))
        if self._streamer.streaming:
            self._live_from_now()
        self._spawn(self._gatt.indicate(uuids.SIGNAL_CONTROL_POINT, signal_control_point.encode(response)))

    def _live_from_now(self) -> None:
        if self._born_s is None:
            self._born_s = self._clock.now_s()
            self._spawn(self._live(self._born_s))

    async def _live(self, born_s: float) -> None:
        """Live the heart half a second at a time; after its end the strap hangs loose."""
        count = self._heart.rate_hz // _SEGMENTS_PER_S
        stop, ended = 0, False
        while True:
            segment = self._heart.read(count)
            if not len(segment.ecg_mv):
                if not ended:
                    _log.info("strap.recording_ended", strap=self.name)
                segment, ended = _loose(stop, count), True
            stop = segment.stop
            await self._clock.sleep_until(born_s + stop / self._heart.rate_hz)
            await self._tell(segment)

    async def _tell(self, segment: HeartSegment) -> None:
        """Notify what a stretch of life wrote: ECG at once, heart rate each second, battery on change."""
        before_s, self._lived_s = self._lived_s, segment.stop / self._heart.rate_hz
        self._meter.take(segment)
        await self._send_ecg(segment)
        if int(self._lived_s) > int(before_s):
            await self._notify(uuids.HEART_RATE_MEASUREMENT, heart_rate.encode(self._meter.measure()))
        if _battery_level(self._lived_s) != _battery_level(before_s):
            await self._notify(uuids.BATTERY_LEVEL, battery.encode(_battery_level(self._lived_s)))

    async def _send_ecg(self, segment: HeartSegment) -> None:
        if self._streamer.streaming and self._gatt.is_subscribed(uuids.SIGNAL_DATA):
            max_octets = self._gatt.notification_octets(uuids.SIGNAL_DATA)
            for frame in self._streamer.frames(segment, max_octets=max_octets):
                await self._notify(uuids.SIGNAL_DATA, frame)

    async def _notify(self, uuid: str, value: bytes) -> None:
        faulty: bytes | None = value
        for fault in self._faults:
            faulty = None if faulty is None else fault.notification(faulty)
        if faulty is not None:
            await self._gatt.notify(uuid, faulty)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            level = _log.warning if isinstance(error, BaseBumbleError) else _log.error
            level("strap.task_failed", strap=self.name, error=repr(error))


_SEGMENTS_PER_S: Final = 2
_RESOLUTION_NV: Final = 1000
_BATTERY_AT_FIRST: Final = 87
_BATTERY_S_PER_PERCENT: Final = 1800.0
_CCCD_IMPROPERLY_CONFIGURED: Final = 0xFD  # Core Specification Supplement, Part B, 1.2
_ADVERTISING_INTERVAL_MS: Final = 100


def _battery_level(lived_s: float) -> battery.BatteryLevel:
    drained = int(lived_s / _BATTERY_S_PER_PERCENT)
    return battery.BatteryLevel(percent=max(1, _BATTERY_AT_FIRST - drained))


def _loose(start: int, count: int) -> HeartSegment:
    return HeartSegment(start=start, ecg_mv=np.zeros(count), beats=(), contact=False)


def _device(name: str, address: str, transport: Any) -> Device:  # noqa: ANN401 - bumble's transport pair
    device = Device.from_config_with_hci(
        DeviceConfiguration(
            name=name,
            address=hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS),
            advertising_interval_min=_ADVERTISING_INTERVAL_MS,
            advertising_interval_max=_ADVERTISING_INTERVAL_MS,
        ),
        transport.source,
        transport.sink,
    )
    device.advertising_data = CHEST_STRAP.advertising_data(name)
    device.pairing_config_factory = lambda _connection: PairingConfig(
        mitm=False,
        identity_address_type=PairingConfig.AddressType.RANDOM,
        delegate=PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT),
    )
    return device
