"""A peripheral with one characteristic that is read over an encrypted link only."""

from bumble import hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate

from firmware_sim.virtual_radio import VirtualRadio

GUARDED_SERVICE = "5ec2e700-cafe-4c0d-9a5e-000000000000"
GUARDED = "5ec2e701-cafe-4c0d-9a5e-000000000000"
NAME = "Bondable"


class BondablePeripheral:
    """Advertises again whenever its link ends; `forget` is what a factory reset does to its bonds."""

    def __init__(self, radio: VirtualRadio, *, delegate: PairingDelegate | None = None) -> None:
        self._controller = radio.add_adapter(NAME, "00:CA:4E:FF:00:01")
        transport = self._controller.transport
        self.device = Device.from_config_with_hci(
            DeviceConfiguration(
                name=NAME,
                address=hci.Address("C0:CA:4E:FF:00:01", hci.Address.RANDOM_DEVICE_ADDRESS),
                advertising_interval_min=100,
                advertising_interval_max=100,
            ),
            transport.source,
            transport.sink,
        )
        self.device.keystore = MemoryKeyStore()
        self.device.pairing_config_factory = lambda _connection: PairingConfig(
            mitm=delegate is not None,
            identity_address_type=PairingConfig.AddressType.RANDOM,
            delegate=delegate or PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT),
        )
        permissions = (
            Characteristic.Permissions.READABLE | Characteristic.Permissions.READ_REQUIRES_ENCRYPTION
        )
        secret = Characteristic(UUID(GUARDED), Characteristic.Properties.READ, permissions, b"secret")
        self.device.add_service(Service(UUID(GUARDED_SERVICE), [secret]))
        self.device.advertising_data = bytes(
            AdvertisingData(
                [(AdvertisingData.FLAGS, b"\x06"), (AdvertisingData.COMPLETE_LOCAL_NAME, NAME.encode())]
            )
        )

    async def start(self) -> None:
        await self.device.power_on()
        await self.device.start_advertising(auto_restart=True)

    async def forget(self) -> None:
        self.device.keystore = MemoryKeyStore()
