"""A chest strap: heart rate each second; ECG, and how the chest moves, for who asks."""

from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.measuring import MeasurementRow, PartRow
from firmware_sim.power_cell import BatteryRow
from firmware_sim.samplers import SignalRow
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, SIGNALS, device_information
from vitals.gatt import body_sensor_location, uuids
from vitals.gatt.body_sensor_location import BodySensorLocation
from vitals.gatt.signals import Signal

__all__ = ["CHEST_STRAP"]

CHEST_STRAP: Final = WearableModel(
    key="chest-strap",
    short="strap",
    name="Carewire Strap",
    description="heart rate and RR intervals; ECG at 130 or 250 Hz and acceleration of the chest",
    advertises=(uuids.HEART_RATE_SERVICE,),
    services=(
        ServiceRow(
            uuid=uuids.HEART_RATE_SERVICE,
            characteristics=(
                CharacteristicRow(uuid=uuids.HEART_RATE_MEASUREMENT, properties=Properties.NOTIFY),
                CharacteristicRow(
                    uuid=uuids.BODY_SENSOR_LOCATION,
                    properties=Properties.READ,
                    value=body_sensor_location.encode(BodySensorLocation.CHEST),
                ),
            ),
        ),
        BATTERY,
        device_information("Strap"),
        SIGNALS,
    ),
    measurements=(
        MeasurementRow(
            parts=(PartRow(uuid=uuids.HEART_RATE_MEASUREMENT, measure=lambda moment: moment.meter.measure()),)
        ),
    ),
    signals=(
        SignalRow(signal=Signal.ECG, rates_hz=(130, 250), resolution=1000),
        SignalRow(
            signal=Signal.ACCELERATION,
            rates_hz=(50,),
            resolution=500,
            source=lambda body, rate_hz: body.acceleration(rate_hz, "chest"),
        ),
    ),
    battery=BatteryRow(percent=87.0, s_per_percent=1800.0),
)
