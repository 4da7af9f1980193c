"""Whatever a codec's type can say comes back from the wire as it was."""

from __future__ import annotations

import string
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitals.gatt import device_information as information
from vitals.gatt import record_access_control_point as racp
from vitals.gatt import signal_control_point, uuids
from vitals.gatt.battery import BatteryLevel
from vitals.gatt.blood_pressure_measurement import BloodPressure, PressureUnit
from vitals.gatt.blood_pressure_measurement import MeasurementStatus as CuffStatus
from vitals.gatt.body_composition_measurement import BodyComposition
from vitals.gatt.body_sensor_location import BodySensorLocation
from vitals.gatt.cgm_feature import CgmFeature, Feature
from vitals.gatt.cgm_measurement import CgmMeasurement, CgmRecord
from vitals.gatt.cgm_session_run_time import SessionRunTime
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.cgm_specific_ops_control_point import OPERANDS, Calibration, Opcode, Operation, Response
from vitals.gatt.cgm_status import CgmStatus
from vitals.gatt.cgm_status_annunciation import SensorStatus as CgmSensorStatus
from vitals.gatt.current_time import AdjustReason, CurrentTime
from vitals.gatt.date_time import DateTime
from vitals.gatt.glucose_measurement import Concentration, ConcentrationUnit, Glucose, SensorStatus
from vitals.gatt.glucose_measurement_context import (
    Condition,
    Exercise,
    GlucoseContext,
    Intake,
    Medication,
    MedicationUnit,
)
from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact
from vitals.gatt.heart_rate_control_point import HeartRateCommand
from vitals.gatt.mass_and_height import height, mass, percentage
from vitals.gatt.octets import Octets
from vitals.gatt.pulse_oximeter import DeviceAndSensorStatus, MeasurementStatus, Saturation
from vitals.gatt.pulse_oximeter_continuous import Continuous
from vitals.gatt.pulse_oximeter_spot_check import SpotCheck
from vitals.gatt.registry import CODECS
from vitals.gatt.running_speed_cadence_measurement import RunningSpeedCadence
from vitals.gatt.sfloat import decode_float, decode_sfloat
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import SIGNALS, Signal
from vitals.gatt.temperature_measurement import Temperature, TemperatureUnit
from vitals.gatt.weight_measurement import BodySize, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import IntFlag

    from vitals.gatt.mass_and_height import Steps

nibble = st.integers(0, 0xF)
uint8 = st.integers(0, 0xFF)
uint16 = st.integers(0, 0xFFFF)
sint16 = st.integers(-0x8000, 0x7FFF)
sfloat = st.binary(min_size=2, max_size=2).map(decode_sfloat)
float32 = st.binary(min_size=4, max_size=4).map(decode_float)
crc = st.booleans()


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def flags_of(kind: type[IntFlag]) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(kind)).map(lambda some: reduce(or_, some, kind(0)))


def steps(scale: Steps) -> st.SearchStrategy[Any]:
    return st.integers(0, 0xFFFE).map(lambda count: scale.take(Octets("steps", count.to_bytes(2, "little"))))


