"""Wearables that come with what they measured: dated by themselves, stored by number, sometimes mistaken."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from edge.alarms.local_alarm import LocalAlarms
from edge.clock import Stamp
from edge.health import GatewayHealth
from edge.last_seen import NOTHING_YET, Progress, key_of
from edge.pipeline import Pipeline
from edge.streams.record_book import GRACE_S
from tests.fakes.judge import judge_of
from tests.fakes.strap import START_MS, stamp_at
from vitals.gatt import battery, registry, uuids
from vitals.gatt.blood_pressure_measurement import BloodPressure
from vitals.gatt.cgm_measurement import CgmMeasurement, CgmRecord
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.cgm_status import CgmStatus
from vitals.gatt.cgm_status_annunciation import SensorStatus
from vitals.gatt.current_time import CurrentTime
from vitals.gatt.date_time import DateTime
from vitals.gatt.glucose_measurement import Concentration, ConcentrationUnit, Glucose
from vitals.gatt.glucose_measurement_context import GlucoseContext
from vitals.gatt.sfloat import SpecialValue
from vitals.gatt.temperature_measurement import Temperature
from vitals.gatt.weight_measurement import Weight
from vitals.records import (
    AnyRecord,
    DeviceReport,
    Gap,
    GapReason,
    HealthEvent,
    LinkState,
    ObservationRun,
    Phase,
)
from vitals.wire.envelope import encode_record

CUFF = "c0-00-00-00-00-04"
TEN_YEARS_S = 3652 * 86_400
T = TypeVar("T")


class Bench:
    def __init__(self, before: Progress = NOTHING_YET) -> None:
        self.health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
        judge = judge_of(self.health)
        self.pipeline = Pipeline(judge=judge, software="carewire test", before=before)
        self.records: list[AnyRecord] = []

    def keep(self, records: list[AnyRecord]) -> None:
        for record in records:
            encode_record(record)
        self.records += records

    def tell(self, uuid: str, told: object, at_s: float = 0.0) -> None:
        value = registry.CODECS[uuid].encode(told)
        self.keep(self.pipeline.on_notification(CUFF, uuid, value, stamp_at(at_s)))

    def link(self, state: LinkState, at_s: float = 0.0) -> None:
        self.keep(self.pipeline.on_link(CUFF, state, stamp_at(at_s)))

    def wait_until(self, at_s: float) -> None:
        self.keep(self.pipeline.tick(stamp_at(at_s)))

    def of(self, form: type[T]) -> list[T]:
        return [record for record in self.records if isinstance(record, form)]

    def runs(self, kind: str) -> list[ObservationRun]:
        return [run for run in self.of(ObservationRun) if run.kind == kind]

    def points(self, kind: str) -> list[tuple[float, float]]:
        """Return each value and the second it was true at."""
        return [
            (value, (t_ms - START_MS) / 1000)
            for run in self.runs(kind)
            for value, t_ms in zip(run.value, run.t_ms, strict=True)
        ]

    def events(self) -> list[tuple[str, Phase, float]]:
        """Return what was concluded of the wearer, and the second it began or ended at."""
        return [(one.condition, one.phase, (one.t_ms - START_MS) / 1000) for one in self.of(HealthEvent)]

    def conditions(self) -> list[list[str]]:
        return [report.conditions for report in self.of(DeviceReport)]


def moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(START_MS / 1000 + at_s, tz=UTC)


def shows(at_s: float) -> CurrentTime:
    return CurrentTime.of(moment(at_s))


def weighing(kg: float, at_s: float | None) -> Weight:
    return Weight(weight_kg=kg, time_stamp=None if at_s is None else DateTime.of(moment(at_s)))


# --- Dated by the device ------------------------------------------------------------------------


def test_a_stored_weighing_has_its_own_time_and_what_the_scale_said_of_it() -> None:
    bench = Bench()
    bench.tell(uuids.CURRENT_TIME, shows(0.0))
    bench.tell(uuids.WEIGHT_MEASUREMENT, weighing(71.5, -7200), 2.0)
    assert bench.points("body_weight") == [(71.5, -7200.0)]
    assert bench.runs("body_weight")[0].device_ms == [START_MS - 7_200_000]
    assert bench.conditions() == []


def test_an_undated_weighing_is_of_now_and_has_no_time_of_the_scales() -> None:
    bench = Bench()
    bench.tell(uuids.WEIGHT_MEASUREMENT, weighing(71.5, None), 2.0)
    assert bench.points("body_weight") == [(71.5, 2.0)]
    assert bench.runs("body_weight")[0].device_ms is None


def test_a_wrong_clock_is_told_once_and_its_readings_are_put_right_with_the_raw_date_kept() -> None:
    bench = Bench()
    bench.tell(uuids.CURRENT_TIME, shows(TEN_YEARS_S))
    for at_s in (-7200, -3600):
        bench.tell(uuids.WEIGHT_MEASUREMENT, weighing(71.5, TEN_YEARS_S + at_s), 2.0)
    assert [at_s for _, at_s in bench.points("body_weight")] == pytest.approx([-7200, -3600], abs=1.0)
    assert bench.runs("body_weight")[0].device_ms == [START_MS + 1000 * (TEN_YEARS_S - 7200)]
    assert bench.conditions() == [["clock-wrong"]]
    assert bench.health.counters["clock.wrong"] == 2


def test_a_clock_that_was_set_is_no_longer_told_to_be_wrong() -> None:
    bench = Bench()
    bench.tell(uuids.CURRENT_TIME, shows(-TEN_YEARS_S))
    bench.tell(uuids.CURRENT_TIME, shows(1.0), 1.0)
    assert bench.conditions() == [["clock-wrong"], []]


def test_a_date_nobody_can_believe_is_of_now_and_the_doubt_is_told() -> None:
    bench = Bench()
    bench.tell(uuids.WEIGHT_MEASUREMENT, weighing(71.5, TEN_YEARS_S), 2.0)
    assert bench.points("body_weight") == [(71.5, 2.0)]
    assert bench.runs("body_weight")[0].device_ms == [START_MS + 1000 * TEN_YEARS_S]
    assert bench.conditions() == [["clock-ahead"]]


def test_a_reading_told_twice_is_of_one_time_so_that_a_store_keeps_it_once() -> None:
    bench = Bench()
    for at_s in (0.3, 60.7):
        bench.tell(uuids.CURRENT_TIME, shows(at_s - 0.2), at_s)
        bench.tell(uuids.WEIGHT_MEASUREMENT, weighing(71.5, -7200), at_s + 1)
    assert bench.points("body_weight") == [(71.5, -7200.0)] * 2


# --- What failed, and what is on its way --------------------------------------------------------


def test_a_measurement_that_failed_is_a_gap_of_one_for_each_kind() -> None:
    bench = Bench()
    nan = SpecialValue.NAN
    told = BloodPressure(systolic=nan, diastolic=nan, mean_arterial_pressure=nan)
    bench.tell(uuids.BLOOD_PRESSURE_MEASUREMENT, told, 3.0)
    assert [(g.kind, g.from_ms - START_MS, g.to_ms - START_MS, g.missed) for g in bench.of(Gap)] == [
        ("systolic_pressure", 3000, 3000, 1),
        ("diastolic_pressure", 3000, 3000, 1),
    ]
    assert {gap.reason for gap in bench.of(Gap)} == {GapReason.NOT_MEASURED}
    assert bench.health.counters["reading.withheld.no-number"] == 2


def test_what_is_on_its_way_to_a_measurement_is_counted_and_no_record() -> None:
    bench = Bench()
    bench.tell(uuids.INTERMEDIATE_TEMPERATURE, Temperature(value=36.0))
    assert bench.records == []
    assert bench.health.counters["reading.withheld.intermediate"] == 1


def test_a_visitors_measurement_that_cannot_be_read_is_a_gap_of_one() -> None:
    bench = Bench()
    bench.keep(bench.pipeline.on_notification(CUFF, uuids.WEIGHT_MEASUREMENT, b"\x00", stamp_at(4.0)))
    (gap,) = bench.of(Gap)
    assert (gap.kind, gap.reason, gap.missed) == ("body_weight", GapReason.FRAME_UNREADABLE, 1)


def test_a_visitors_absence_is_no_gap() -> None:
    bench = Bench()
    for at_s in (0.0, 86_400.0):
        bench.link(LinkState.CONNECTED, at_s)
        bench.tell(uuids.WEIGHT_MEASUREMENT, weighing(71.5, at_s), at_s)
        bench.link(LinkState.DISCONNECTED, at_s + 5)
    bench.wait_until(90_000.0)
    assert bench.of(Gap) == []


def test_an_implausible_value_is_kept_and_marked() -> None:
    bench = Bench()
    bench.tell(uuids.TEMPERATURE_MEASUREMENT, Temperature(value=51.0))
    assert bench.runs("body_temperature")[0].quality == [0.0]


# --- Stored by number ---------------------------------------------------------------------------


def drop(number: int, at_s: float, mg_dl: float = 100.0) -> Glucose:
    return Glucose(
        sequence_number=number,
        base_time=DateTime.of(moment(at_s)),
        concentration=Concentration(
            value=mg_dl * 1e-5, unit=ConcentrationUnit.KG_PER_L, fluid_type=1, sample_location=1
        ),
    )


def test_stored_records_fetched_again_after_a_restart_are_stored_once() -> None:
    first = Bench()
    for number in (1, 2, 3):
        first.tell(uuids.GLUCOSE_MEASUREMENT, drop(number, 3600 * (number - 9)))
    second = Bench(first.pipeline.progress())
    for number in (1, 2, 3, 4):
        second.tell(uuids.GLUCOSE_MEASUREMENT, drop(number, 3600 * (number - 9)))
    assert [at_s for _, at_s in second.points("blood_glucose")] == [-5 * 3600]
    assert second.health.counters["records.repeated"] == 3
    assert second.pipeline.progress().records[key_of(CUFF, uuids.GLUCOSE_MEASUREMENT)].next_from == 4


def test_a_number_that_never_came_is_a_gap_once_it_has_had_its_time() -> None:
    bench = Bench()
    for number in (1, 2, 5):
        bench.tell(uuids.GLUCOSE_MEASUREMENT, drop(number, 3600 * (number - 9)))
    assert bench.of(Gap) == []
    bench.wait_until(GRACE_S + 1)
    (gap,) = bench.of(Gap)
    assert (gap.kind, gap.reason, gap.missed) == ("blood_glucose", GapReason.FRAMES_MISSED, 2)
    assert (gap.from_ms - START_MS, gap.to_ms - START_MS) == (-7 * 3_600_000, -4 * 3_600_000)


def test_two_drops_of_one_minute_are_two_points() -> None:
    bench = Bench()
    for number, mg_dl in ((1, 48.0), (2, 52.0)):
        bench.tell(uuids.GLUCOSE_MEASUREMENT, drop(number, -3600, mg_dl))
    assert bench.points("blood_glucose") == [(48.0, -3600.0), (52.0, -3599.999)]


def test_stored_records_that_come_at_once_from_a_meter_without_a_clock_are_all_kept() -> None:
    bench = Bench()
    for number in (1, 2, 3):
        bench.tell(uuids.GLUCOSE_MEASUREMENT, drop(number, 3600 * number - TEN_YEARS_S), 5.0)
    assert [at_s for _, at_s in bench.points("blood_glucose")] == [5.0, 5.001, 5.002]


def test_what_a_meter_noted_beside_a_measurement_is_counted() -> None:
    bench = Bench()
    bench.tell(uuids.GLUCOSE_MEASUREMENT_CONTEXT, GlucoseContext(sequence_number=1, meal=1))
    assert bench.records == []
    assert bench.health.counters["reading.none"] == 1


# --- A glucose sensor ---------------------------------------------------------------------------

BEGAN_S = -36_000.0


def begin_session(bench: Bench, *, now_min: int = 600, began_s: float = BEGAN_S) -> None:
    bench.link(LinkState.CONNECTED)
    start = SessionStartTime(local_time=DateTime.of(moment(began_s)), time_zone_min=0, daylight_saving_min=0)
    bench.tell(uuids.CGM_SESSION_START_TIME, start)
    bench.tell(uuids.CGM_STATUS, CgmStatus(time_offset_min=now_min, sensor_status=SensorStatus(0)))


def minutes(
    *offsets: int, mg_dl: float | SpecialValue = 104.0, status: SensorStatus | None = None
) -> CgmMeasurement:
    return CgmMeasurement(
        records=tuple(
            CgmRecord(glucose_mg_dl=mg_dl, time_offset_min=offset, sensor_status=status) for offset in offsets
        )
    )


def test_values_of_a_sensor_are_placed_by_the_minute_of_its_session() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(590, 595, 600), 1.0)
    assert [at_s for _, at_s in bench.points("glucose")] == [-600.0, -300.0, 0.0]
    assert bench.runs("glucose")[0].device_ms == [START_MS - 600_000]


def test_a_live_value_before_those_of_the_night_makes_no_gap_if_they_are_fetched() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(300, 305, 310))
    bench.link(LinkState.DISCONNECTED)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(600), 1.0)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(*range(310, 600, 5)), 2.0)
    bench.wait_until(GRACE_S + 5)
    assert bench.of(Gap) == []
    assert len(bench.points("glucose")) == 3 + 1 + 57


def test_the_minutes_a_sensor_without_a_store_spent_out_of_reach_are_a_gap() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(300, 305, 310))
    bench.link(LinkState.DISCONNECTED)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(600), 1.0)
    bench.wait_until(GRACE_S + 5)
    (gap,) = bench.of(Gap)
    assert (gap.kind, gap.reason, gap.missed) == ("glucose", GapReason.LINK_LOST, 57)
    assert (gap.from_ms - START_MS, gap.to_ms - START_MS) == (-290 * 60_000, 0)


def test_a_minute_without_a_number_is_a_gap_at_its_own_time() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(595, mg_dl=SpecialValue.NRES), 1.0)
    (gap,) = bench.of(Gap)
    assert (gap.from_ms - START_MS, gap.reason) == (-300_000, GapReason.NOT_MEASURED)


LOW, HIGH = SpecialValue.NEGATIVE_INFINITY, SpecialValue.POSITIVE_INFINITY


def test_glucose_too_low_to_measure_is_an_event_until_there_is_a_number_again() -> None:
    bench = Bench()
    begin_session(bench)
    for minute, mg_dl in ((600, 60.0), (605, LOW), (610, LOW), (615, SpecialValue.NAN), (620, 58.0)):
        bench.tell(uuids.CGM_MEASUREMENT, minutes(minute, mg_dl=mg_dl), 60.0 * (minute - 600))
    assert bench.events() == [
        ("glucose-below-range", Phase.ONSET, 300.0),
        ("glucose-below-range", Phase.END, 1200.0),
    ]
    assert len({event.event_id for event in bench.of(HealthEvent)}) == 1


def test_what_was_measured_before_the_glucose_left_the_range_does_not_end_it() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(600, mg_dl=LOW), 1.0)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(585, 590), 2.0)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(595, mg_dl=LOW), 2.0)
    assert bench.events() == [("glucose-below-range", Phase.ONSET, 0.0)]


def test_a_night_beyond_the_range_is_told_when_it_is_fetched_in_the_morning() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(600), 1.0)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(300, 305, mg_dl=LOW), 2.0)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(310), 2.0)
    assert [phase for _, phase, _ in bench.events()] == [Phase.ONSET, Phase.END]


def test_a_meter_that_goes_from_one_end_of_its_range_to_the_other_ends_the_first_event() -> None:
    bench = Bench()
    for number, mg_dl in ((1, LOW), (2, HIGH)):
        told = drop(number, 3600 * (number - 9))
        assert told.concentration
        bench.tell(
            uuids.GLUCOSE_MEASUREMENT, replace(told, concentration=replace(told.concentration, value=mg_dl))
        )
    assert [(condition, phase) for condition, phase, _ in bench.events()] == [
        ("glucose-below-range", Phase.ONSET),
        ("glucose-below-range", Phase.END),
        ("glucose-above-range", Phase.ONSET),
    ]


def test_what_ails_a_sensor_is_told_by_its_newest_value_only_and_until_it_is_gone() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(600), 1.0)
    broken = SensorStatus.SENSOR_MALFUNCTION
    bench.tell(uuids.CGM_MEASUREMENT, minutes(300, status=broken), 2.0)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(605, status=broken), 300.0)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(610), 600.0)
    assert bench.conditions() == [[], ["sensor-malfunction"], []]


def test_a_session_whose_beginning_is_not_believed_is_told_and_placed_by_its_minutes() -> None:
    bench = Bench()
    begin_session(bench, began_s=BEGAN_S - TEN_YEARS_S)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(595, 600), 1.0)
    assert [at_s for _, at_s in bench.points("glucose")] == [-300.0, 0.0]
    assert bench.conditions()[-1] == ["clock-before-2020"]


def test_a_second_session_of_a_sensor_loses_nothing_to_the_first() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(1, 2, 3))
    begin_session(bench, now_min=3, began_s=-180.0)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(1, 2, 3))
    assert [at_s for _, at_s in bench.points("glucose")][3:] == [-120.0, -60.0, 0.0]


def test_a_second_session_that_does_not_know_its_beginning_loses_nothing_to_the_first() -> None:
    bench = Bench()
    begin_session(bench)
    bench.tell(uuids.CGM_MEASUREMENT, minutes(1, 2, 3))
    unknown = DateTime(year=0, month=0, day=0, hours=0, minutes=0, seconds=0)
    start = SessionStartTime(local_time=unknown, time_zone_min=None, daylight_saving_min=None)
    bench.tell(uuids.CGM_SESSION_START_TIME, start)
    for minute in (1, 2, 3):
        bench.tell(uuids.CGM_MEASUREMENT, minutes(minute), 60.0 * minute)
    assert [at_s for _, at_s in bench.points("glucose")][3:] == [60.0, 120.0, 180.0]


# --- The device itself --------------------------------------------------------------------------


def test_a_low_battery_is_a_condition_until_it_is_charged() -> None:
    bench = Bench()
    for at_s, percent in enumerate((16, 15, 19, 20)):
        bench.tell(uuids.BATTERY_LEVEL, battery.BatteryLevel(percent=percent), at_s)
        bench.wait_until(at_s + 0.5)
    assert bench.conditions() == [[], ["battery-low"], ["battery-low"], []]


def test_a_stop_states_what_is_known_to_be_missing() -> None:
    bench = Bench()
    bench.tell(uuids.GLUCOSE_MEASUREMENT, drop(1, -9))
    bench.tell(uuids.GLUCOSE_MEASUREMENT, drop(4, -5))
    bench.keep(bench.pipeline.close())
    assert [gap.missed for gap in bench.of(Gap)] == [2]


def test_what_was_kept_by_an_earlier_life_and_is_not_heard_of_again_is_not_forgotten() -> None:
    first = Bench()
    first.tell(uuids.GLUCOSE_MEASUREMENT, drop(1, -9))
    kept = first.pipeline.progress()
    assert Bench(kept).pipeline.progress() == kept


def test_the_wall_clock_may_be_put_right_between_two_readings() -> None:
    bench = Bench()
    early = Stamp(wall_ms=1_000, monotonic_s=40.0)
    value = registry.CODECS[uuids.WEIGHT_MEASUREMENT].encode(weighing(71.5, None))
    bench.keep(bench.pipeline.on_notification(CUFF, uuids.WEIGHT_MEASUREMENT, value, early))
    bench.tell(uuids.WEIGHT_MEASUREMENT, weighing(71.5, None), 5.0)
    assert [run.t_ms for run in bench.runs("body_weight")] == [[1_000], [START_MS + 5_000]]
