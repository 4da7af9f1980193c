"""A glucose meter: a drop of blood now and then, with its context, kept until a gateway asks for it."""

from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.measuring import MeasurementRow, PartRow, Telling
from firmware_sim.moment import Moment
from firmware_sim.power_cell import BatteryRow
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, CURRENT_TIME, RECORD_ACCESS, device_information
from vitals.gatt import uuids
from vitals.gatt.glucose_measurement import (
    Concentration,
    ConcentrationUnit,
    FluidType,
    Glucose,
    SampleLocation,
    SensorStatus,
)
from vitals.gatt.glucose_measurement_context import Condition, GlucoseContext, Meal

__all__ = ["GLUCOSE_METER"]

_KG_L_PER_MG_DL: Final = 1e-5
_LOW_BATTERY_PERCENT: Final = 10
_SELF: Final = 1
_NO_HEALTH_ISSUES: Final = 5
_MEALS: Final = ((5, Meal.BEDTIME), (9, Meal.FASTING), (21, Meal.CASUAL), (24, Meal.BEDTIME))
"""Until which hour of the meter's calendar a measurement counts as which."""


def _glucose(moment: Moment) -> Glucose:
    is_low = moment.battery_percent < _LOW_BATTERY_PERCENT
    return Glucose(
        sequence_number=moment.number,
        base_time=moment.stamp,
        time_offset_min=0,
        concentration=Concentration(
            value=round(round(moment.signs.glucose_mg_dl) * _KG_L_PER_MG_DL, 5),
            unit=ConcentrationUnit.KG_PER_L,
            fluid_type=FluidType.CAPILLARY_WHOLE_BLOOD,
            sample_location=SampleLocation.FINGER,
        ),
        sensor_status=SensorStatus.DEVICE_BATTERY_LOW if is_low else SensorStatus(0),
        context_follows=True,
    )


def _context(moment: Moment) -> GlucoseContext:
    hour = moment.stamp.hours
    return GlucoseContext(
        sequence_number=moment.number,
        meal=next(meal for until_hour, meal in _MEALS if hour < until_hour),
        condition=Condition(tester=_SELF, health=_NO_HEALTH_ISSUES),
    )


GLUCOSE_METER: Final = WearableModel(
    key="glucose-meter",
    short="meter",
    name="Carewire Meter",
    description="glucose in a drop of blood every five minutes, stored with its context",
    advertises=(uuids.GLUCOSE_SERVICE,),
    services=(
        ServiceRow(
            uuid=uuids.GLUCOSE_SERVICE,
            characteristics=(
                CharacteristicRow(
                    uuid=uuids.GLUCOSE_MEASUREMENT, properties=Properties.NOTIFY, needs_bond=True
                ),
                CharacteristicRow(
                    uuid=uuids.GLUCOSE_MEASUREMENT_CONTEXT, properties=Properties.NOTIFY, needs_bond=True
                ),
                RECORD_ACCESS,
            ),
        ),
        BATTERY,
        CURRENT_TIME,
        device_information("Meter"),
    ),
    measurements=(
        MeasurementRow(
            parts=(
                PartRow(uuid=uuids.GLUCOSE_MEASUREMENT, measure=_glucose),
                PartRow(uuid=uuids.GLUCOSE_MEASUREMENT_CONTEXT, measure=_context),
            ),
            first_s=40.0,
            every_s=300.0,
            telling=Telling.ON_REQUEST,
            is_recorded=True,
        ),
    ),
    battery=BatteryRow(percent=55.0, s_per_percent=86_400.0),
    offset_s=300.0,
    visit_s=30.0,
)