moment = st.builds(
    DateTime,
    year=st.just(0) | st.integers(1582, 9999),
    month=st.integers(0, 12),
    day=st.integers(0, 31),
    hours=st.integers(0, 23),
    minutes=st.integers(0, 59),
    seconds=st.integers(0, 59),
)
cuff_status = flags_of(CuffStatus).filter(
    lambda status: (
        CuffStatus.PULSE_RATE_EXCEEDS_UPPER_LIMIT not in status
        or CuffStatus.PULSE_RATE_BELOW_LOWER_LIMIT not in status
    )
)
saturation = st.builds(Saturation, spo2_percent=sfloat, pulse_rate_bpm=sfloat)
blood_pressure = st.builds(
    BloodPressure,
    systolic=sfloat,
    diastolic=sfloat,
    mean_arterial_pressure=sfloat,
    unit=st.sampled_from(PressureUnit),
    time_stamp=maybe(moment),
    pulse_rate_bpm=maybe(sfloat),
    user_id=maybe(uint8),
    measurement_status=maybe(cuff_status),
)
temperature = st.builds(
    Temperature,
    value=float32,
    unit=st.sampled_from(TemperatureUnit),
    time_stamp=maybe(moment),
    temperature_type=maybe(uint8),
)
cgm_record = st.builds(
    CgmRecord,
    glucose_mg_dl=sfloat,
    time_offset_min=uint16,
    sensor_status=maybe(flags_of(CgmSensorStatus)),
    trend_mg_dl_min=maybe(sfloat),
    quality_percent=maybe(sfloat),
    has_crc=crc,
)
calibration = st.builds(
    Calibration,
    glucose_mg_dl=sfloat,
    time_min=uint16,
    fluid_type=nibble,
    sample_location=nibble,
    next_time_min=uint16,
    record_number=uint16,
    status=uint8,
)
OPERAND_OF = {
    OPERANDS[Opcode.START_SESSION]: st.none(),
    OPERANDS[Opcode.SET_COMMUNICATION_INTERVAL]: uint8,
    OPERANDS[Opcode.GET_CALIBRATION_VALUE]: uint16,
    OPERANDS[Opcode.SET_HYPO_ALERT]: sfloat,
    OPERANDS[Opcode.SET_CALIBRATION_VALUE]: calibration,
    OPERANDS[Opcode.RESPONSE_CODE]: st.builds(Response, request_opcode=uint8, result=uint8),
}
operation = st.sampled_from(Opcode).flatmap(
    lambda opcode: st.builds(
        Operation, opcode=st.just(opcode), operand=OPERAND_OF[OPERANDS[opcode]], has_crc=crc
    )
)
UNBOUNDED = (racp.Operator.ALL_RECORDS, racp.Operator.FIRST_RECORD, racp.Operator.LAST_RECORD)
ONE_BOUND = (racp.Operator.LESS_THAN_OR_EQUAL_TO, racp.Operator.GREATER_THAN_OR_EQUAL_TO)
records = st.one_of(
    st.builds(racp.Records, operator=st.sampled_from(UNBOUNDED)),
    *(
        st.one_of(
            st.builds(racp.Records, operator=st.sampled_from(ONE_BOUND), bounds=st.tuples(bound)),
            st.builds(
                racp.Records, operator=st.just(racp.Operator.WITHIN_RANGE_OF), bounds=st.tuples(bound, bound)
            ),
        )
        for bound in (uint16, moment)
    ),
)
signal_settings = st.builds(
    signal_control_point.SignalSettings,
    signal=st.sampled_from(Signal),
    rate_hz=st.integers(1, 0xFFFF),
    resolution=st.integers(1, 0xFFFF),
)


def weight(*, imperial: bool) -> st.SearchStrategy[Weight]:
    size = st.builds(
        BodySize,
        body_mass_index=maybe(steps(percentage("BMI"))),
        height_m=maybe(steps(height(imperial=imperial))),
    )
    return st.builds(
        Weight,
        weight_kg=maybe(steps(mass("Weight", imperial=imperial))),
        is_imperial=st.just(imperial),
        time_stamp=maybe(moment),
        user_id=maybe(uint8),
        body_size=maybe(size),
    )


def body_composition(*, imperial: bool) -> st.SearchStrategy[BodyComposition]:
    masses = ("muscle_mass_kg", "fat_free_mass_kg", "soft_lean_mass_kg", "body_water_mass_kg", "weight_kg")
    return st.builds(
        BodyComposition,
        body_fat_percent=maybe(steps(percentage("Body Fat Percentage"))),
        is_imperial=st.just(imperial),
        time_stamp=maybe(moment),
        user_id=maybe(uint8),
        basal_metabolism_kj=maybe(st.integers(0, 0xFFFE).map(float)),
        muscle_percent=maybe(steps(percentage("Muscle Percentage"))),
        impedance_ohm=maybe(steps(percentage("Impedance"))),
        height_m=maybe(steps(height(imperial=imperial))),
        is_in_parts=st.booleans(),
        **{name: maybe(steps(mass(name, imperial=imperial))) for name in masses},
    )


