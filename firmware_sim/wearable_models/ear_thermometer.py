"""An ear thermometer: taken in hand now and then, it tells its reading and sleeps."""

from math import exp
from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.measuring import LeadRow, MeasurementRow, PartRow, Telling
from firmware_sim.moment import Moment
from firmware_sim.power_cell import BatteryRow
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, CURRENT_TIME, device_information
from vitals.gatt import uuids
from vitals.gatt.temperature_measurement import Temperature, TemperatureType

__all__ = ["EAR_THERMOMETER"]

_COLD_C: Final = 5.0
"""How far below the ear a probe that lay in a drawer begins."""
_LAG_S: Final = 1.2
_TAKES_S: Final = 6.0


def _temperature(moment: Moment) -> Temperature:
    return Temperature(
        value=round(moment.signs.body_temperature_c, 1),
        time_stamp=moment.stamp,
        temperature_type=TemperatureType.EAR,
    )


def _intermediate(moment: Moment, left_s: float) -> Temperature:
    """Return what the probe has reached on its way to the ear's temperature."""
    missing_c = _COLD_C * exp(-(_TAKES_S - left_s) / _LAG_S)
    reached_c = moment.signs.body_temperature_c - missing_c
    return Temperature(value=round(reached_c, 1), temperature_type=TemperatureType.EAR)


EAR_THERMOMETER: Final = WearableModel(
    key="ear-thermometer",
    short="thermometer",
    name="Carewire Thermometer",
    description="body temperature every ten minutes, with the values on the way to it",
    advertises=(uuids.HEALTH_THERMOMETER_SERVICE,),
    services=(
        ServiceRow(
            uuid=uuids.HEALTH_THERMOMETER_SERVICE,
            characteristics=(
                CharacteristicRow(uuid=uuids.TEMPERATURE_MEASUREMENT, properties=Properties.INDICATE),
                CharacteristicRow(uuid=uuids.INTERMEDIATE_TEMPERATURE, properties=Properties.NOTIFY),
            ),
        ),
        BATTERY,
        CURRENT_TIME,
        device_information("Thermometer"),
    ),
    measurements=(
        MeasurementRow(
            parts=(PartRow(uuid=uuids.TEMPERATURE_MEASUREMENT, measure=_temperature),),
            first_s=45.0,
            every_s=600.0,
            telling=Telling.UNTIL_HEARD,
            lead=LeadRow(uuid=uuids.INTERMEDIATE_TEMPERATURE, lasts_s=_TAKES_S, measure=_intermediate),
        ),
    ),
    battery=BatteryRow(percent=91.0, s_per_percent=86_400.0),
    offset_s=180.0,
    visit_s=30.0,
)
