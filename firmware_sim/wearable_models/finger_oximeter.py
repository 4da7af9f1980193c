"""A finger oximeter: saturation and pulse rate each second, and a spot check now and then that it keeps."""

from typing import Final

from firmware_sim.gatt_server import CharacteristicRow, Properties, ServiceRow
from firmware_sim.measuring import MeasurementRow, PartRow, Telling
from firmware_sim.moment import Moment
from firmware_sim.power_cell import BatteryRow
from firmware_sim.vital_signs import VitalSigns
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models.services import BATTERY, CURRENT_TIME, RECORD_ACCESS, device_information
from vitals.gatt import uuids
from vitals.gatt.pulse_oximeter import DeviceAndSensorStatus, MeasurementStatus, Saturation
from vitals.gatt.pulse_oximeter_continuous import Continuous
from vitals.gatt.pulse_oximeter_spot_check import SpotCheck
from vitals.gatt.record_access_control_point import Operator
from vitals.gatt.sfloat import SpecialValue

__all__ = ["FINGER_OXIMETER"]

_NO_FINGER: Final = Saturation(spo2_percent=SpecialValue.NAN, pulse_rate_bpm=SpecialValue.NAN)
_RESTLESS: Final = 0.3
"""Of the greatest activity: from here on a finger moves too much for a pulse to be sure of."""
_LOW_PERFUSION_PERCENT: Final = 0.3
"""Lima et al., Crit Care Med 2002;30:1210-1213: the lowest of healthy adults."""


def _saturation(signs: VitalSigns) -> Saturation:
    if not signs.on_skin:
        return _NO_FINGER
    return Saturation(
        spo2_percent=float(round(signs.oxygen_saturation_percent)),
        pulse_rate_bpm=float(round(signs.heart_rate_bpm)),
    )


def _measurement_status(signs: VitalSigns) -> MeasurementStatus:
    if not signs.on_skin:
        return MeasurementStatus.MEASUREMENT_UNAVAILABLE
    if signs.activity > _RESTLESS:
        return MeasurementStatus.MEASUREMENT_ONGOING | MeasurementStatus.QUESTIONABLE_MEASUREMENT_DETECTED
    return MeasurementStatus.MEASUREMENT_ONGOING | MeasurementStatus.VALIDATED_DATA


def _sensor_status(signs: VitalSigns) -> DeviceAndSensorStatus:
    status = DeviceAndSensorStatus(0)
    if not signs.on_skin:
        return DeviceAndSensorStatus.SENSOR_UNCONNECTED_TO_USER
    if signs.activity > _RESTLESS:
        status |= DeviceAndSensorStatus.ERRATIC_SIGNAL_DETECTED
    if signs.perfusion_index_percent < _LOW_PERFUSION_PERCENT:
        status |= DeviceAndSensorStatus.LOW_PERFUSION_DETECTED
    return status


def _continuous(moment: Moment) -> Continuous:
    signs = moment.signs
    return Continuous(
        normal=_saturation(signs),
        measurement_status=_measurement_status(signs),
        sensor_status=_sensor_status(signs),
        pulse_amplitude_index_percent=(
            round(signs.perfusion_index_percent, 1) if signs.on_skin else SpecialValue.NAN
        ),
    )


def _spot_check(moment: Moment) -> SpotCheck | None:
    """Return a reading that has settled; there is none while the finger is out or restless."""
    signs = moment.signs
    if not signs.on_skin or signs.activity > _RESTLESS:
        return None
    return SpotCheck(
        saturation=_saturation(signs),
        time_stamp=moment.stamp,
        measurement_status=MeasurementStatus.FULLY_QUALIFIED_DATA,
        pulse_amplitude_index_percent=round(signs.perfusion_index_percent, 1),
        clock_is_set=moment.clock.is_set,
    )


FINGER_OXIMETER: Final = WearableModel(
    key="finger-oximeter",
    short="oximeter",
    name="Carewire Oximeter",
    description="oxygen saturation, pulse rate and perfusion each second; spot checks it keeps",
    advertises=(uuids.PULSE_OXIMETER_SERVICE,),
    services=(
        ServiceRow(
            uuid=uuids.PULSE_OXIMETER_SERVICE,
            characteristics=(
                CharacteristicRow(uuid=uuids.PLX_CONTINUOUS_MEASUREMENT, properties=Properties.NOTIFY),
                CharacteristicRow(uuid=uuids.PLX_SPOT_CHECK_MEASUREMENT, properties=Properties.INDICATE),
                RECORD_ACCESS,
            ),
        ),
        BATTERY,
        CURRENT_TIME,
        device_information("Oximeter"),
    ),
    measurements=(
        MeasurementRow(parts=(PartRow(uuid=uuids.PLX_CONTINUOUS_MEASUREMENT, measure=_continuous),)),
        MeasurementRow(
            parts=(PartRow(uuid=uuids.PLX_SPOT_CHECK_MEASUREMENT, measure=_spot_check),),
            first_s=30.0,
            every_s=300.0,
            telling=Telling.UNTIL_HEARD,
            is_recorded=True,
        ),
    ),
    # Pulse Oximeter Service 1.0.1 section 3.4: all records or none can be asked for.
    record_operators=frozenset({Operator.NULL, Operator.ALL_RECORDS}),
    battery=BatteryRow(percent=74.0, s_per_percent=600.0),
    offset_s=120.0,
)
