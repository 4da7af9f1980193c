"""One connection to one wearable, from connecting to disconnecting; plain bleak."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog
from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError

from edge.adapters.inbox import Inbox, LinkChange, Notification
from edge.clock import Stamp
from edge.config import RadioSettings
from edge.link_phase import LinkEvent
from vitals.clock import Clock
from vitals.errors import CarewireError, DeviceError
from vitals.gatt import signal_control_point as control
from vitals.gatt import uuids
from vitals.gatt.signals import Signal
from vitals.records import LinkState

__all__ = ["RADIO_ERRORS", "BleSession"]

_log = structlog.get_logger()

RADIO_ERRORS: Final = (BleakError, TimeoutError, OSError, EOFError)
"""What a radio that works and a wearable that walks away may raise at any await."""

_READ_ONCE: Final = (
    uuids.MANUFACTURER_NAME,
    uuids.MODEL_NUMBER,
    uuids.FIRMWARE_REVISION,
    uuids.BATTERY_LEVEL,
)
_HEART_RATE_NEEDS: Final = (uuids.HEART_RATE_MEASUREMENT,)
_ECG_NEEDS: Final = (uuids.SIGNAL_CONTROL_POINT, uuids.SIGNAL_DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNeeds:
    """What a session is to do with its wearable."""

    device: str
    ecg_rate_hz: int | None
    """`None`: a strap without an ECG."""

    @property
    def characteristics(self) -> tuple[str, ...]:
        """What the wearable must offer."""
        return _HEART_RATE_NEEDS + (_ECG_NEEDS if self.ecg_rate_hz else ())


class BleSession:
    """Connects, subscribes, starts the stream, watches it, and takes it all down again."""

    def __init__(
        self, found: BLEDevice, *, needs: SessionNeeds, inbox: Inbox, clock: Clock, radio: RadioSettings
    ) -> None:
        self._needs = needs
        self._inbox = inbox
        self._clock = clock
        self._radio = radio
        self._lost = asyncio.Event()
        self._responses: asyncio.Queue[bytes] = asyncio.Queue(maxsize=16)
        self._heard_s = 0.0
        self._client = BleakClient(
            found,
            disconnected_callback=lambda _client: self._lost.set(),
            timeout=radio.connect_s,
            bluez={"adapter": radio.adapter} if radio.adapter else {},
        )

    async def open(self) -> None:
        """Connect and make everything flow.

        Raises
        ------
        DeviceError
            The wearable lacks a characteristic, or refuses to stream.
        BleakError, TimeoutError, OSError, EOFError
            The radio failed.
        """
        async with asyncio.timeout(self._radio.connect_s):
            await self._client.connect()
        self._check_services()
        self._inbox.put(
            LinkChange(device=self._needs.device, link=LinkState.CONNECTED, received=Stamp.now(self._clock))
        )
        async with asyncio.timeout(self._radio.connect_s):
            await self._read_once()
            await self._subscribe()
            if self._needs.ecg_rate_hz is not None:
                await self._start_ecg(self._needs.ecg_rate_hz)
        self._heard_s = asyncio.get_running_loop().time()

    async def watch(self) -> LinkEvent:
        """Return once the link is lost, or open but silent for too long."""
        loop = asyncio.get_running_loop()
        while not self._lost.is_set():
            patience_s = self._radio.silence_s - (loop.time() - self._heard_s)
            if patience_s <= 0:
                return LinkEvent.SILENT
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._lost.wait()
        return LinkEvent.LOST

    async def close(self) -> None:
        """Stop the stream and disconnect, as far as the wearable still answers; no error leaves it."""
        if self._client.is_connected and self._needs.ecg_rate_hz is not None and not self._is_silent():
            with self._come_what_may():
                await self._request(control.Stop(signal=Signal.ECG))
        with self._come_what_may():
            async with asyncio.timeout(self._radio.request_s):
                await self._client.disconnect()

    @contextmanager
    def _come_what_may(self) -> Iterator[None]:
        """Let no failure of a step stop the next; one that no radio should raise is logged whole."""
        try:
            yield
        except (*RADIO_ERRORS, CarewireError):
            pass
        except Exception:  # noqa: BLE001 - one wearable's trouble, whatever it is, must stay its own
            _log.exception("ble.close_failed", device=self._needs.device)

    def _is_silent(self) -> bool:
        return asyncio.get_running_loop().time() - self._heard_s >= self._radio.silence_s

    def _check_services(self) -> None:
        services = self._client.services
        missing = [uuid for uuid in self._needs.characteristics if services.get_characteristic(uuid) is None]
        if missing:
            raise DeviceError(
                f"{self._needs.device} lacks {', '.join(missing)}: it is discovered afresh; "
                "if it stays so, give it newer firmware or set ecg = false for it"
            )

    async def _read_once(self) -> None:
        """Read what is only nice to know: a wearable that refuses it streams all the same."""
        for uuid in _READ_ONCE:
            if self._client.services.get_characteristic(uuid) is not None:
                try:
                    value = await self._client.read_gatt_char(uuid)
                except BleakError as error:
                    _log.info("ble.read_refused", device=self._needs.device, uuid=uuid, error=str(error))
                else:
                    self._forward(uuid, bytes(value))

    async def _subscribe(self) -> None:
        """Subscribe to all before anything is written; what only some straps have is left out elsewhere."""
        wanted = [uuids.HEART_RATE_MEASUREMENT, uuids.BATTERY_LEVEL]
        if self._needs.ecg_rate_hz is not None:
            wanted += [uuids.SIGNAL_CONTROL_POINT, uuids.SIGNAL_DATA]
        for uuid in wanted:
            characteristic = self._client.services.get_characteristic(uuid)
            if characteristic is not None and {"notify", "indicate"} & set(characteristic.properties):
                await self._client.start_notify(characteristic, self._on_value(uuid))

    def _on_value(self, uuid: str) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
        if uuid == uuids.SIGNAL_CONTROL_POINT:
            return lambda _characteristic, value: self._on_response(bytes(value))
        watched = uuids.HEART_RATE_MEASUREMENT if self._needs.ecg_rate_hz is None else uuids.SIGNAL_DATA

        def forward(_characteristic: BleakGATTCharacteristic, value: bytearray) -> None:
            if uuid == watched:
                self._heard_s = asyncio.get_running_loop().time()
            self._forward(uuid, bytes(value))

        return forward

    def _forward(self, uuid: str, value: bytes) -> None:
        received = Stamp.now(self._clock)
        self._inbox.put(Notification(device=self._needs.device, uuid=uuid, value=value, received=received))

    def _on_response(self, value: bytes) -> None:
        with suppress(asyncio.QueueFull):  # nobody asked sixteen times: a wearable gone wild
            self._responses.put_nowait(value)

    async def _start_ecg(self, rate_hz: int) -> None:
        settings = (await self._request(control.GetSettings())).settings
        offered = [row for row in settings if row.signal is Signal.ECG]
        if not offered:
            raise DeviceError(f"{self._needs.device} offers no ECG settings: update its firmware")
        chosen = min(offered, key=lambda row: (abs(row.rate_hz - rate_hz), row.resolution))
        await self._request(control.Start(settings=chosen))

    async def _request(self, message: control.Message) -> control.Response:
        """Write a request to the signal control point and return the answer to it."""
        value = control.encode(message)
        while not self._responses.empty():
            self._responses.get_nowait()  # an answer to nothing that was asked
        async with asyncio.timeout(self._radio.request_s):
            await self._client.write_gatt_char(uuids.SIGNAL_CONTROL_POINT, value, response=True)
            while True:
                answer = control.decode(await self._responses.get())
                if isinstance(answer, control.Response) and answer.request_opcode == value[0]:
                    break
        if answer.status not in _GRANTED:
            request, refusal = type(message).__name__, answer.status.name
            raise DeviceError(f"{self._needs.device} answers {request} with {refusal}: it is connected anew")
        return answer


_GRANTED: Final = {control.Status.SUCCESS, control.Status.ALREADY_STREAMING}
