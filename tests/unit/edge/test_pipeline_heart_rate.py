"""Notified heart rates in, runs out, each held against what the ECG says."""

import pytest

from edge.clock import Stamp
from tests.fakes.pipeline_bench import STRAP, Bench
from tests.fakes.strap import START_MS, FakeStrap, stamp_at, steady_mv
from vitals.gatt import heart_rate, uuids
from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact
from vitals.records import DeviceReport, Gap, GapReason


def test_a_heart_rate_and_its_intervals_become_runs() -> None:
    bench = Bench()
    bench.pulse(HeartRateMeasurement(heart_rate_bpm=61, rr_intervals_ms=(1000.0, 500.0)), at_s=3.0)
    (rate,), (intervals,) = bench.kind("heart_rate"), bench.kind("rr_interval")
    assert (rate.t_ms, rate.value, rate.quality) == ([START_MS + 3000], [61.0], None)
    assert (intervals.t_ms, intervals.value) == ([START_MS + 2500, START_MS + 3000], [1000.0, 500.0])


@pytest.mark.parametrize("rate", [0, 19, 301])
def test_an_implausible_rate_is_kept_and_marked(rate: int) -> None:
    bench = Bench()
    bench.pulse(HeartRateMeasurement(heart_rate_bpm=rate, rr_intervals_ms=(50.0,)))
    assert bench.kind("heart_rate")[0].quality == [0.0]
    assert bench.kind("rr_interval")[0].quality == [0.0]


@pytest.mark.parametrize(("told", "quality"), [(75, 1.0), (82, 1.0), (83, 0.5), (120, 0.5)])
def test_a_rate_is_held_against_the_beats_of_the_ecg(told: int, quality: float) -> None:
    bench = Bench()
    bench.play(FakeStrap(ecg_mv=steady_mv(20.0)))  # 75 a minute
    bench.pulse(HeartRateMeasurement(heart_rate_bpm=told), at_s=20.0)
    assert bench.kind("heart_rate")[0].quality == [quality]
    assert bench.health.counters["heart_rate.unlike_ecg"] == (quality < 1)


def test_a_sensor_that_comes_off_gives_no_rate_and_is_reported_with_its_time_off() -> None:
    bench = Bench()
    contact = dict.fromkeys((0.0, 4.0, 9.0), SensorContact.CONTACT) | {5.0: SensorContact.NO_CONTACT}
    for at_s, touches in sorted(contact.items()):
        bench.pulse(HeartRateMeasurement(heart_rate_bpm=60, sensor_contact=touches), at_s)
    assert [report.on_body for report in bench.of(DeviceReport)] == [True, False, True]
    (gap,) = bench.of(Gap)
    assert (gap.reason, gap.kind) == (GapReason.SENSOR_OFF, "heart_rate")
    assert (gap.from_ms - START_MS, gap.to_ms - START_MS, gap.missed) == (4000, 9000, 1)
    assert len(bench.kind("heart_rate")) == 3


def test_the_time_a_sensor_was_off_is_as_long_as_it_was_although_the_wall_clock_jumped() -> None:
    bench, day_ms = Bench(), 86_400_000
    off = HeartRateMeasurement(heart_rate_bpm=0, sensor_contact=SensorContact.NO_CONTACT)
    on = HeartRateMeasurement(heart_rate_bpm=60, sensor_contact=SensorContact.CONTACT)
    bench.pulse(off, 1.0)
    jumped = Stamp(wall_ms=stamp_at(5.0).wall_ms + day_ms, monotonic_s=stamp_at(5.0).monotonic_s)
    value = heart_rate.encode(on)
    bench.keep(bench.pipeline.on_notification(STRAP, uuids.HEART_RATE_MEASUREMENT, value, jumped))
    (gap,) = bench.of(Gap)
    assert (gap.from_ms - day_ms - START_MS, gap.to_ms - day_ms - START_MS) == (1000, 5000)


def test_an_unreadable_heart_rate_is_a_gap_of_one() -> None:
    bench = Bench()
    bench.pulse(HeartRateMeasurement(heart_rate_bpm=60), 1.0)
    bench.notify(uuids.HEART_RATE_MEASUREMENT, b"\x01\x40", 2.0)
    bench.pulse(HeartRateMeasurement(heart_rate_bpm=60), 3.0)
    (gap,) = bench.of(Gap)
    assert (gap.kind, gap.reason, gap.missed) == ("heart_rate", GapReason.FRAME_UNREADABLE, 1)
    assert (gap.from_ms - START_MS, gap.to_ms - START_MS) == (1000, 3000)
