"""What each kind of wearable advertises and serves. A new kind is one row."""

import struct
from dataclasses import dataclass
from typing import Final

from bumble.core import AdvertisingData

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from vitals.gatt import body_sensor_location, uuids
from vitals.gatt import device_information as information

__all__ = ["CHEST_STRAP", "WearableModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WearableModel:
    """One row; `advertised_services` are 16-bit UUIDs, values left empty are each wearable's own."""

    name: str
    advertised_services: tuple[int, ...]
    services: tuple[ServiceRow, ...]

    def advertising_data(self, name: str) -> bytes:
        """Return what a wearable of this model called `name` broadcasts."""
        services = struct.pack(f"<{len(self.advertised_services)}H", *self.advertised_services)
        fields = [
            (AdvertisingData.FLAGS, _GENERAL_DISCOVERABLE_LE_ONLY),
            (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, services),
            (AdvertisingData.COMPLETE_LOCAL_NAME, name.encode()),
        ]
        return bytes(AdvertisingData(fields))


_GENERAL_DISCOVERABLE_LE_ONLY: Final = b"\x06"


CHEST_STRAP: Final = WearableModel(
    name="Carewire Strap",
    advertised_services=(0x180D,),
    services=(
        ServiceRow(
            uuid=uuids.HEART_RATE_SERVICE,
            characteristics=(
                CharacteristicRow(uuid=uuids.HEART_RATE_MEASUREMENT, properties=Properties.NOTIFY),
                CharacteristicRow(
                    uuid=uuids.BODY_SENSOR_LOCATION,
                    properties=Properties.READ,
                    value=body_sensor_location.encode(body_sensor_location.BodySensorLocation.CHEST),
                ),
            ),
        ),
        ServiceRow(
            uuid=uuids.BATTERY_SERVICE,
            characteristics=(
                CharacteristicRow(uuid=uuids.BATTERY_LEVEL, properties=Properties.READ | Properties.NOTIFY),
            ),
        ),
        ServiceRow(
            uuid=uuids.DEVICE_INFORMATION_SERVICE,
            characteristics=(
                CharacteristicRow(
                    uuid=uuids.MANUFACTURER_NAME,
                    properties=Properties.READ,
                    value=information.MANUFACTURER_NAME.encode("Carewire"),
                ),
                CharacteristicRow(
                    uuid=uuids.MODEL_NUMBER,
                    properties=Properties.READ,
                    value=information.MODEL_NUMBER.encode("Strap"),
                ),
                CharacteristicRow(uuid=uuids.SERIAL_NUMBER, properties=Properties.READ),
                CharacteristicRow(
                    uuid=uuids.FIRMWARE_REVISION,
                    properties=Properties.READ,
                    value=information.FIRMWARE_REVISION.encode("1.0.0"),
                ),
            ),
        ),
        ServiceRow(
            uuid=uuids.SIGNAL_STREAM_SERVICE,
            characteristics=(
                CharacteristicRow(
                    uuid=uuids.SIGNAL_CONTROL_POINT, properties=Properties.WRITE | Properties.INDICATE
                ),
                CharacteristicRow(uuid=uuids.SIGNAL_DATA, properties=Properties.NOTIFY),
            ),
        ),
    ),
)
