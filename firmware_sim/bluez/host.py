"""The bumble host beneath the service: one adapter, scanned with and connected from, and its bonds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from bumble import core, hci
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport.common import Transport

__all__ = ["BluetoothHost"]


class BluetoothHost:
    """Drives the adapter behind a transport. Links are made one at a time, as a controller makes them."""

    def __init__(
        self,
        transport: Transport,
        *,
        keystore: Path | None,
        delegate: Callable[[Connection], PairingDelegate],
    ) -> None:
        self.is_powered = False
        self._transport = transport
        self._connecting = asyncio.Lock()
        self._device = Device.from_config_with_hci(
            DeviceConfiguration(
                name="bluez",
                address=hci.Address(_ADDRESS, hci.Address.RANDOM_DEVICE_ADDRESS),
                keystore=None if keystore is None else f"JsonKeyStore:{keystore}",
            ),
            transport.source,
            transport.sink,
        )
        # Bonds are found again only under the random address that both sides know each other by.
        self._device.pairing_config_factory = lambda connection: PairingConfig(
            mitm=False,
            identity_address_type=PairingConfig.AddressType.RANDOM,
            delegate=delegate(connection),
        )

    def listen(self, listener: Callable[[Advertisement], None]) -> None:
        """Tell `listener` of every advertisement that is heard."""
        self._device.on(Device.EVENT_ADVERTISEMENT, listener)

    async def power_on(self) -> None:
        """Reset the adapter and make it ready."""
        async with asyncio.timeout(_PATIENCE_S):
            await self._device.power_on()
        self.is_powered = True

    async def power_off(self) -> None:
        """Stop scanning and end all links; of an adapter that is gone they have ended."""
        self.is_powered = False
        if self._transport.source.terminated.done():
            return
        with suppress(core.BaseBumbleError, hci.HCI_Error, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self.scan(active=False)
                for connection in tuple(self._device.connections.values()):
                    await connection.disconnect()

    async def lost(self) -> None:
        """Return once the adapter is gone; one in this process never is."""
        await asyncio.wait([self._transport.source.terminated])

    async def scan(self, *, active: bool) -> None:
        """Start scanning or stop it."""
        if active and not self._device.is_scanning:
            await self._device.start_scanning(active=True)
        elif not active and self._device.is_scanning:
            await self._device.stop_scanning()

    async def connect(self, address: hci.Address) -> Connection:
        """Return a new link.

        Raises
        ------
        TimeoutError
            The peer does not answer.
        BaseBumbleError, HCI_Error
            The adapter refused.
        """
        async with self._connecting:
            # One scan or one attempt at a time, as on the controllers of most small computers.
            scans = self._device.is_scanning
            await self.scan(active=False)
            try:
                return await self._device.connect_le(address, timeout=_CONNECT_S)
            except core.TimeoutError as error:
                raise TimeoutError from error
            except asyncio.CancelledError:
                await self._give_up()
                raise
            finally:
                await self.scan(active=scans)

    async def bonds(self) -> list[hci.Address]:
        """Return whom keys are kept for."""
        keystore = self._device.keystore
        return [] if keystore is None else [hci.Address(name) for name, _ in await keystore.get_all()]

    async def forget(self, address: hci.Address) -> None:
        """Forget a peer's keys, if there are any."""
        if self._device.keystore is not None and address in await self.bonds():
            await self._device.keystore.delete(str(address))

    async def _give_up(self) -> None:
        """Cancel the attempt in the controller too."""
        with suppress(core.BaseBumbleError, hci.HCI_Error, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._device.send_sync_command_raw(hci.HCI_LE_Create_Connection_Cancel_Command())


_ADDRESS: Final = "F0:CA:4E:00:00:02"
_PATIENCE_S: Final = 5.0
_CONNECT_S: Final = 20.0
"""As the kernel's `HCI_LE_CONN_TIMEOUT`."""
