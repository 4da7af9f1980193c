"""A scale: somebody steps onto it now and then; it tells weight and what current through the feet says."""

from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.measuring import MeasurementRow, PartRow, Telling
from firmware_sim.moment import Moment
from firmware_sim.power_cell import BatteryRow
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, CURRENT_TIME, device_information
from vitals.gatt import uuids
from vitals.gatt.body_composition_measurement import BodyComposition
from vitals.gatt.weight_measurement import BodySize, Weight

__all__ = ["BODY_SCALE"]

_HEIGHT_M: Final = 1.72
"""What its owner typed in."""
_STEP_KG: Final = 0.05
_WATER_OF_FAT_FREE_MASS: Final = 0.732
"""Wang et al., Am J Clin Nutr 1999;69:833-841."""


def _weight_kg(moment: Moment) -> float:
    return round(moment.signs.weight_kg / _STEP_KG) * _STEP_KG


def _weight(moment: Moment) -> Weight:
    weight_kg = _weight_kg(moment)
    return Weight(
        weight_kg=weight_kg,
        time_stamp=moment.stamp,
        user_id=1,
        body_size=BodySize(body_mass_index=round(weight_kg / _HEIGHT_M**2, 1), height_m=_HEIGHT_M),
    )


def _composition(moment: Moment) -> BodyComposition:
    fat_percent = round(moment.signs.body_fat_percent, 1)
    fat_free_kg = _weight_kg(moment) * (1.0 - fat_percent / 100.0)
    return BodyComposition(
        body_fat_percent=fat_percent,
        time_stamp=moment.stamp,
        user_id=1,
        fat_free_mass_kg=fat_free_kg,
        body_water_mass_kg=_WATER_OF_FAT_FREE_MASS * fat_free_kg,
    )


def _guarded(service: str, measurement: str) -> ServiceRow:
    row = CharacteristicRow(uuid=measurement, properties=Properties.INDICATE, needs_bond=True)
    return ServiceRow(uuid=service, characteristics=(row,))


BODY_SCALE: Final = WearableModel(
    key="body-scale",
    short="scale",
    name="Carewire Scale",
    description="weight, body mass index and body fat every ten minutes",
    advertises=(uuids.WEIGHT_SCALE_SERVICE,),
    services=(
        _guarded(uuids.WEIGHT_SCALE_SERVICE, uuids.WEIGHT_MEASUREMENT),
        _guarded(uuids.BODY_COMPOSITION_SERVICE, uuids.BODY_COMPOSITION_MEASUREMENT),
        BATTERY,
        CURRENT_TIME,
        device_information("Scale"),
    ),
    measurements=(
        MeasurementRow(
            parts=(
                PartRow(uuid=uuids.WEIGHT_MEASUREMENT, measure=_weight),
                PartRow(uuid=uuids.BODY_COMPOSITION_MEASUREMENT, measure=_composition),
            ),
            first_s=50.0,
            every_s=600.0,
            telling=Telling.UNTIL_HEARD,
        ),
    ),
    battery=BatteryRow(percent=99.0, s_per_percent=172_800.0),
    offset_s=240.0,
    visit_s=30.0,
)
