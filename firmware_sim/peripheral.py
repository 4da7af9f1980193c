"""A wearable's Bluetooth half: it advertises while it may be found, takes one central, bonds, and is lost."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from bumble import hci
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate

from firmware_sim.advertisement import Advertisement
from firmware_sim.chores import Chores
from firmware_sim.gatt_server import GattServer, ServiceRow, Write
from firmware_sim.moment import Moment
from firmware_sim.virtual_radio import VirtualRadio

__all__ = ["Peripheral", "address_of"]

_log = structlog.get_logger()


def address_of(number: int) -> str:
    """Return the Bluetooth address of the `number`th wearable on a radio, counted from 1."""
    return f"C0:CA:4E:00:{number >> 8:02X}:{number & 0xFF:02X}"


class Peripheral:
    """The `number`th one on a radio: off until `open`, then found whenever `may_be_found` says so."""

    def __init__(  # noqa: PLR0913 - one argument a thing that differs between two of them
        self,
        advertisement: Advertisement,
        *,
        number: int,
        radio: VirtualRadio,
        services: tuple[ServiceRow, ...],
        now: Callable[[], Moment],
        writes: Mapping[str, Write],
        may_be_found: Callable[[], bool],
        on_subscription: Callable[[str], None],
        on_disconnection: Callable[[], None],
    ) -> None:
        self.name = advertisement.name
        self.address = address_of(number)
        self._radio = radio
        self._controller = radio.add_adapter(self.name, f"00:CA:4E:01:{number >> 8:02X}:{number & 0xFF:02X}")
        self.device = _device(self.address, advertisement, self._controller.transport)
        self.gatt = GattServer(self.device, services, now=now, writes=writes, on_subscription=on_subscription)
        self._may_be_found = may_be_found
        self._on_gone = on_disconnection
        self._chores = Chores(self.name)
        self._settling = asyncio.Lock()
        self._hidden: frozenset[str] = frozenset()
        self._is_off = False

    @property
    def is_connected(self) -> bool:
        """Whether a central is connected."""
        return bool(self.device.connections)

    async def open(self) -> None:
        """Power on, and advertise if it may be found."""
        self.device.on(self.device.EVENT_CONNECTION, self._on_connection)
        await self.device.power_on()
        await self._settle()

    async def close(self) -> None:
        """Power off: the link is lost, nothing is sent any more."""
        self._is_off = True
        await self._chores.close()
        self._radio.lose_links(self._controller)
        self._controller.lose_host()
        self._radio.remove_controller(self._controller)

    def settle(self) -> None:
        """Begin or cease to advertise: what decides about it has changed."""
        self._chores.spawn(self._settle())

    def drop_link(self) -> None:
        """Lose the link as when the wearer walks out of reach."""
        self._radio.lose_links(self._controller)

    async def hang_up(self) -> None:
        """End the link as a wearable does that has nothing more to tell."""
        for connection in tuple(self.device.connections.values()):
            await connection.disconnect(hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR)

    def hide(self, uuids: frozenset[str]) -> None:
        """Leave these characteristics out of the service table, from the next connection on."""
        self._hidden = uuids
        if not self.is_connected:
            self.gatt.publish(hidden=uuids)

    def forget_bonds(self) -> None:
        """Lose all keys, as at a factory reset."""
        self.device.keystore = MemoryKeyStore()

    async def _settle(self) -> None:
        async with self._settling:
            wanted = not self._is_off and not self.is_connected and self._may_be_found()
            if wanted and not self.device.is_advertising:
                await self.device.start_advertising(auto_restart=False)
            elif not wanted and self.device.is_advertising:
                await self.device.stop_advertising()

    def _on_connection(self, connection: Connection) -> None:
        _log.info("wearable.connected", wearable=self.name)
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)

    def _on_disconnection(self, reason: int) -> None:
        _log.info("wearable.disconnected", wearable=self.name, reason=hci.HCI_ErrorCode(reason).name)
        if self._is_off:
            return
        self.gatt.publish(hidden=self._hidden)
        self._on_gone()
        self.settle()


_ADVERTISING_INTERVAL_MS: Final = 100


def _device(address: str, advertisement: Advertisement, transport: Any) -> Device:  # noqa: ANN401 - bumble's transport pair
    device = Device.from_config_with_hci(
        DeviceConfiguration(
            name=advertisement.name,
            address=hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS),
            advertising_interval_min=_ADVERTISING_INTERVAL_MS,
            advertising_interval_max=_ADVERTISING_INTERVAL_MS,
        ),
        transport.source,
        transport.sink,
    )
    device.advertising_data, device.scan_response_data = advertisement.packets()
    device.keystore = MemoryKeyStore()
    device.pairing_config_factory = lambda _connection: PairingConfig(
        mitm=False,
        identity_address_type=PairingConfig.AddressType.RANDOM,
        delegate=PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT),
    )
    return device
