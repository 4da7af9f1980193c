"""What no octets can say is refused by name before anything is sent."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from vitals.gatt import record_access_control_point as racp
from vitals.gatt import uuids
from vitals.gatt.blood_pressure_measurement import BloodPressure
from vitals.gatt.body_composition_measurement import BodyComposition
from vitals.gatt.cgm_feature import CgmFeature, Feature
from vitals.gatt.cgm_measurement import CgmMeasurement, CgmRecord
from vitals.gatt.cgm_session_run_time import SessionRunTime
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.cgm_specific_ops_control_point import Calibration, Opcode, Operation, Response
from vitals.gatt.cgm_status import CgmStatus
from vitals.gatt.cgm_status_annunciation import SensorStatus
from vitals.gatt.current_time import CurrentTime
from vitals.gatt.date_time import DateTime
from vitals.gatt.device_information import PnpId
from vitals.gatt.e2e_crc import e2e_crc
from vitals.gatt.glucose_measurement import Concentration, ConcentrationUnit, Glucose
from vitals.gatt.glucose_measurement_context import Condition, Exercise, GlucoseContext
from vitals.gatt.pulse_oximeter import Saturation
from vitals.gatt.pulse_oximeter_continuous import Continuous
from vitals.gatt.registry import CODECS
from vitals.gatt.running_speed_cadence_measurement import RunningSpeedCadence
from vitals.gatt.temperature_measurement import Temperature
from vitals.gatt.weight_measurement import Weight

NEW_YEAR = DateTime(year=2025, month=1, day=1, hours=0, minutes=0, seconds=0)
READING = CgmRecord(glucose_mg_dl=100.0, time_offset_min=0)
LAST = racp.Operator.LAST_RECORD
RANGE = racp.Operator.WITHIN_RANGE_OF
CALIBRATION = Calibration(
    glucose_mg_dl=100.0,
    time_min=0,
    fluid_type=1,
    sample_location=1,
    next_time_min=0,
    record_number=0,
    status=0,
)
HELD = Concentration(value=1e-3, unit=ConcentrationUnit.KG_PER_L, fluid_type=1, sample_location=1)
STEADY = BloodPressure(systolic=120.0, diastolic=80.0, mean_arterial_pressure=93.0)
WALKING = RunningSpeedCadence(speed_m_s=1.0, cadence_steps_min=80)


@pytest.mark.parametrize(
    ("uuid", "value", "reason"),
    [
        (uuids.DATE_TIME, replace(NEW_YEAR, year=1581), "no date and time"),
        (uuids.DATE_TIME, replace(NEW_YEAR, month=13), "no date and time"),
        (uuids.CURRENT_TIME, CurrentTime(date_time=NEW_YEAR, day_of_week=8), "Day of Week"),
        (uuids.CURRENT_TIME, CurrentTime(date_time=NEW_YEAR, fractions_256=256), "Fractions256"),
        (uuids.TEMPERATURE_MEASUREMENT, Temperature(value=math.nan), "SpecialValue"),
        (uuids.TEMPERATURE_MEASUREMENT, Temperature(value=37.0, temperature_type=256), "Temperature Type"),
        (uuids.BLOOD_PRESSURE_MEASUREMENT, replace(STEADY, systolic=math.inf), "SpecialValue"),
        (uuids.BLOOD_PRESSURE_MEASUREMENT, replace(STEADY, user_id=256), "User ID"),
        (
            uuids.PLX_CONTINUOUS_MEASUREMENT,
            Continuous(normal=Saturation(spo2_percent=1e12, pulse_rate_bpm=60.0)),
            "beyond the range of SFLOAT",
        ),
        (uuids.GLUCOSE_MEASUREMENT, Glucose(sequence_number=0x10000, base_time=NEW_YEAR), "Sequence Number"),
        (
            uuids.GLUCOSE_MEASUREMENT,
            Glucose(sequence_number=1, base_time=NEW_YEAR, time_offset_min=0x8000),
            "Time Offset",
        ),
        (
            uuids.GLUCOSE_MEASUREMENT,
            Glucose(sequence_number=1, base_time=NEW_YEAR, concentration=replace(HELD, fluid_type=16)),
            "Type",
        ),
        (
            uuids.GLUCOSE_MEASUREMENT,
            Glucose(sequence_number=1, base_time=NEW_YEAR, concentration=replace(HELD, sample_location=16)),
            "Sample Location",
        ),
        (
            uuids.GLUCOSE_MEASUREMENT_CONTEXT,
            GlucoseContext(sequence_number=1, condition=Condition(tester=16, health=0)),
            "Tester",
        ),
        (
            uuids.GLUCOSE_MEASUREMENT_CONTEXT,
            GlucoseContext(sequence_number=1, exercise=Exercise(duration_s=0x10000, intensity_percent=0)),
            "Exercise Duration",
        ),
        (
            uuids.RECORD_ACCESS_CONTROL_POINT,
            racp.ReportRecords(records=racp.Records(operator=LAST, bounds=(1,))),
            "LAST_RECORD has 0 bounds",
        ),
        (
            uuids.RECORD_ACCESS_CONTROL_POINT,
            racp.DeleteRecords(records=racp.Records(operator=RANGE, bounds=(1,))),
            "WITHIN_RANGE_OF has 2 bounds",
        ),
        (
            uuids.RECORD_ACCESS_CONTROL_POINT,
            racp.ReportNumber(records=racp.Records(operator=racp.Operator.NULL)),
            "NULL",
        ),
        (
            uuids.RECORD_ACCESS_CONTROL_POINT,
            racp.ReportRecords(records=racp.Records.numbered_from(0x10000)),
            "Sequence Number",
        ),
        (uuids.RECORD_ACCESS_CONTROL_POINT, racp.NumberResponse(count=-1), "Number of Stored Records"),
        (uuids.CGM_MEASUREMENT, CgmMeasurement(records=()), "at least one record"),
        (
            uuids.CGM_MEASUREMENT,
            CgmMeasurement(records=(replace(READING, time_offset_min=0x10000),)),
            "Time Offset",
        ),
        (
            uuids.CGM_FEATURE,
            CgmFeature(features=Feature(0), fluid_type=9, sample_location=16),
            "Sample Location",
        ),
        (uuids.CGM_STATUS, CgmStatus(time_offset_min=-1, sensor_status=SensorStatus(0)), "Time Offset"),
        (uuids.CGM_SESSION_RUN_TIME, SessionRunTime(hours=0x10000), "Session Run Time"),
        (
            uuids.CGM_SESSION_START_TIME,
            SessionStartTime(local_time=NEW_YEAR, time_zone_min=50, daylight_saving_min=0),
            "no time zone",
        ),
        (
            uuids.CGM_SESSION_START_TIME,
            SessionStartTime(local_time=NEW_YEAR, time_zone_min=855, daylight_saving_min=0),
            "no time zone",
        ),
        (
            uuids.CGM_SESSION_START_TIME,
            SessionStartTime(local_time=NEW_YEAR, time_zone_min=0, daylight_saving_min=45),
            "no daylight saving",
        ),
        (
            uuids.CGM_SPECIFIC_OPS_CONTROL_POINT,
            Operation(opcode=Opcode.START_SESSION, operand=1),
            "no operand",
        ),
        (
            uuids.CGM_SPECIFIC_OPS_CONTROL_POINT,
            Operation(opcode=Opcode.SET_COMMUNICATION_INTERVAL, operand=5.5),
            "whole number",
        ),
        (
            uuids.CGM_SPECIFIC_OPS_CONTROL_POINT,
            Operation(opcode=Opcode.SET_COMMUNICATION_INTERVAL, operand=256),
            "Communication Interval",
        ),
        (uuids.CGM_SPECIFIC_OPS_CONTROL_POINT, Operation(opcode=Opcode.SET_HYPO_ALERT), "alert level"),
        (
            uuids.CGM_SPECIFIC_OPS_CONTROL_POINT,
            Operation(opcode=Opcode.SET_CALIBRATION_VALUE, operand=100.0),
            "Calibration",
        ),
        (
            uuids.CGM_SPECIFIC_OPS_CONTROL_POINT,
            Operation(opcode=Opcode.SET_CALIBRATION_VALUE, operand=replace(CALIBRATION, status=256)),
            "Calibration Status",
        ),
        (uuids.CGM_SPECIFIC_OPS_CONTROL_POINT, Operation(opcode=Opcode.RESPONSE_CODE), "Response"),
        (
            uuids.CGM_SPECIFIC_OPS_CONTROL_POINT,
            Operation(opcode=Opcode.RESPONSE_CODE, operand=Response(request_opcode=256, result=1)),
            "Request Op Code",
        ),
        (uuids.WEIGHT_MEASUREMENT, Weight(weight_kg=327.675), "Weight is 0 to 327.67"),
        (uuids.WEIGHT_MEASUREMENT, Weight(weight_kg=-0.01), "Weight is 0"),
        (uuids.WEIGHT_MEASUREMENT, Weight(weight_kg=math.nan), "nan cannot be encoded"),
        (uuids.WEIGHT_MEASUREMENT, Weight(weight_kg=math.inf), "inf cannot be encoded"),
        (uuids.WEIGHT_MEASUREMENT, Weight(weight_kg=70.0, user_id=-1), "User ID"),
        (uuids.BODY_COMPOSITION_MEASUREMENT, BodyComposition(body_fat_percent=6553.5), "Body Fat Percentage"),
        (
            uuids.BODY_COMPOSITION_MEASUREMENT,
            BodyComposition(body_fat_percent=20.0, impedance_ohm=-1.0),
            "Impedance",
        ),
        (uuids.RSC_MEASUREMENT, replace(WALKING, speed_m_s=256.0), "Instantaneous Speed"),
        (uuids.RSC_MEASUREMENT, replace(WALKING, cadence_steps_min=256), "Instantaneous Cadence"),
        (uuids.RSC_MEASUREMENT, replace(WALKING, stride_length_m=655.36), "Instantaneous Stride Length"),
        (uuids.RSC_MEASUREMENT, replace(WALKING, total_distance_m=-0.1), "Total Distance"),
        (
            uuids.PNP_ID,
            PnpId(vendor_id_source=1, vendor_id=0x10000, product_id=0, product_version=0),
            "Vendor ID",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(uuid: str, value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        CODECS[uuid].encode(value)


def test_numbers_round_to_the_nearest_step_and_are_not_cut() -> None:
    assert CODECS[uuids.RSC_MEASUREMENT].encode(replace(WALKING, speed_m_s=1.999)).hex() == "00000250"
    assert CODECS[uuids.WEIGHT_MEASUREMENT].encode(Weight(weight_kg=70.004)).hex() == "00b136"


def test_the_e2e_crc_is_the_one_whose_check_value_is_known() -> None:
    """CRC-16/MCRF4XX of the catalogue's nine digits."""
    assert e2e_crc(b"123456789") == 0x6F91