def signal_frame(signal: Signal) -> st.SearchStrategy[SignalFrame]:
    leads = len(SIGNALS[signal].leads)
    sample = st.tuples(*(st.integers(-(1 << 23), (1 << 23) - 1) for _ in range(leads)))
    return st.builds(
        SignalFrame,
        signal=st.just(signal),
        sequence=uint16,
        timestamp_us=st.integers(0, (1 << 64) - 1),
        rate_hz=st.integers(1, 0xFFFF),
        resolution=st.integers(1, 0xFFFF),
        channels=st.lists(sample, min_size=1, max_size=60).map(
            lambda samples: tuple(zip(*samples, strict=True))
        ),
    )


text = st.text(string.printable) | st.text(max_size=30).filter(lambda some: not some.endswith("\0"))

VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    uuids.HEART_RATE_MEASUREMENT: st.builds(
        HeartRateMeasurement,
        heart_rate_bpm=uint16,
        sensor_contact=st.sampled_from(SensorContact),
        energy_expended_kj=maybe(uint16),
        rr_intervals_ms=st.lists(uint16.map(lambda ticks: ticks * 1000 / 1024), max_size=9).map(tuple),
    ),
    uuids.BODY_SENSOR_LOCATION: st.sampled_from(BodySensorLocation),
    uuids.HEART_RATE_CONTROL_POINT: st.sampled_from(HeartRateCommand),
    uuids.PLX_SPOT_CHECK_MEASUREMENT: st.builds(
        SpotCheck,
        saturation=saturation,
        time_stamp=maybe(moment),
        measurement_status=maybe(flags_of(MeasurementStatus)),
        sensor_status=maybe(flags_of(DeviceAndSensorStatus)),
        pulse_amplitude_index_percent=maybe(sfloat),
        clock_is_set=st.booleans(),
    ),
    uuids.PLX_CONTINUOUS_MEASUREMENT: st.builds(
        Continuous,
        normal=saturation,
        fast=maybe(saturation),
        slow=maybe(saturation),
        measurement_status=maybe(flags_of(MeasurementStatus)),
        sensor_status=maybe(flags_of(DeviceAndSensorStatus)),
        pulse_amplitude_index_percent=maybe(sfloat),
    ),
    uuids.TEMPERATURE_MEASUREMENT: temperature,
    uuids.INTERMEDIATE_TEMPERATURE: temperature,
    uuids.BLOOD_PRESSURE_MEASUREMENT: blood_pressure,
    uuids.INTERMEDIATE_CUFF_PRESSURE: blood_pressure,
    uuids.GLUCOSE_MEASUREMENT: st.builds(
        Glucose,
        sequence_number=uint16,
        base_time=moment,
        time_offset_min=maybe(sint16),
        concentration=maybe(
            st.builds(
                Concentration,
                value=sfloat,
                unit=st.sampled_from(ConcentrationUnit),
                fluid_type=nibble,
                sample_location=nibble,
            )
        ),
        sensor_status=maybe(flags_of(SensorStatus)),
        context_follows=st.booleans(),
    ),
    uuids.GLUCOSE_MEASUREMENT_CONTEXT: st.builds(
        GlucoseContext,
        sequence_number=uint16,
        extended_flags=maybe(uint8),
        intake=maybe(st.builds(Intake, carbohydrate_id=uint8, mass_kg=sfloat)),
        meal=maybe(uint8),
        condition=maybe(st.builds(Condition, tester=nibble, health=nibble)),
        exercise=maybe(st.builds(Exercise, duration_s=uint16, intensity_percent=uint8)),
        medication=maybe(
            st.builds(Medication, medication_id=uint8, amount=sfloat, unit=st.sampled_from(MedicationUnit))
        ),
        hba1c_percent=maybe(sfloat),
    ),
    uuids.RECORD_ACCESS_CONTROL_POINT: st.one_of(
        st.builds(racp.ReportRecords, records=records),
        st.builds(racp.DeleteRecords, records=records),
        st.builds(racp.ReportNumber, records=records),
        st.builds(racp.Abort),
        st.builds(racp.NumberResponse, count=uint16),
        st.builds(racp.ResponseCode, request_opcode=uint8, result=uint8),
    ),
    uuids.CGM_MEASUREMENT: st.builds(
        CgmMeasurement, records=st.lists(cgm_record, min_size=1, max_size=6).map(tuple)
    ),
    uuids.CGM_FEATURE: st.builds(
        CgmFeature, features=flags_of(Feature), fluid_type=nibble, sample_location=nibble
    ),
    uuids.CGM_STATUS: st.builds(
        CgmStatus, time_offset_min=uint16, sensor_status=flags_of(CgmSensorStatus), has_crc=crc
    ),
    uuids.CGM_SESSION_START_TIME: st.builds(
        SessionStartTime,
        local_time=moment,
        time_zone_min=maybe(st.integers(-48, 56).map(lambda quarters: 15 * quarters)),
        daylight_saving_min=st.sampled_from([None, 0, 30, 60, 120]),
        has_crc=crc,
    ),
    uuids.CGM_SESSION_RUN_TIME: st.builds(SessionRunTime, hours=uint16, has_crc=crc),
    uuids.CGM_SPECIFIC_OPS_CONTROL_POINT: operation,
    uuids.WEIGHT_MEASUREMENT: weight(imperial=False) | weight(imperial=True),
    uuids.BODY_COMPOSITION_MEASUREMENT: body_composition(imperial=False) | body_composition(imperial=True),
    uuids.RSC_MEASUREMENT: st.builds(
        RunningSpeedCadence,
        speed_m_s=uint16.map(lambda count: count / 256),
        cadence_steps_min=uint8,
        stride_length_m=maybe(uint16.map(lambda count: count / 100)),
        total_distance_m=maybe(st.integers(0, (1 << 32) - 1).map(lambda count: count / 10)),
        is_running=st.booleans(),
    ),
    uuids.CURRENT_TIME: st.builds(
        CurrentTime,
        date_time=moment,
        day_of_week=st.integers(0, 7),
        fractions_256=uint8,
        adjust_reason=flags_of(AdjustReason),
    ),
    uuids.DATE_TIME: moment,
    uuids.BATTERY_LEVEL: st.builds(BatteryLevel, percent=st.integers(0, 100)),
    uuids.SIGNAL_CONTROL_POINT: st.one_of(
        st.builds(signal_control_point.GetSettings),
        st.builds(signal_control_point.Start, settings=signal_settings),
        st.builds(signal_control_point.Stop, signal=st.sampled_from(Signal)),
        st.builds(
            signal_control_point.Response,
            request_opcode=uint8,
            status=st.sampled_from(signal_control_point.Status),
            settings=st.lists(signal_settings, max_size=8).map(tuple),
        ),
    ),
    uuids.SIGNAL_DATA: st.sampled_from(Signal).flatmap(signal_frame),
    uuids.SYSTEM_ID: st.builds(
        information.SystemId,
        manufacturer_identifier=st.integers(0, (1 << 40) - 1),
        organizationally_unique_identifier=st.integers(0, (1 << 24) - 1),
    ),
    uuids.PNP_ID: st.builds(
        information.PnpId, vendor_id_source=uint8, vendor_id=uint16, product_id=uint16, product_version=uint16
    ),
    uuids.MANUFACTURER_NAME: text,
    uuids.MODEL_NUMBER: text,
    uuids.SERIAL_NUMBER: text,
    uuids.HARDWARE_REVISION: text,
    uuids.FIRMWARE_REVISION: text,
    uuids.SOFTWARE_REVISION: text,
}


def test_every_codec_is_given_values() -> None:
    assert set(VALUES) == set(CODECS)


@pytest.mark.parametrize("uuid", [pytest.param(uuid, id=CODECS[uuid].name) for uuid in VALUES])
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_any_value_comes_back_as_it_was(uuid: str, data: st.DataObject) -> None:
    codec, value = CODECS[uuid], data.draw(VALUES[uuid])

    assert codec.decode(codec.encode(value)) == value
