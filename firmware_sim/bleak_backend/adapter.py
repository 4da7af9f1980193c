"""The Bluetooth adapter that all scanners and clients of a process share: one bumble host, one transport."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
    BleakGATTProtocolError,
)
from bumble import att, core, hci
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport.common import Transport

__all__ = ["BumbleAdapter", "OpenTransport", "bleak_errors"]

OpenTransport = Callable[[], Awaitable[Transport]]
OnAdvertisement = Callable[[Advertisement], None]


class BumbleAdapter:
    """Powered on at first use, and again after its transport was lost; links are made one at a time."""

    def __init__(self, open_transport: OpenTransport, *, keystore: Path | None = None) -> None:
        self._open_transport = open_transport
        self._keystore = keystore
        self._transport: Transport | None = None
        self._device: Device | None = None
        self._power = asyncio.Lock()
        self._connecting = asyncio.Lock()
        self._listeners: set[OnAdvertisement] = set()

    async def connect(self, address: hci.Address) -> Connection:
        """Return a new link once the peer answers; cancel the call to stop trying.

        Raises
        ------
        BleakError
            The adapter is gone or refused.
        """
        device = await self._powered()
        async with self._connecting:
            before = set(device.connections.values())
            try:
                with bleak_errors(f"no link to {address.to_string(False)}"):
                    return await device.connect_le(address, timeout=None)
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) is None or not task.cancelling():
                    raise BleakError("the adapter was lost while connecting") from None
                await _give_up(device, before)
                raise

    async def start_scan(self, listener: OnAdvertisement, *, active: bool) -> None:
        """Tell `listener` of every advertisement from now on."""
        device = await self._powered()
        first = not self._listeners
        self._listeners.add(listener)
        if first:
            try:
                with bleak_errors("scanning did not start"):
                    await device.start_scanning(active=active)
            except BaseException:
                self._listeners.discard(listener)  # or the next to listen would not be the first
                raise

    async def stop_scan(self, listener: OnAdvertisement) -> None:
        """Tell `listener` no more; scanning ends with the last one."""
        self._listeners.discard(listener)
        if self._device is not None and not self._listeners and self._device.is_scanning:
            with bleak_errors("scanning did not stop"):
                await self._device.stop_scanning()

    async def is_bonded(self, address: hci.Address) -> bool:
        """Return whether keys are kept for the peer."""
        keystore = (await self._powered()).keystore
        return keystore is not None and await keystore.get(str(address)) is not None

    async def forget(self, address: hci.Address) -> None:
        """Forget the peer's keys, if there are any."""
        keystore = (await self._powered()).keystore
        if keystore is not None and await keystore.get(str(address)) is not None:
            await keystore.delete(str(address))

    async def close(self) -> None:
        """End all links and let go of the transport."""
        device, transport, self._device, self._transport = self._device, self._transport, None, None
        if device is not None:
            with suppress(BleakError, TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await _end_links(device.connections.values())
        if transport is not None:
            await transport.close()

    async def _powered(self) -> Device:
        async with self._power:
            if self._device is None:
                self._device = await self._power_on()
            return self._device

    async def _power_on(self) -> Device:
        self._listeners.clear()
        try:
            async with asyncio.timeout(_PATIENCE_S), AsyncExitStack() as unless_powered:
                transport = await self._open_transport()
                unless_powered.push_async_callback(transport.close)
                device = _central(transport, self._keystore)
                device.on("advertisement", self._on_advertisement)
                device.on(Device.EVENT_FLUSH, lambda: self._on_transport_lost(device))
                await device.power_on()
                unless_powered.pop_all()
        except (OSError, core.BaseBumbleError, hci.HCI_Error) as error:
            raise BleakBluetoothNotAvailableError(
                f"the Bluetooth adapter does not answer ({error!r}): is the simulator running?",
                BleakBluetoothNotAvailableReason.NO_BLUETOOTH,
            ) from error
        self._transport = transport
        return device

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for listener in tuple(self._listeners):
            listener(advertisement)

    def _on_transport_lost(self, device: Device) -> None:
        if self._device is device:
            self._device = self._transport = None


@contextmanager
def bleak_errors(what: str) -> Iterator[None]:
    """Raise bumble's errors as bleak's."""
    try:
        yield
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(error.error_code) from error
    except (core.BaseBumbleError, hci.HCI_Error) as error:
        raise BleakError(f"{what}: {error!r}") from error


_ADDRESS: Final = "F0:CA:4E:00:00:01"
_PATIENCE_S: Final = 5.0
"""How long the adapter itself, not a peripheral, may take to answer."""


def _central(transport: Transport, keystore: Path | None) -> Device:
    device = Device.from_config_with_hci(
        DeviceConfiguration(
            name="gateway",
            address=hci.Address(_ADDRESS, hci.Address.RANDOM_DEVICE_ADDRESS),
            keystore=None if keystore is None else f"JsonKeyStore:{keystore}",
        ),
        transport.source,
        transport.sink,
    )
    # Bonds are found again only under the random address that both sides know each other by.
    device.pairing_config_factory = lambda _connection: PairingConfig(
        mitm=False,
        identity_address_type=PairingConfig.AddressType.RANDOM,
        delegate=PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT),
    )
    return device


async def _give_up(device: Device, before: set[Connection]) -> None:
    """Cancel the attempt in the controller too, and end the link if it came to be just now."""
    with suppress(BleakError, TimeoutError), bleak_errors("the attempt was not cancelled"):
        async with asyncio.timeout(_PATIENCE_S):
            await device.send_sync_command_raw(hci.HCI_LE_Create_Connection_Cancel_Command())
            await _end_links(set(device.connections.values()) - before)


async def _end_links(connections: Iterable[Connection]) -> None:
    with bleak_errors("a link did not end"):
        for connection in tuple(connections):
            await connection.disconnect()
