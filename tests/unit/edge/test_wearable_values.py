"""Whatever happens to a wearable's values: each is in a run once, or a stated gap covers it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.alarms.local_alarm import LocalAlarms
from edge.health import GatewayHealth
from edge.last_seen import NOTHING_YET, Progress
from edge.pipeline import Pipeline
from tests.fakes.judge import judge_of
from tests.fakes.strap import START_MS, stamp_at
from vitals.gatt import heart_rate, pulse_oximeter_continuous, uuids
from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact
from vitals.gatt.pulse_oximeter import DeviceAndSensorStatus, Saturation
from vitals.gatt.pulse_oximeter_continuous import Continuous
from vitals.gatt.sfloat import SpecialValue
from vitals.records import AnyRecord, Gap, GapReason, LinkState, ObservationRun
from vitals.wire.envelope import encode_record

BAND = "c0-00-00-00-00-07"
LATE_S = 0.2
FIRST = 10_000
"""No heart beats so fast: the number says which value it is."""


def pipeline_of(before: Progress = NOTHING_YET) -> Pipeline:
    health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
    return Pipeline(judge=judge_of(health), software="carewire test", before=before)


@dataclass(slots=True)
class Band:
    """Tells a heart rate and an interval a second, each as a number of its own."""

    pipeline: Pipeline = field(default_factory=pipeline_of)
    number: int = 0
    told_s: dict[int, float] = field(default_factory=dict)
    records: list[AnyRecord] = field(default_factory=list)

    @property
    def now_s(self) -> float:
        return float(self.number)

    def value(self, contact: SensorContact = SensorContact.CONTACT) -> bytes:
        self.number += 1
        self.told_s[self.number] = self.now_s
        return heart_rate.encode(
            HeartRateMeasurement(
                heart_rate_bpm=FIRST + self.number,
                sensor_contact=contact,
                rr_intervals_ms=(self.number * 1000 / 1024,),
            )
        )

    def notify(self, value: bytes, late_s: float) -> None:
        uuid = uuids.HEART_RATE_MEASUREMENT
        self.keep(self.pipeline.on_notification(BAND, uuid, value, stamp_at(self.now_s + late_s)))

    def keep(self, records: list[AnyRecord]) -> None:
        for record in records:
            encode_record(record)
        self.records += records


def send(band: Band, late_s: float) -> None:
    band.notify(band.value(), late_s)


def lose(band: Band, _: float) -> None:
    band.value()


def spoil(band: Band, late_s: float) -> None:
    band.notify(band.value()[:1], late_s)


def take_off(band: Band, late_s: float) -> None:
    for _ in range(3):
        band.notify(band.value(SensorContact.NO_CONTACT), late_s)


def drop_link(band: Band, late_s: float) -> None:
    for link in (LinkState.SILENT, LinkState.DISCONNECTED):
        band.keep(band.pipeline.on_link(BAND, link, stamp_at(band.now_s + late_s)))
    for _ in range(4):
        band.value()
    band.keep(band.pipeline.on_link(BAND, LinkState.CONNECTED, stamp_at(band.now_s + late_s)))


def restart(band: Band, late_s: float) -> None:
    band.keep(band.pipeline.close())
    crash(band, late_s)


def crash(band: Band, _: float) -> None:
    """End without a last word; what is safe was remembered after the last write."""
    band.pipeline = pipeline_of(band.pipeline.progress())
    for _ in range(4):
        band.value()


def wait(band: Band, _: float) -> None:
    band.keep(band.pipeline.tick(stamp_at(band.now_s)))


HAPPENINGS: tuple[Callable[[Band, float], None], ...] = (
    send,
    send,
    send,
    lose,
    spoil,
    take_off,
    drop_link,
    restart,
    crash,
    wait,
)


def gaps_of(band: Band, kind: str) -> list[Gap]:
    return [record for record in band.records if isinstance(record, Gap) and record.kind == kind]


def numbers_of(band: Band, kind: str, number_of: Callable[[float], int]) -> list[int]:
    runs = [record for record in band.records if isinstance(record, ObservationRun) and record.kind == kind]
    return [number_of(value) for run in runs for value in run.value]


def uncovered(band: Band, kind: str, stored: list[int]) -> list[int]:
    gaps = gaps_of(band, kind)
    return [
        number
        for number, at_s in band.told_s.items()
        if number not in stored
        and not any(
            gap.from_ms <= START_MS + 1000 * (at_s + LATE_S) and START_MS + 1000 * at_s <= gap.to_ms
            for gap in gaps
        )
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.floats(0.0, LATE_S)), max_size=40))
def test_every_value_is_in_a_run_once_or_covered_by_a_gap(
    happenings: list[tuple[Callable[[Band, float], None], float]],
) -> None:
    band = Band()
    send(band, 0.0)
    for happen, late_s in [*happenings, *[(send, 0.1)] * 25]:
        happen(band, late_s)
    band.keep(band.pipeline.close())

    for kind, number_of in (
        ("heart_rate", lambda rate: round(rate) - FIRST),
        ("rr_interval", lambda interval_ms: round(interval_ms * 1024 / 1000)),
    ):
        stored = numbers_of(band, kind, number_of)
        assert stored == sorted(set(stored)), "none twice, none out of turn"
        assert uncovered(band, kind, stored) == []


@pytest.mark.parametrize(
    ("happen", "reason", "missed"),
    [
        (lose, GapReason.FRAMES_MISSED, 1),
        (spoil, GapReason.FRAME_UNREADABLE, 1),
        (take_off, GapReason.SENSOR_OFF, 3),
        (drop_link, GapReason.LINK_SILENT, None),
        (crash, GapReason.GATEWAY_DOWN, None),
    ],
)
def test_a_gap_says_why_and_reaches_from_the_last_value_to_the_first_after(
    happen: Callable[[Band, float], None], reason: GapReason, missed: int | None
) -> None:
    band = Band()
    for act in [send] * 20 + [happen] + [send] * 20:
        act(band, 0.0)
    for kind in ("heart_rate", "rr_interval"):
        (gap,) = gaps_of(band, kind)
        assert (gap.reason, gap.missed) == (reason, missed)
        assert gap.from_ms == START_MS + 20_000
        assert gap.to_ms == START_MS + 1000 * (band.number - 19)


def test_a_long_time_off_the_skin_is_told_while_it_lasts() -> None:
    band = Band()
    send(band, 0.0)
    for _ in range(110):
        take_off(band, 0.0)
        wait(band, 0.0)
    (gap,) = gaps_of(band, "heart_rate")
    assert gap.to_ms - gap.from_ms >= 300_000
    assert gap.reason is GapReason.SENSOR_OFF


def test_values_that_come_in_a_bunch_are_kept_apart_by_a_millisecond() -> None:
    band = Band()
    for value in [band.value() for _ in range(3)]:
        uuid = uuids.HEART_RATE_MEASUREMENT
        band.keep(band.pipeline.on_notification(BAND, uuid, value, stamp_at(9.0)))
    for kind in ("heart_rate", "rr_interval"):
        runs = [r for r in band.records if isinstance(r, ObservationRun) and r.kind == kind]
        assert [t for run in runs for t in run.t_ms] == [START_MS + 9000 + n for n in range(3)]


def test_a_value_after_the_wall_clock_was_set_back_keeps_its_time() -> None:
    band = Band()
    send(band, 0.0)
    back = stamp_at(band.now_s + 1)
    back = type(back)(wall_ms=back.wall_ms - 3_600_000, monotonic_s=back.monotonic_s)
    band.keep(band.pipeline.on_notification(BAND, uuids.HEART_RATE_MEASUREMENT, band.value(), back))
    last = [r for r in band.records if isinstance(r, ObservationRun) and r.kind == "heart_rate"][-1]
    assert last.t_ms == [back.wall_ms]


def oximeter(
    saturation: float | SpecialValue, status: DeviceAndSensorStatus | None = None
) -> Callable[[Pipeline, float], list[AnyRecord]]:
    value = pulse_oximeter_continuous.encode(
        Continuous(
            normal=Saturation(spo2_percent=saturation, pulse_rate_bpm=70.0),
            sensor_status=status,
            pulse_amplitude_index_percent=3.5,
        )
    )
    uuid = uuids.PLX_CONTINUOUS_MEASUREMENT
    return lambda pipeline, at_s: pipeline.on_notification(BAND, uuid, value, stamp_at(at_s))


def test_a_saturation_that_is_no_number_is_missing_and_the_pulse_beside_it_is_not() -> None:
    band = Band()
    told = (97.0, SpecialValue.NAN, SpecialValue.NRES, 96.0)
    for second, saturation in enumerate(told):
        band.keep(oximeter(saturation)(band.pipeline, second))
    (gap,) = gaps_of(band, "oxygen_saturation")
    assert (gap.reason, gap.missed) == (GapReason.NOT_MEASURED, 2)
    assert (gap.from_ms, gap.to_ms) == (START_MS, START_MS + 3000)
    assert gaps_of(band, "pulse_rate") == []
    assert numbers_of(band, "pulse_rate", round) == [70] * 4


def test_a_finger_taken_out_is_told_by_each_kind_and_by_the_device() -> None:
    band = Band()
    off = DeviceAndSensorStatus.SENSOR_UNCONNECTED_TO_USER
    fine = DeviceAndSensorStatus(0)
    for second, status in enumerate((fine, off, off, fine)):
        band.keep(oximeter(97.0, status)(band.pipeline, second))
    for kind in ("oxygen_saturation", "pulse_rate", "perfusion_index"):
        (gap,) = gaps_of(band, kind)
        assert (gap.reason, gap.missed) == (GapReason.SENSOR_OFF, 2)
