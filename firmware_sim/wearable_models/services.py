"""Services that several models have."""

from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.moment import Moment
from vitals.gatt import battery, current_time, uuids
from vitals.gatt import device_information as information

__all__ = ["BATTERY", "CURRENT_TIME", "RECORD_ACCESS", "SIGNALS", "device_information"]


def _battery_level(moment: Moment) -> bytes:
    return battery.encode(battery.BatteryLevel(percent=moment.battery_percent))


def _current_time(moment: Moment) -> bytes:
    return current_time.encode(current_time.CurrentTime.of(moment.clock.calendar(moment.at_s)))


def device_information(model_number: str) -> ServiceRow:
    """Return the Device Information service of a model."""
    return ServiceRow(
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
                value=information.MODEL_NUMBER.encode(model_number),
            ),
            CharacteristicRow(
                uuid=uuids.SERIAL_NUMBER,
                properties=Properties.READ,
                read=lambda moment: information.SERIAL_NUMBER.encode(moment.serial),
            ),
            CharacteristicRow(
                uuid=uuids.FIRMWARE_REVISION,
                properties=Properties.READ,
                value=information.FIRMWARE_REVISION.encode("1.0.0"),
            ),
        ),
    )


BATTERY: Final = ServiceRow(
    uuid=uuids.BATTERY_SERVICE,
    characteristics=(
        CharacteristicRow(
            uuid=uuids.BATTERY_LEVEL, properties=Properties.READ | Properties.NOTIFY, read=_battery_level
        ),
    ),
)

CURRENT_TIME: Final = ServiceRow(
    uuid=uuids.CURRENT_TIME_SERVICE,
    characteristics=(
        CharacteristicRow(
            uuid=uuids.CURRENT_TIME, properties=Properties.READ | Properties.WRITE, read=_current_time
        ),
    ),
)
"""Anybody may read and set it, as on most wearables that people buy."""

SIGNALS: Final = ServiceRow(
    uuid=uuids.SIGNAL_STREAM_SERVICE,
    characteristics=(
        CharacteristicRow(uuid=uuids.SIGNAL_CONTROL_POINT, properties=Properties.WRITE | Properties.INDICATE),
        CharacteristicRow(uuid=uuids.SIGNAL_DATA, properties=Properties.NOTIFY),
    ),
)

RECORD_ACCESS: Final = CharacteristicRow(
    uuid=uuids.RECORD_ACCESS_CONTROL_POINT,
    properties=Properties.WRITE | Properties.INDICATE,
    needs_bond=True,
)
