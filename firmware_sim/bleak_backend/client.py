"""bleak's client on bumble."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble import core, hci
from bumble.device import Advertisement, Connection, Peer
from bumble.gatt_client import CharacteristicProxy

from firmware_sim.bleak_backend.adapter import BumbleAdapter, bleak_errors
from firmware_sim.bleak_backend.discovery import discover_services

__all__ = ["BumbleClient"]

_T = TypeVar("_T")


class BumbleClient(BaseBleakClient):
    """One peripheral; whatever it waits for ends with a `BleakError` when the link does."""

    def __init__(
        self,
        adapter: BumbleAdapter,
        address_or_ble_device: BLEDevice | str,
        *,
        services: set[str] | None = None,
        **options: Any,  # noqa: ANN401 - bleak's, and other platforms'
    ) -> None:
        super().__init__(address_or_ble_device, **options)
        self._adapter = adapter
        self._wanted_services = services
        self._known = address_or_ble_device.details if isinstance(address_or_ble_device, BLEDevice) else None
        self._name = getattr(address_or_ble_device, "name", None) or self.address.replace(":", "-")
        self._link: Connection | None = None
        self._lost = asyncio.Event()
        self._callbacks: dict[int, NotifyCallback] = {}

    @property
    def name(self) -> str:
        """The peripheral's name as it was advertised."""
        return str(self._name)

    @property
    def mtu_size(self) -> int:
        """The ATT_MTU in force, 23 without a link."""
        return int(self._link.att_mtu) if self._link is not None else _SMALLEST_MTU

    @property
    def is_connected(self) -> bool:
        """Whether there is a link."""
        return self._link is not None

    async def connect(self, pair: bool, **_options: Any) -> None:  # noqa: ANN401, FBT001 - bleak's signature
        """Find the peripheral, make a link, agree on an MTU, encrypt if bonded, and discover the services.

        Raises
        ------
        BleakDeviceNotFoundError
            Only an address is known, and nobody advertises under it.
        TimeoutError
            The peripheral did not answer in time.
        """
        if self.is_connected:
            raise BleakError("Client is already connected")
        async with asyncio.timeout(self._timeout):
            address = self._known or await self._find()
            link = await self._adapter.connect(address)
            self._attach(link)
            try:
                self.services = await self._prepare(link, address, pair=pair)
            except BaseException:
                await asyncio.shield(self.disconnect())
                raise

    async def disconnect(self) -> None:
        """End the link; the disconnected callback follows."""
        if self._link is not None:
            try:
                await self._link.disconnect()
            except (core.BaseBumbleError, hci.HCI_Error):
                self._on_disconnection()  # the link was gone before it could be ended

    async def pair(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - bleak's signature
        """Pair and bond (LE Secure Connections, just works)."""
        await self._while_linked(self._linked().pair())

    async def unpair(self) -> None:
        """Forget the bond and end the link."""
        address = self._known or hci.Address(self.address, hci.Address.RANDOM_DEVICE_ADDRESS)
        await self._adapter.forget(address)
        await self.disconnect()

    async def read_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        *,
        use_cached: bool = False,
        **_options: Any,  # noqa: ANN401 - bleak's signature
    ) -> bytearray:
        """Read from the peripheral; nothing is cached here."""
        del use_cached
        self._linked()
        return bytearray(await self._while_linked(characteristic.obj.read_value()))

    async def read_gatt_descriptor(
        self,
        descriptor: BleakGATTDescriptor,
        *,
        use_cached: bool = False,
        **_options: Any,  # noqa: ANN401 - bleak's signature
    ) -> bytearray:
        """Read from the peripheral; nothing is cached here."""
        del use_cached
        self._linked()
        return bytearray(await self._while_linked(descriptor.obj.read_value()))

    async def write_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        data: SizedBuffer,
        response: bool,  # noqa: FBT001 - bleak's signature
    ) -> None:
        """Write, with or without waiting for the peripheral's response."""
        self._linked()
        await self._while_linked(characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write and wait for the response."""
        self._linked()
        await self._while_linked(descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(
        self,
        characteristic: BleakGATTCharacteristic,
        callback: NotifyCallback,
        **_options: Any,  # noqa: ANN401 - bleak's signature
    ) -> None:
        """Subscribe: to notifications where the characteristic has both."""
        self._linked()
        first = characteristic.handle not in self._callbacks
        self._callbacks[characteristic.handle] = callback
        if first:
            proxy: CharacteristicProxy[bytes] = characteristic.obj
            proxy.on(proxy.EVENT_UPDATE, lambda value: self._on_value(characteristic.handle, value))
        await self._while_linked(characteristic.obj.subscribe())

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        self._linked()
        if self._callbacks.pop(characteristic.handle, None) is not None:
            characteristic.obj.remove_all_listeners(CharacteristicProxy.EVENT_UPDATE)
            await self._while_linked(characteristic.obj.unsubscribe(force=True))

    def _linked(self) -> Connection:
        if self._link is None:
            raise BleakError("Not connected")
        return self._link

    async def _find(self) -> hci.Address:
        """Scan until somebody advertises under the address, for as long as the timeout lets."""
        found: asyncio.Future[hci.Address] = asyncio.get_running_loop().create_future()

        def on_advertisement(advertisement: Advertisement) -> None:
            if advertisement.address.to_string(False) == self.address.upper() and not found.done():
                found.set_result(advertisement.address)

        await self._adapter.start_scan(on_advertisement, active=False)
        try:
            async with asyncio.timeout(self._timeout * _SHARE_TO_FIND):
                return await found
        except TimeoutError:
            raise BleakDeviceNotFoundError(
                self.address, f"Device with address {self.address} was not found."
            ) from None
        finally:
            await self._adapter.stop_scan(on_advertisement)

    async def _prepare(
        self, link: Connection, address: hci.Address, *, pair: bool
    ) -> BleakGATTServiceCollection:
        peer = Peer(link)
        await self._while_linked(peer.request_mtu(_LARGEST_MTU))
        if await self._adapter.is_bonded(address):
            await self._while_linked(link.encrypt())
        elif pair:
            await self._while_linked(link.pair())
        return await self._while_linked(
            discover_services(
                peer, wanted=self._wanted_services, max_write_octets=lambda: self.mtu_size - _WRITE_HEADER
            )
        )

    async def _while_linked(self, operation: Awaitable[_T]) -> _T:
        """Return what the operation does, unless the link ends first.

        Raises
        ------
        BleakGATTProtocolError
            The peripheral answered with an error.
        BleakError
            The link or the adapter was lost.
        """
        task = asyncio.ensure_future(operation)
        lost = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait({task, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() or task.cancelled():
                raise BleakError(f"the link to {self.address} was lost")
            with bleak_errors(self.address):
                return task.result()
        finally:
            for unfinished in (task, lost):
                unfinished.cancel()

    def _attach(self, link: Connection) -> None:
        self._link = link
        self._lost.clear()
        self._callbacks.clear()
        link.on(link.EVENT_DISCONNECTION, lambda _reason: self._on_disconnection())

    def _on_disconnection(self) -> None:
        if self._link is None:
            return
        self._link = None
        self.services = None
        self._lost.set()
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    def _on_value(self, handle: int, value: bytes) -> None:
        if (callback := self._callbacks.get(handle)) is not None:
            callback(bytearray(value))


_SMALLEST_MTU = 23
_LARGEST_MTU = 517
_WRITE_HEADER = 3
_SHARE_TO_FIND = 0.8
"""How much of the connection timeout may go into finding the peripheral by its address."""
