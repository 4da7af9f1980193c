"""A cuff: it inflates, tells its pressure on the way down, and then what it measured."""

from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.measuring import LeadRow, MeasurementRow, PartRow, Telling
from firmware_sim.moment import Moment
from firmware_sim.power_cell import BatteryRow
from firmware_sim.vital_signs import VitalSigns
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, CURRENT_TIME, device_information
from vitals.gatt import uuids
from vitals.gatt.blood_pressure_measurement import BloodPressure, MeasurementStatus
from vitals.gatt.sfloat import SpecialValue

__all__ = ["BLOOD_PRESSURE_CUFF"]

_TAKES_S: Final = 30.0
_ABOVE_SYSTOLIC_MMHG: Final = 30.0
_BELOW_DIASTOLIC_MMHG: Final = 15.0
"""O'Brien et al., J Hypertens 2003;21:821-848: inflated 30 above, let down past the last beat."""
_RESTLESS: Final = 0.2
_PULSE_BPM: Final = (40, 180)
"""What cuffs for the home are specified for."""


def _mean_mmhg(signs: VitalSigns) -> float:
    return signs.diastolic_mmhg + (signs.systolic_mmhg - signs.diastolic_mmhg) / 3.0


def _status(signs: VitalSigns) -> MeasurementStatus:
    status, pulse_bpm, (lowest, highest) = MeasurementStatus(0), round(signs.heart_rate_bpm), _PULSE_BPM
    if signs.activity > _RESTLESS:
        status |= MeasurementStatus.BODY_MOVEMENT_DETECTED
    if pulse_bpm > highest:
        status |= MeasurementStatus.PULSE_RATE_EXCEEDS_UPPER_LIMIT
    if pulse_bpm < lowest:
        status |= MeasurementStatus.PULSE_RATE_BELOW_LOWER_LIMIT
    return status


def _pressure(moment: Moment) -> BloodPressure:
    signs = moment.signs
    return BloodPressure(
        systolic=float(round(signs.systolic_mmhg)),
        diastolic=float(round(signs.diastolic_mmhg)),
        mean_arterial_pressure=float(round(_mean_mmhg(signs))),
        time_stamp=moment.stamp,
        pulse_rate_bpm=float(round(signs.heart_rate_bpm)),
        user_id=1,
        measurement_status=_status(signs),
    )


def _cuff_pressure(moment: Moment, left_s: float) -> BloodPressure:
    """Return the cuff's own pressure on the way down."""
    signs = moment.signs
    highest_mmhg = signs.systolic_mmhg + _ABOVE_SYSTOLIC_MMHG
    lowest_mmhg = signs.diastolic_mmhg - _BELOW_DIASTOLIC_MMHG
    present_mmhg = lowest_mmhg + (highest_mmhg - lowest_mmhg) * left_s / _TAKES_S
    return BloodPressure(
        systolic=float(round(present_mmhg)),
        diastolic=SpecialValue.NAN,
        mean_arterial_pressure=SpecialValue.NAN,
    )


BLOOD_PRESSURE_CUFF: Final = WearableModel(
    key="blood-pressure-cuff",
    short="cuff",
    name="Carewire Cuff",
    description="blood pressure and pulse rate every ten minutes, with the cuff's pressure on the way",
    advertises=(uuids.BLOOD_PRESSURE_SERVICE,),
    services=(
        ServiceRow(
            uuid=uuids.BLOOD_PRESSURE_SERVICE,
            characteristics=(
                CharacteristicRow(
                    uuid=uuids.BLOOD_PRESSURE_MEASUREMENT, properties=Properties.INDICATE, needs_bond=True
                ),
                CharacteristicRow(
                    uuid=uuids.INTERMEDIATE_CUFF_PRESSURE, properties=Properties.NOTIFY, needs_bond=True
                ),
            ),
        ),
        BATTERY,
        CURRENT_TIME,
        device_information("Cuff"),
    ),
    measurements=(
        MeasurementRow(
            parts=(PartRow(uuid=uuids.BLOOD_PRESSURE_MEASUREMENT, measure=_pressure),),
            first_s=60.0,
            every_s=600.0,
            telling=Telling.UNTIL_HEARD,
            lead=LeadRow(uuid=uuids.INTERMEDIATE_CUFF_PRESSURE, lasts_s=_TAKES_S, measure=_cuff_pressure),
        ),
    ),
    battery=BatteryRow(percent=68.0, s_per_percent=43_200.0),
    offset_s=240.0,
    visit_s=30.0,
)
