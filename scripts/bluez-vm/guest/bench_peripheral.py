"""A peripheral made for measuring: it floods who asks for it, and guards a value with encryption."""

import asyncio

from bumble import hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.pairing import PairingConfig, PairingDelegate

from firmware_sim.virtual_radio import RadioController, VirtualRadio

NAME = "Bench"
SERVICE = "be7c4000-cafe-4c0d-9a5e-000000000000"
FLOOD = "be7c4001-cafe-4c0d-9a5e-000000000000"
GUARDED = "be7c4002-cafe-4c0d-9a5e-000000000000"
VALUE_OCTETS = 244
"""A little more than a frame of ECG has."""


class BenchPeripheral:
    """Advertises for as long as it is not connected."""

    def __init__(self, radio: VirtualRadio) -> None:
        self.controller: RadioController = radio.add_adapter(NAME, "00:CA:4E:BE:00:01")
        transport = self.controller.transport
        self._device = Device.from_config_with_hci(
            DeviceConfiguration(
                name=NAME,
                address=hci.Address("C0:CA:4E:BE:00:01", hci.Address.RANDOM_DEVICE_ADDRESS),
                advertising_interval_min=100,
                advertising_interval_max=100,
            ),
            transport.source,
            transport.sink,
        )
        self._device.pairing_config_factory = lambda _connection: PairingConfig(
            mitm=False,
            identity_address_type=PairingConfig.AddressType.RANDOM,
            delegate=PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT),
        )
        encrypted = Characteristic.Permissions.READABLE | Characteristic.Permissions.READ_REQUIRES_ENCRYPTION
        self._flood = Characteristic(
            UUID(FLOOD), Characteristic.Properties.NOTIFY, Characteristic.Permissions(0)
        )
        guarded = Characteristic(UUID(GUARDED), Characteristic.Properties.READ, encrypted, b"guarded")
        self._device.add_service(Service(UUID(SERVICE), [self._flood, guarded]))
        fields = [(AdvertisingData.FLAGS, b"\x06"), (AdvertisingData.COMPLETE_LOCAL_NAME, NAME.encode())]
        self._device.advertising_data = bytes(AdvertisingData(fields))

    async def start(self) -> None:
        """Power on and advertise."""
        await self._device.power_on()
        await self._device.start_advertising(auto_restart=True)

    async def flood(self, count: int, rate_per_s: float) -> None:
        """Notify `count` numbered values, evenly spaced."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for number in range(count):
            value = number.to_bytes(4, "little").ljust(VALUE_OCTETS, b"\xa5")
            await self._device.notify_subscribers(self._flood, value)
            await asyncio.sleep(max(0.0, began_s + (number + 1) / rate_per_s - loop.time()))
