"""What each characteristic's measurements become: values in our units, and what is missing and why."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from edge.readings import SOURCES, Beyond, Missing, Reading, Value, Withheld
from vitals.gatt import registry, uuids
from vitals.gatt.blood_pressure_measurement import BloodPressure, MeasurementStatus, PressureUnit
from vitals.gatt.body_composition_measurement import BodyComposition
from vitals.gatt.cgm_measurement import CgmMeasurement, CgmRecord
from vitals.gatt.cgm_status_annunciation import SensorStatus as CgmStatus
from vitals.gatt.date_time import DateTime
from vitals.gatt.glucose_measurement import Concentration, ConcentrationUnit, Glucose, SensorStatus
from vitals.gatt.glucose_measurement_context import GlucoseContext
from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact
from vitals.gatt.pulse_oximeter import DeviceAndSensorStatus as Sensor
from vitals.gatt.pulse_oximeter import MeasurementStatus as Plx
from vitals.gatt.pulse_oximeter import Saturation
from vitals.gatt.pulse_oximeter_continuous import Continuous
from vitals.gatt.pulse_oximeter_spot_check import SpotCheck
from vitals.gatt.running_speed_cadence_measurement import RunningSpeedCadence
from vitals.gatt.sfloat import SpecialValue
from vitals.gatt.temperature_measurement import Temperature, TemperatureType, TemperatureUnit
from vitals.gatt.weight_measurement import BodySize, Weight
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import GapReason

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NOON_MS = round(NOON.timestamp() * 1000)
NO_DATE = DateTime(year=0, month=0, day=0, hours=12, minutes=0, seconds=0)
SATURATION = Saturation(spo2_percent=97.0, pulse_rate_bpm=64.0)


def readings(uuid: str, measurement: object) -> tuple[Reading, ...]:
    """Return what comes of a measurement that went over the air."""
    octets = registry.CODECS[uuid].encode(measurement)
    return SOURCES[uuid].read(registry.decode(uuid, octets))


def reading(uuid: str, measurement: object) -> Reading:
    (only,) = readings(uuid, measurement)
    return only


def values(uuid: str, measurement: object) -> dict[str, float]:
    return {v.kind: v.value for v in reading(uuid, measurement).entries if isinstance(v, Value)}


def qualities(uuid: str, measurement: object) -> dict[str, float | None]:
    return {v.kind: v.quality for v in reading(uuid, measurement).entries if isinstance(v, Value)}


def missing(uuid: str, measurement: object) -> dict[str, Withheld]:
    return {m.kind: m.reason for m in reading(uuid, measurement).entries if isinstance(m, Missing)}


MEASURED = (
    (
        uuids.HEART_RATE_MEASUREMENT,
        HeartRateMeasurement(heart_rate_bpm=61, energy_expended_kj=17),
        {"heart_rate": 61.0, "energy_expended": 17.0},
    ),
    (
        uuids.PLX_CONTINUOUS_MEASUREMENT,
        Continuous(normal=SATURATION, pulse_amplitude_index_percent=3.5),
        {"oxygen_saturation": 97.0, "pulse_rate": 64.0, "perfusion_index": 3.5},
    ),
    (
        uuids.PLX_SPOT_CHECK_MEASUREMENT,
        SpotCheck(saturation=SATURATION),
        {"oxygen_saturation": 97.0, "pulse_rate": 64.0},
    ),
    (uuids.TEMPERATURE_MEASUREMENT, Temperature(value=38.4), {"body_temperature": 38.4}),
    (
        uuids.TEMPERATURE_MEASUREMENT,
        Temperature(value=101.3, unit=TemperatureUnit.FAHRENHEIT),
        {"body_temperature": 38.5},
    ),
    (
        uuids.BLOOD_PRESSURE_MEASUREMENT,
        BloodPressure(systolic=128.0, diastolic=82.0, mean_arterial_pressure=97.0, pulse_rate_bpm=71.0),
        {"systolic_pressure": 128.0, "diastolic_pressure": 82.0, "mean_pressure": 97.0, "pulse_rate": 71.0},
    ),
    (
        uuids.BLOOD_PRESSURE_MEASUREMENT,
        BloodPressure(
            systolic=16.0, diastolic=10.7, mean_arterial_pressure=SpecialValue.NAN, unit=PressureUnit.KPA
        ),
        {"systolic_pressure": 120.01, "diastolic_pressure": 80.26},
    ),
    (
        uuids.CGM_MEASUREMENT,
        CgmMeasurement(records=(CgmRecord(glucose_mg_dl=104.0, time_offset_min=15, trend_mg_dl_min=-1.5),)),
        {"glucose": 104.0, "glucose_trend": -1.5},
    ),
    (
        uuids.WEIGHT_MEASUREMENT,
        Weight(weight_kg=71.5, body_size=BodySize(body_mass_index=22.6, height_m=1.78)),
        {"body_weight": 71.5, "body_mass_index": 22.6, "body_height": 178.0},
    ),
    (
        uuids.WEIGHT_MEASUREMENT,
        Weight(weight_kg=158 * 0.45359237, is_imperial=True),
        {"body_weight": 71.667594},
    ),
    (
        uuids.BODY_COMPOSITION_MEASUREMENT,
        BodyComposition(
            body_fat_percent=21.4,
            basal_metabolism_kj=6_800.0,
            muscle_percent=40.1,
            muscle_mass_kg=28.7,
            fat_free_mass_kg=56.2,
            soft_lean_mass_kg=53.1,
            body_water_mass_kg=41.0,
            impedance_ohm=512.3,
            weight_kg=71.5,
            height_m=1.78,
        ),
        {
            "body_fat": 21.4,
            "basal_metabolism": 6_800.0,
            "muscle_share": 40.1,
            "muscle_mass": 28.7,
            "fat_free_mass": 56.2,
            "soft_lean_mass": 53.1,
            "body_water": 41.0,
            "body_impedance": 512.3,
            "body_weight": 71.5,
            "body_height": 178.0,
        },
    ),
    (
        uuids.RSC_MEASUREMENT,
        RunningSpeedCadence(
            speed_m_s=1.25, cadence_steps_min=104, stride_length_m=0.72, total_distance_m=1_234.5
        ),
        {"walking_speed": 1.25, "step_cadence": 104.0, "stride_length": 0.72, "walking_distance": 1_234.5},
    ),
)


@pytest.mark.parametrize(("uuid", "measurement", "expected"), MEASURED)
def test_every_number_becomes_a_value_in_the_unit_of_its_kind(
    uuid: str, measurement: object, expected: dict[str, float]
) -> None:
    assert values(uuid, measurement) == pytest.approx(expected, abs=0.005)
    assert missing(uuid, measurement) == {}


@pytest.mark.parametrize(
    ("unit", "told"), [(ConcentrationUnit.KG_PER_L, 99e-5), (ConcentrationUnit.MOL_PER_L, 5.5e-3)]
)
def test_a_glucose_of_either_unit_is_told_in_mg_a_dl(unit: ConcentrationUnit, told: float) -> None:
    measurement = glucose(told, unit=unit)
    assert values(uuids.GLUCOSE_MEASUREMENT, measurement) == pytest.approx({"blood_glucose": 99.0}, abs=0.2)


def glucose(
    told: float | SpecialValue,
    *,
    unit: ConcentrationUnit = ConcentrationUnit.KG_PER_L,
    fluid_type: int = 1,
    **fields: Any,
) -> Glucose:
    concentration = Concentration(value=told, unit=unit, fluid_type=fluid_type, sample_location=1)
    told_fields = {"sequence_number": 7, "base_time": DateTime.of(NOON), "concentration": concentration}
    return Glucose(**told_fields | fields)


def test_intervals_end_one_after_the_other_and_the_newest_just_now() -> None:
    told = reading(
        uuids.HEART_RATE_MEASUREMENT,
        HeartRateMeasurement(heart_rate_bpm=61, rr_intervals_ms=(1000.0, 500.0, 250.0)),
    )
    assert [(v.value, v.before_ms) for v in told.entries if isinstance(v, Value) and v.before_ms >= 0][
        1:
    ] == [
        (1000.0, 750.0),
        (500.0, 250.0),
        (250.0, 0.0),
    ]


@pytest.mark.parametrize("special", list(SpecialValue))
def test_what_is_no_number_is_missing_and_never_a_value(special: SpecialValue) -> None:
    saturation = Saturation(spo2_percent=special, pulse_rate_bpm=64.0)
    told = Continuous(normal=saturation, pulse_amplitude_index_percent=special)
    assert values(uuids.PLX_CONTINUOUS_MEASUREMENT, told) == {"pulse_rate": 64.0}
    assert missing(uuids.PLX_CONTINUOUS_MEASUREMENT, told) == {
        "oxygen_saturation": Withheld.NO_NUMBER,
        "perfusion_index": Withheld.NO_NUMBER,
    }
    assert missing(uuids.TEMPERATURE_MEASUREMENT, Temperature(value=special)) == {
        "body_temperature": Withheld.NO_NUMBER
    }
    assert missing(uuids.GLUCOSE_MEASUREMENT, glucose(special)) == {"blood_glucose": Withheld.NO_NUMBER}


def test_a_fahrenheit_that_is_no_number_is_missing_too() -> None:
    told = Temperature(value=SpecialValue.NAN, unit=TemperatureUnit.FAHRENHEIT)
    assert missing(uuids.TEMPERATURE_MEASUREMENT, told) == {"body_temperature": Withheld.NO_NUMBER}


@pytest.mark.parametrize(
    ("uuid", "measurement", "expected"),
    [
        (
            uuids.HEART_RATE_MEASUREMENT,
            HeartRateMeasurement(
                heart_rate_bpm=60, sensor_contact=SensorContact.NO_CONTACT, rr_intervals_ms=(1000.0,)
            ),
            {"heart_rate": Withheld.SENSOR_OFF, "rr_interval": Withheld.SENSOR_OFF},
        ),
        (uuids.WEIGHT_MEASUREMENT, Weight(weight_kg=None), {"body_weight": Withheld.NO_NUMBER}),
        (
            uuids.BODY_COMPOSITION_MEASUREMENT,
            BodyComposition(body_fat_percent=None),
            {"body_fat": Withheld.NO_NUMBER},
        ),
        (
            uuids.BODY_COMPOSITION_MEASUREMENT,
            BodyComposition(body_fat_percent=None, is_in_parts=True),
            {},
        ),
        (
            uuids.BLOOD_PRESSURE_MEASUREMENT,
            BloodPressure(
                systolic=SpecialValue.NAN, diastolic=SpecialValue.NAN, mean_arterial_pressure=SpecialValue.NAN
            ),
            {"systolic_pressure": Withheld.NO_NUMBER, "diastolic_pressure": Withheld.NO_NUMBER},
        ),
        (
            uuids.GLUCOSE_MEASUREMENT,
            glucose(0.001, concentration=None),
            {"blood_glucose": Withheld.NO_NUMBER},
        ),
        (
            uuids.GLUCOSE_MEASUREMENT,
            glucose(0.001, fluid_type=10),
            {"blood_glucose": Withheld.NOT_THE_WEARERS},
        ),
        (
            uuids.INTERMEDIATE_TEMPERATURE,
            Temperature(value=36.0),
            {"body_temperature": Withheld.INTERMEDIATE},
        ),
        (
            uuids.INTERMEDIATE_CUFF_PRESSURE,
            BloodPressure(
                systolic=140.0, diastolic=SpecialValue.NAN, mean_arterial_pressure=SpecialValue.NAN
            ),
            {"systolic_pressure": Withheld.INTERMEDIATE},
        ),
    ],
)
def test_what_is_missing_says_why(uuid: str, measurement: object, expected: dict[str, Withheld]) -> None:
    assert missing(uuid, measurement) == expected
    assert values(uuid, measurement) == {}


@pytest.mark.parametrize(
    ("status", "sensor", "reason"),
    [
        (Plx.INVALID_MEASUREMENT_DETECTED, None, Withheld.INVALID),
        (Plx.MEASUREMENT_UNAVAILABLE, None, Withheld.INVALID),
        (Plx.DATA_FOR_DEMONSTRATION, None, Withheld.NOT_THE_WEARERS),
        (Plx.DATA_FOR_TESTING, Sensor.SENSOR_DISCONNECTED, Withheld.NOT_THE_WEARERS),
        (None, Sensor.SENSOR_UNCONNECTED_TO_USER, Withheld.SENSOR_OFF),
        (Plx.INVALID_MEASUREMENT_DETECTED, Sensor.SENSOR_DISCONNECTED, Withheld.SENSOR_OFF),
        (None, Sensor.INADEQUATE_SIGNAL_DETECTED, Withheld.INVALID),
        (None, Sensor.NONPULSATILE_SIGNAL_DETECTED, Withheld.INVALID),
        (None, Sensor.SENSOR_MALFUNCTIONING, Withheld.INVALID),
        (None, Sensor.EQUIPMENT_MALFUNCTION_DETECTED, Withheld.INVALID),
    ],
)
def test_what_an_oximeter_does_not_believe_itself_is_withheld(
    status: Plx | None, sensor: Sensor | None, reason: Withheld
) -> None:
    told = Continuous(normal=SATURATION, measurement_status=status, sensor_status=sensor)
    assert values(uuids.PLX_CONTINUOUS_MEASUREMENT, told) == {}
    assert set(missing(uuids.PLX_CONTINUOUS_MEASUREMENT, told).values()) == {reason}


@pytest.mark.parametrize(
    ("status", "sensor", "quality"),
    [
        (None, None, None),
        (Plx.MEASUREMENT_ONGOING, Sensor(0), None),
        (Plx.FULLY_QUALIFIED_DATA, Sensor(0), 1.0),
        (Plx.EARLY_ESTIMATED_DATA, None, 0.7),
        (Plx.FULLY_QUALIFIED_DATA, Sensor.LOW_PERFUSION_DETECTED, 0.7),
        (Plx.QUESTIONABLE_MEASUREMENT_DETECTED, None, 0.4),
        (Plx.FULLY_QUALIFIED_DATA, Sensor.POOR_SIGNAL_DETECTED, 0.4),
        (None, Sensor.ERRATIC_SIGNAL_DETECTED | Sensor.LOW_PERFUSION_DETECTED, 0.4),
    ],
)
def test_what_an_oximeter_doubts_is_kept_with_its_quality(
    status: Plx | None, sensor: Sensor | None, quality: float | None
) -> None:
    told = Continuous(normal=SATURATION, measurement_status=status, sensor_status=sensor)
    assert set(qualities(uuids.PLX_CONTINUOUS_MEASUREMENT, told).values()) == {quality}


@pytest.mark.parametrize(
    ("status", "pressure", "pulse"),
    [
        (None, None, None),
        (MeasurementStatus(0), None, None),
        (MeasurementStatus.IRREGULAR_PULSE_DETECTED, 0.7, 0.7),
        (MeasurementStatus.BODY_MOVEMENT_DETECTED, 0.4, 0.4),
        (MeasurementStatus.CUFF_TOO_LOOSE, 0.4, 0.4),
        (MeasurementStatus.IMPROPER_MEASUREMENT_POSITION, 0.4, 0.4),
        (MeasurementStatus.PULSE_RATE_EXCEEDS_UPPER_LIMIT, None, 0.4),
        (MeasurementStatus.PULSE_RATE_BELOW_LOWER_LIMIT, None, 0.4),
        (MeasurementStatus.IRREGULAR_PULSE_DETECTED | MeasurementStatus.CUFF_TOO_LOOSE, 0.4, 0.4),
    ],
)
def test_what_a_cuff_noticed_is_the_quality_of_what_it_measured(
    status: MeasurementStatus | None, pressure: float | None, pulse: float | None
) -> None:
    told = BloodPressure(
        systolic=185.0,
        diastolic=122.0,
        mean_arterial_pressure=143.0,
        pulse_rate_bpm=71.0,
        measurement_status=status,
    )
    found = qualities(uuids.BLOOD_PRESSURE_MEASUREMENT, told)
    assert (found.pop("pulse_rate"), set(found.values())) == (pulse, {pressure})


@pytest.mark.parametrize(
    ("status", "quality", "conditions"),
    [
        (None, None, set()),
        (SensorStatus.RESULT_TOO_LOW, None, set()),
        (SensorStatus.TEMPERATURE_TOO_LOW, 0.4, set()),
        (SensorStatus.STRIP_INSERTION_ERROR, 0.0, set()),
        (SensorStatus.DEVICE_BATTERY_LOW, None, {"battery-low"}),
        (SensorStatus.SENSOR_MALFUNCTION, 0.0, {"sensor-malfunction"}),
    ],
)
def test_what_a_glucose_meter_says_of_itself(
    status: SensorStatus | None, quality: float | None, conditions: set[str]
) -> None:
    told = reading(uuids.GLUCOSE_MEASUREMENT, glucose(60e-5, sensor_status=status))
    assert [v.quality for v in told.entries if isinstance(v, Value)] == [quality]
    assert told.conditions == conditions


def test_a_glucose_is_dated_as_the_meter_showed_it_and_has_its_number() -> None:
    told = reading(uuids.GLUCOSE_MEASUREMENT, glucose(1e-3, time_offset_min=-30))
    assert (told.dated_ms, told.number, told.clock_is_set) == (NOON_MS - 30 * 60_000, 7, True)
    fault = glucose(1e-3, sensor_status=SensorStatus.TIME_FAULT)
    assert not reading(uuids.GLUCOSE_MEASUREMENT, fault).clock_is_set


@pytest.mark.parametrize("offset_min", [32_767, -32_768])
def test_a_glucose_whose_offset_is_beyond_what_can_be_told_is_not_dated(offset_min: int) -> None:
    told = reading(uuids.GLUCOSE_MEASUREMENT, glucose(1e-3, time_offset_min=offset_min))
    assert (told.dated_ms, told.number, told.clock_is_set) == (None, 7, False)


def test_the_context_of_a_glucose_is_no_measurement() -> None:
    assert readings(uuids.GLUCOSE_MEASUREMENT_CONTEXT, GlucoseContext(sequence_number=7, meal=1)) == ()


@pytest.mark.parametrize(
    ("status", "percent", "quality", "conditions"),
    [
        (None, None, None, set()),
        (None, 83.0, 0.83, set()),
        (None, 140.0, 1.0, set()),
        (CgmStatus.RESULT_LOWER_THAN_DEVICE_CAN_PROCESS, None, None, set()),
        (CgmStatus.CALIBRATION_REQUIRED, 90.0, 0.7, {"calibration-required"}),
        (CgmStatus.SENSOR_TEMPERATURE_TOO_HIGH, None, 0.4, {"sensor-too-hot"}),
        (
            CgmStatus.SENSOR_MALFUNCTION | CgmStatus.DEVICE_BATTERY_LOW,
            None,
            0.0,
            {"sensor-malfunction", "battery-low"},
        ),
        (CgmStatus.SESSION_STOPPED, None, None, {"session-stopped"}),
    ],
)
def test_what_a_glucose_sensor_says_of_itself(
    status: CgmStatus | None, percent: float | None, quality: float | None, conditions: set[str]
) -> None:
    record = CgmRecord(glucose_mg_dl=55.0, time_offset_min=15, sensor_status=status, quality_percent=percent)
    told = reading(uuids.CGM_MEASUREMENT, CgmMeasurement(records=(record,)))
    assert [v.quality for v in told.entries if isinstance(v, Value)] == [quality]
    assert (told.conditions, told.session_min, told.number) == (conditions, 15, 15)


@pytest.mark.parametrize(
    ("mg_dl", "status", "beyond"),
    [
        (55.0, None, None),
        (SpecialValue.NAN, None, None),
        (SpecialValue.NEGATIVE_INFINITY, None, Beyond.BELOW),
        (SpecialValue.POSITIVE_INFINITY, None, Beyond.ABOVE),
        (40.0, CgmStatus.RESULT_LOWER_THAN_DEVICE_CAN_PROCESS, Beyond.BELOW),
        (400.0, CgmStatus.RESULT_HIGHER_THAN_DEVICE_CAN_PROCESS, Beyond.ABOVE),
        (SpecialValue.NEGATIVE_INFINITY, CgmStatus.CALIBRATION_REQUIRED, Beyond.BELOW),
        (SpecialValue.NEGATIVE_INFINITY, CgmStatus.SENSOR_MALFUNCTION, None),
    ],
)
def test_a_glucose_sensor_out_of_its_range_says_on_which_side(
    mg_dl: float | SpecialValue, status: CgmStatus | None, beyond: Beyond | None
) -> None:
    record = CgmRecord(glucose_mg_dl=mg_dl, time_offset_min=15, sensor_status=status)
    assert reading(uuids.CGM_MEASUREMENT, CgmMeasurement(records=(record,))).beyond is beyond


@pytest.mark.parametrize(
    ("told", "beyond"),
    [
        (glucose(60e-5), None),
        (glucose(SpecialValue.NEGATIVE_INFINITY), Beyond.BELOW),
        (glucose(SpecialValue.POSITIVE_INFINITY), Beyond.ABOVE),
        (glucose(20e-5, sensor_status=SensorStatus.RESULT_TOO_LOW), Beyond.BELOW),
        (glucose(600e-5, sensor_status=SensorStatus.RESULT_TOO_HIGH), Beyond.ABOVE),
        (glucose(20e-5, sensor_status=SensorStatus.RESULT_TOO_LOW | SensorStatus.READ_INTERRUPTED), None),
        (glucose(SpecialValue.NEGATIVE_INFINITY, fluid_type=10), None),
        (
            Glucose(
                sequence_number=7, base_time=DateTime.of(NOON), sensor_status=SensorStatus.RESULT_TOO_LOW
            ),
            Beyond.BELOW,
        ),
    ],
)
def test_a_meter_out_of_its_range_says_on_which_side(told: Glucose, beyond: Beyond | None) -> None:
    assert reading(uuids.GLUCOSE_MEASUREMENT, told).beyond is beyond


@pytest.mark.parametrize(
    ("site", "quality"),
    [(None, None), (TemperatureType.EAR, None), (TemperatureType.FINGER, 0.4), (TemperatureType.TOE, 0.4)],
)
@pytest.mark.parametrize("unit", TemperatureUnit)
def test_a_temperature_of_the_skin_is_kept_and_not_judged(
    site: TemperatureType | None, quality: float | None, unit: TemperatureUnit
) -> None:
    told = Temperature(value=91.4, unit=unit, temperature_type=site)
    assert qualities(uuids.TEMPERATURE_MEASUREMENT, told) == {"body_temperature": quality}


def test_each_record_of_a_notification_is_a_reading() -> None:
    records = tuple(CgmRecord(glucose_mg_dl=100.0 + n, time_offset_min=n) for n in range(3))
    found = readings(uuids.CGM_MEASUREMENT, CgmMeasurement(records=records))
    assert [told.session_min for told in found] == [0, 1, 2]


DATED: dict[str, Any] = {
    uuids.PLX_SPOT_CHECK_MEASUREMENT: SpotCheck(saturation=SATURATION),
    uuids.TEMPERATURE_MEASUREMENT: Temperature(value=37.0),
    uuids.BLOOD_PRESSURE_MEASUREMENT: BloodPressure(
        systolic=120.0, diastolic=80.0, mean_arterial_pressure=93.0
    ),
    uuids.WEIGHT_MEASUREMENT: Weight(weight_kg=70.0),
    uuids.BODY_COMPOSITION_MEASUREMENT: BodyComposition(body_fat_percent=20.0),
}


@pytest.mark.parametrize("uuid", DATED)
@pytest.mark.parametrize(
    ("stamp", "dated_ms", "is_set"),
    [(None, None, True), (DateTime.of(NOON), NOON_MS, True), (NO_DATE, None, False)],
    ids=["undated", "dated", "no-date-known"],
)
def test_the_devices_own_date_goes_with_the_reading(
    uuid: str,
    stamp: DateTime | None,
    dated_ms: int | None,
    is_set: bool,  # noqa: FBT001 - pytest names it
) -> None:
    told = reading(uuid, replace(DATED[uuid], time_stamp=stamp))
    assert (told.dated_ms, told.clock_is_set) == (dated_ms, is_set)


def test_an_oximeter_may_say_that_its_clock_is_not_set() -> None:
    check = SpotCheck(saturation=SATURATION, time_stamp=DateTime.of(NOON), clock_is_set=False)
    assert not reading(uuids.PLX_SPOT_CHECK_MEASUREMENT, check).clock_is_set


@pytest.mark.parametrize(
    ("sensor", "on_body", "conditions"),
    [
        (None, None, None),
        (Sensor(0), True, set()),
        (Sensor.SENSOR_UNCONNECTED_TO_USER, False, set()),
        (Sensor.SENSOR_DISCONNECTED, False, set()),
        (Sensor.SENSOR_MALFUNCTIONING, True, {"sensor-malfunction"}),
        (Sensor.EQUIPMENT_MALFUNCTION_DETECTED, True, {"device-fault"}),
    ],
)
def test_whether_an_oximeter_is_worn_and_what_ails_it(
    sensor: Sensor | None,
    on_body: bool | None,  # noqa: FBT001 - pytest names it
    conditions: set[str] | None,
) -> None:
    told = reading(uuids.PLX_CONTINUOUS_MEASUREMENT, Continuous(normal=SATURATION, sensor_status=sensor))
    assert (told.on_body, told.conditions) == (on_body, conditions)


def test_every_kind_a_source_tells_is_a_kind_and_every_reason_is_a_gap_or_nothing_of_the_wearers() -> None:
    assert {kind for source in SOURCES.values() for kind in source.kinds} <= set(OBSERVATION_KINDS)
    gaps = {reason: Missing(kind="glucose", reason=reason).gap for reason in Withheld}
    assert set(gaps.values()) == {GapReason.NOT_MEASURED, GapReason.SENSOR_OFF, None}


def test_a_source_that_streams_lists_every_kind_it_can_tell() -> None:
    for uuid, measurement, expected in MEASURED:
        if SOURCES[uuid].streams:
            assert set(expected) <= set(SOURCES[uuid].kinds), measurement


def test_every_characteristic_that_measures_has_a_source() -> None:
    measuring = {uuid for uuid, codec in registry.CODECS.items() if "Measurement" in codec.name}
    assert measuring <= set(SOURCES)
