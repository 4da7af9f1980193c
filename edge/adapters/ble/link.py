"""One link through plain bleak: every wait has its deadline, and says what it waited for."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from bleak import BleakClient
from bleak.args.bluez import BlueZNotifyArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice

from edge.adapters.deadline import within
from edge.config import RadioSettings
from vitals.errors import DeviceError

__all__ = ["BleLink"]

_NOTIFY: Final[dict[str, BlueZNotifyArgs]] = {
    "start": {"use_start_notify": True},
    "acquire": {"use_start_notify": False},
}


class BleLink:
    """A wearable that was just found: connect, use, disconnect; once only.

    Each method raises what bleak raises, or `TimeoutError`.
    """

    def __init__(self, found: BLEDevice, *, radio: RadioSettings) -> None:
        self.lost = asyncio.Event()
        self._radio = radio
        self._client = BleakClient(
            found,
            disconnected_callback=lambda _client: self.lost.set(),
            timeout=radio.connect_s,
            bluez={"adapter": radio.adapter} if radio.adapter else {},
        )

    @property
    def is_up(self) -> bool:
        """Whether there is a link."""
        return bool(self._client.is_connected)

    async def connect(self) -> None:
        """Connect, and discover what the wearable offers."""
        await within(self._radio.connect_s, self._client.connect(), what="connecting")

    async def disconnect(self) -> None:
        """End the link."""
        await within(self._radio.request_s, self._client.disconnect(), what="disconnecting")

    async def pair(self) -> None:
        """Bond; where the system thinks there is a bond already, nothing."""
        await within(self._radio.pair_s, self._client.pair(), what="pairing")

    async def forget(self) -> None:
        """Let the system forget the wearable: its bond, its services, and the link."""
        await within(self._radio.request_s, self._client.unpair(), what="forgetting the wearable")

    def shows(self, uuid: str) -> bool:
        """Tell whether the wearable has a characteristic."""
        return self._found(uuid) is not None

    def shown(self) -> frozenset[str]:
        """Return every characteristic it has."""
        return frozenset(each.uuid for each in self._client.services.characteristics.values())

    def can(self, uuid: str, *properties: str) -> bool:
        """Tell whether it has a characteristic, with any of these properties."""
        found = self._found(uuid)
        return found is not None and not set(properties).isdisjoint(found.properties)

    async def read(self, uuid: str) -> bytes:
        """Return a characteristic's value."""
        limit_s, what = self._radio.request_s, f"reading {_short(uuid)}"
        return bytes(await within(limit_s, self._client.read_gatt_char(uuid), what=what))

    async def write(self, uuid: str, value: bytes) -> None:
        """Write, and have it confirmed where the characteristic lets itself be written so.

        Raises
        ------
        DeviceError
            The value is too long to be written without a response.
        """
        confirmed = self.can(uuid, "write")
        found = self._found(uuid)
        if not confirmed and found is not None and len(value) > found.max_write_without_response_size:
            raise DeviceError(
                f"{_short(uuid)} takes {found.max_write_without_response_size} octets at once and not "
                f"{len(value)}: the wearable needs newer firmware"
            )
        writing = self._client.write_gatt_char(uuid, value, response=confirmed)
        await within(self._radio.request_s, writing, what=f"writing {_short(uuid)}")

    async def subscribe(self, uuid: str, on_value: Callable[[bytes], None]) -> None:
        """Have a characteristic's values told to `on_value`, which must not wait."""
        found: Any = self._found(uuid) or uuid

        def forward(_characteristic: BleakGATTCharacteristic, value: bytearray) -> None:
            on_value(bytes(value))

        subscribing = self._client.start_notify(found, forward, bluez=_NOTIFY[self._radio.notify])
        await within(self._radio.request_s, subscribing, what=f"subscribing to {_short(uuid)}")

    def _found(self, uuid: str) -> BleakGATTCharacteristic | None:
        return self._client.services.get_characteristic(uuid)


def _short(uuid: str) -> str:
    return uuid[4:8]
