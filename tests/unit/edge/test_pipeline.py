"""Recorded notifications in, records out: the whole core without a radio, a model file or a loop."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.clock import Stamp
from edge.health import GatewayHealth
from edge.last_seen import NOTHING_YET, Progress
from edge.pipeline import Pipeline
from edge.ports import Backlog, GatewayCondition
from tests.fakes.judge import judge_of
from tests.fakes.rhythm_model import FakeRhythmModel
from tests.fakes.strap import START_MS, FakeStrap, beats_mv, stamp_at, steady_mv
from vitals.features.rhythm import RHYTHM_FEATURES
from vitals.gatt import battery, device_information, heart_rate, signal_stream, uuids
from vitals.gatt.heart_rate import HeartRateMeasurement, SensorContact
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal
from vitals.records import (
    AnyRecord,
    DeviceReport,
    Gap,
    GapReason,
    GatewayReport,
    HealthEvent,
    HostState,
    LinkState,
    ObservationRun,
    Phase,
    Waveform,
)
from vitals.wire.envelope import encode_record

STRAP = "c0-00-00-00-00-01"
T = TypeVar("T")


class Bench:
    """A pipeline and everything it returned; each record is checked as the outbox would."""

    def __init__(
        self,
        model: FakeRhythmModel | None = None,
        *,
        backlog: Callable[[], Backlog] = Backlog,
        before: Progress = NOTHING_YET,
    ) -> None:
        self.alarms: list[str] = []
        self.health = GatewayHealth(
            alarms=LocalAlarms(
                hook=lambda change: self.alarms.append(f"{change.alarm.key} {change.is_raised}")
            )
        )
        self.judge = judge_of(self.health, model)
        self.pipeline = Pipeline(
            judge=self.judge,
            software="carewire test",
            backlog=backlog,
            before=before,
        )
        self.records: list[AnyRecord] = []

    def keep(self, records: Iterable[AnyRecord]) -> None:
        for record in records:
            encode_record(record)
            self.records.append(record)

    def play(self, strap: FakeStrap, *, fault: Callable[[int, bytes], bytes | None] = lambda _, v: v) -> None:
        for number, (value, received) in enumerate(strap.frames()):
            faulty = fault(number, value)
            if faulty is not None:
                self.keep(self.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, faulty, received))
        self.keep(self.pipeline.close())

    def notify(self, uuid: str, value: bytes, at_s: float = 0.0) -> None:
        self.keep(self.pipeline.on_notification(STRAP, uuid, value, stamp_at(at_s)))

    def pulse(self, measurement: HeartRateMeasurement, at_s: float = 0.0) -> None:
        self.notify(uuids.HEART_RATE_MEASUREMENT, heart_rate.encode(measurement), at_s)

    def of(self, kind: type[T]) -> list[T]:
        return [record for record in self.records if isinstance(record, kind)]

    def kind(self, key: str) -> list[ObservationRun]:
        return [run for run in self.of(ObservationRun) if run.kind == key]


def fibrillating_mv(length_s: float) -> NDArray[np.float64]:
    intervals_s = np.random.default_rng(7).uniform(0.45, 1.1, 400)
    times_s = 0.4 + np.cumsum(intervals_s)
    return beats_mv(times_s[times_s < length_s - 0.5], length_s, 130)


def irregular(inputs: Mapping[str, NDArray[np.float32]]) -> float:
    """Stand in for the model: sure of fibrillation from a tenth of spread between RR intervals on."""
    spread = inputs["rhythm"][0, RHYTHM_FEATURES.index("rr.coefficient_of_variation")]
    return 0.95 if spread > 0.1 else 0.05


def _later(received: Stamp, seconds: float) -> Stamp:
    return Stamp(wall_ms=received.wall_ms + round(1000 * seconds), monotonic_s=received.monotonic_s + seconds)


def sample_count(bench: Bench) -> int:
    return sum(len(strip.samples) // 2 for strip in bench.of(Waveform))


# --- ECG ---------------------------------------------------------------------------------------


def test_every_sample_comes_out_once_in_strips_of_a_second() -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(12.0))
    bench.play(strap)
    strips = bench.of(Waveform)
    counts = np.concatenate([np.frombuffer(strip.samples, dtype="<i2") for strip in strips])
    assert counts.tolist() == strap.counts.tolist()
    assert [strip.t0_ms for strip in strips] == [START_MS + 30 + 1000 * n for n in range(12)]
    assert bench.of(Gap) == []


def test_the_first_seconds_come_before_the_last_are_taken() -> None:
    bench = Bench()
    seen = []
    for value, received in FakeStrap(ecg_mv=steady_mv(4.0)).frames():
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, received))
        seen.append(len(bench.of(Waveform)))
    assert seen == [0, 1, 1, 2, 2, 3, 3, 4]


def test_a_lost_frame_is_a_gap_with_its_count() -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(12.0))
    bench.play(strap, fault=lambda number, value: None if number in {8, 9} else value)
    (gap,) = bench.of(Gap)
    assert (gap.reason, gap.missed, gap.kind) == (GapReason.FRAMES_MISSED, 130, "ecg")
    assert (gap.from_ms - START_MS, gap.to_ms - START_MS) == (4030, 5030)
    assert sample_count(bench) + 130 == len(strap.counts)


def test_a_frame_told_twice_is_taken_once() -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(6.0))
    for value, received in strap.frames():
        for _ in range(2):
            bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, received))
    bench.keep(bench.pipeline.close())
    assert sample_count(bench) == len(strap.counts)
    assert bench.of(Gap) == []
    assert bench.health.counters["ecg.frame_repeated"] == 12


@pytest.mark.parametrize(
    "spoil",
    [lambda v: v[: len(v) // 2], lambda v: v + b"\xa5\x5a\xa5", lambda _: b""],
    ids=["truncated", "over-long", "empty"],
)
def test_an_unreadable_frame_is_counted_stated_as_a_gap_and_the_device_keeps_going(
    spoil: Callable[[bytes], bytes],
) -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(12.0))
    bench.play(strap, fault=lambda number, value: spoil(value) if number == 5 else value)
    (gap,) = bench.of(Gap)
    assert (gap.reason, gap.missed) == (GapReason.FRAME_UNREADABLE, 65)
    assert bench.health.counters["notification.unreadable"] == 1
    assert sample_count(bench) + 65 == len(strap.counts)


def test_rubbish_between_whole_frames_costs_no_sample_and_states_no_gap() -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(6.0))
    for value, received in strap.frames():
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, b"\x07", received))
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, received))
    assert bench.of(Gap) == []


@pytest.mark.parametrize(
    ("link", "reason"),
    [(LinkState.DISCONNECTED, GapReason.LINK_LOST), (LinkState.SILENT, GapReason.LINK_SILENT)],
)
def test_what_a_lost_or_silent_link_cost_is_stated_once_the_wearable_is_back(
    link: LinkState, reason: GapReason
) -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(20.0))
    for number, (value, received) in enumerate(strap.frames()):
        if number == 10:
            bench.keep(bench.pipeline.on_link(STRAP, link, received, reason="link-lost"))
            assert sample_count(bench) == 650  # what had gathered was sent on at once
            bench.keep(bench.pipeline.on_link(STRAP, LinkState.DISCONNECTED, received))
        if 10 <= number < 16:
            continue
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, received))
    (gap,) = bench.of(Gap)
    assert (gap.reason, gap.missed) == (reason, 390)
    assert (gap.from_ms - START_MS, gap.to_ms - START_MS) == (5030, 8030)


def test_a_wearable_that_starts_anew_begins_a_new_stretch_after_an_uncounted_gap() -> None:
    bench = Bench()
    bench.play(FakeStrap(ecg_mv=steady_mv(6.0), device_start_us=900_000_000))
    for value, received in FakeStrap(ecg_mv=steady_mv(3.0), device_start_us=0).frames():
        later = Stamp(wall_ms=received.wall_ms + 20_000, monotonic_s=received.monotonic_s + 20.0)
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, later))
    (gap,) = bench.of(Gap)
    assert gap.missed is None
    assert (gap.from_ms - START_MS, gap.to_ms - START_MS) == (6030, 20_030)


def test_a_wearable_that_counts_anew_on_each_link_loses_no_sample() -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(3.0))
    bench.play(strap)
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.DISCONNECTED, stamp_at(3.0)))
    for value, received in strap.frames():  # the same numbers and device times, ten seconds later
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, _later(received, 10.0)))
    bench.keep(bench.pipeline.close())
    assert sample_count(bench) == 2 * len(strap.counts)
    (gap,) = bench.of(Gap)
    assert (gap.reason, gap.missed) == (GapReason.LINK_LOST, None)
    assert (gap.from_ms - START_MS, gap.to_ms - START_MS) == (3030, 10_030)
    assert [strip.t0_ms - START_MS for strip in bench.of(Waveform)[3:]] == [10_030, 11_030, 12_030]


def test_a_wearable_whose_clock_is_set_ahead_misses_no_samples_of_ten_years() -> None:
    bench = Bench()
    bench.play(FakeStrap(ecg_mv=steady_mv(3.0)))
    ahead = FakeStrap(ecg_mv=steady_mv(3.0), device_start_us=315_576_000_000_000, first_sequence=6)
    for value, received in ahead.frames():
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, _later(received, 3.0)))
    (gap,) = bench.of(Gap)
    assert (gap.missed, gap.from_ms, gap.to_ms) == (None, START_MS + 3030, START_MS + 3030)


@pytest.mark.parametrize("jump_ms", [1_600_000_000_000, -3_600_000], ids=["ntp-after-1970", "back-an-hour"])
def test_a_gap_is_as_long_as_it_was_although_the_wall_clock_jumped_meanwhile(jump_ms: int) -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(6.0))
    for number, (value, received) in enumerate(strap.frames()):
        told = Stamp(
            wall_ms=received.wall_ms + (jump_ms if number > 5 else 0), monotonic_s=received.monotonic_s
        )
        if number not in {5, 6}:
            bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, told))
    (gap,) = bench.of(Gap)
    assert (gap.from_ms - jump_ms - START_MS, gap.to_ms - jump_ms - START_MS) == (2530, 3530)


def test_a_mistake_in_judging_costs_no_sample_and_is_counted() -> None:
    def mistaken(_: Mapping[str, NDArray[np.float32]]) -> float:
        raise KeyError("a mistake in a library")

    bench, strap = Bench(FakeRhythmModel(mistaken)), FakeStrap(ecg_mv=steady_mv(70.0))
    bench.play(strap)
    assert sample_count(bench) == len(strap.counts)
    assert bench.health.counters["ecg.watch_failed"] == 8
    assert len(bench.kind("ecg_quality")) == 13  # who looks beside it goes on


def test_a_restarted_gateway_owes_a_gap_since_its_last_safe_sample() -> None:
    first = Bench()
    first.play(FakeStrap(ecg_mv=steady_mv(6.0)))
    safe_ms = first.pipeline.progress().safe_until_ms[f"{STRAP}/ecg"]
    second = Bench(before=Progress(safe_until_ms={f"{STRAP}/ecg": safe_ms - 25_000}))
    second.play(FakeStrap(ecg_mv=steady_mv(6.0), first_sequence=700, device_start_us=33_000_000))
    (gap,) = second.of(Gap)
    assert (gap.reason, gap.from_ms - START_MS, gap.to_ms - START_MS) == (GapReason.GATEWAY_DOWN, -18_970, 30)


def test_three_signals_of_one_wearable_are_streams_of_their_own() -> None:
    bench, strap = Bench(), FakeStrap(ecg_mv=steady_mv(4.0))
    for number, (value, received) in enumerate(strap.frames()):
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, received))
        for signal, channels in ((Signal.PPG, 1), (Signal.ACCELERATION, 3)):
            other = SignalFrame(
                signal=signal,
                sequence=number + 7,
                timestamp_us=number * 500_000,
                rate_hz=50,
                resolution=250,
                channels=tuple((1000 * (lead + 1),) * 25 for lead in range(channels)),
            )
            bench.notify(uuids.SIGNAL_DATA, signal_stream.encode(other), received.monotonic_s - 50.0)
    assert bench.of(Gap) == []
    assert {(strip.kind, strip.lead): strip.scale for strip in bench.of(Waveform)} == {
        ("ecg", ""): 0.001,
        ("ppg", ""): 250.0,
        ("acceleration", "x"): 0.00025,
        ("acceleration", "y"): 0.00025,
        ("acceleration", "z"): 0.00025,
    }
    assert set(bench.pipeline.progress().safe_until_ms) == {
        f"{STRAP}/{kind}" for kind in ("ecg", "ppg", "acceleration")
    }


def test_only_what_is_in_a_record_counts_as_safe() -> None:
    bench = Bench()
    for value, received in list(FakeStrap(ecg_mv=steady_mv(2.0)).frames())[:3]:
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, received))
    assert bench.pipeline.progress().safe_until_ms == {f"{STRAP}/ecg": START_MS + 1030}


def test_a_strip_that_waits_for_more_is_sent_after_a_while() -> None:
    bench = Bench()
    value, received = next(iter(FakeStrap(ecg_mv=steady_mv(2.0)).frames()))
    bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, received))
    assert sample_count(bench) == 0
    bench.keep(bench.pipeline.tick(stamp_at(5.0)))
    assert sample_count(bench) == 65


def test_a_rate_no_beat_can_be_found_at_is_stored_all_the_same() -> None:
    bench = Bench(FakeRhythmModel(irregular))
    strap = FakeStrap(ecg_mv=steady_mv(40.0, rate_hz=100), rate_hz=100)
    bench.play(strap)
    assert sample_count(bench) == len(strap.counts)
    assert bench.kind("ecg_quality") == []


def test_a_change_of_rate_begins_a_new_strip_without_a_gap() -> None:
    bench = Bench()
    bench.play(FakeStrap(ecg_mv=steady_mv(2.5)))
    bench.play(
        FakeStrap(
            ecg_mv=steady_mv(2.0, rate_hz=250), rate_hz=250, first_sequence=5, device_start_us=7_500_000
        )
    )
    assert [strip.rate_hz for strip in bench.of(Waveform)] == [130.0, 130.0, 130.0, 250.0, 250.0]
    assert bench.of(Gap) == []


def test_quality_is_told_every_five_seconds_and_falls_when_the_signal_goes() -> None:
    ecg = steady_mv(30.0)
    ecg[130 * 15 :] = 0.0
    bench = Bench()
    bench.play(FakeStrap(ecg_mv=ecg))
    scores = [run.value[0] for run in bench.kind("ecg_quality")]
    assert len(scores) == 5
    assert scores[0] > 0.8
    assert scores[-1] == 0.0


# --- Rhythm ------------------------------------------------------------------------------------


def test_fibrillation_raises_one_event_with_its_evidence_soon_after_it_began() -> None:
    bench = Bench(FakeRhythmModel(irregular))
    bench.play(FakeStrap(ecg_mv=fibrillating_mv(120.0)))
    (event,) = bench.of(HealthEvent)
    assert (event.condition, event.phase, event.event_id) == ("atrial-fibrillation", Phase.ONSET, "episode-1")
    assert event.noticed_ms - START_MS <= 45_000
    assert event.signal_quality is not None
    evidence = event.evidence
    assert evidence is not None
    assert (evidence.model, evidence.model_version, evidence.threshold) == ("rhythm", 3, 0.6)
    assert {"mean_heart_rate", "rmssd", "p_wave_consistency"} <= {row.name for row in evidence.features}
    assert len(evidence.median_beat_uv) == 90
    assert len(encode_record(event)) < 8_000


def test_what_its_budget_spent_is_part_of_the_progress_and_counts_after_a_restart() -> None:
    first = Bench(FakeRhythmModel(lambda _: 0.7))
    first.play(FakeStrap(ecg_mv=steady_mv(60.0)))
    key = f"{STRAP}/atrial-fibrillation"
    assert first.pipeline.progress().spent[key] == pytest.approx(1.0, abs=0.01)
    second = Bench(FakeRhythmModel(lambda _: 0.7), before=Progress(spent={key: 3.0}))
    second.play(FakeStrap(ecg_mv=steady_mv(60.0)))
    assert second.of(HealthEvent) == []
    assert second.pipeline.progress().spent[key] == pytest.approx(3.0, abs=0.01)


def test_an_alarm_that_somebody_says_was_right_is_not_charged_to_the_budget() -> None:
    bench = Bench(FakeRhythmModel(lambda _: 0.7))
    bench.play(FakeStrap(ecg_mv=steady_mv(60.0)))
    (event,) = bench.of(HealthEvent)
    for event_id in ("nobody-knows-this-one", event.event_id, event.event_id):
        bench.judge.confirm(event_id)
    assert bench.pipeline.progress().spent[f"{STRAP}/atrial-fibrillation"] == 0.0


def test_the_event_was_noticed_when_the_notification_that_completed_it_arrived() -> None:
    bench = Bench(FakeRhythmModel(irregular))
    arrivals = {received.wall_ms for _, received in FakeStrap(ecg_mv=fibrillating_mv(60.0)).frames()}
    bench.play(FakeStrap(ecg_mv=fibrillating_mv(60.0)))
    (event,) = bench.of(HealthEvent)
    assert event.noticed_ms in arrivals


def test_a_steady_heart_raises_nothing() -> None:
    model = FakeRhythmModel(irregular)
    bench = Bench(model)
    bench.play(FakeStrap(ecg_mv=steady_mv(120.0)))
    assert bench.of(HealthEvent) == []
    assert model.calls == bench.judge.models.timings.count == 18


def test_fibrillation_that_ends_is_told_under_the_same_name() -> None:
    bench = Bench(FakeRhythmModel(irregular))
    bench.play(FakeStrap(ecg_mv=np.concatenate([fibrillating_mv(60.0), steady_mv(90.0)])))
    onset, end = bench.of(HealthEvent)
    assert (onset.phase, end.phase) == (Phase.ONSET, Phase.END)
    assert onset.event_id == end.event_id
    assert abs(end.t_ms - START_MS - 60_000) < 20_000


def test_a_signal_too_poor_to_judge_is_not_judged() -> None:
    model = FakeRhythmModel(lambda _: 0.99)
    bench = Bench(model)
    noise = np.random.default_rng(1).normal(0.0, 0.5, 130 * 60)
    bench.play(FakeStrap(ecg_mv=noise))
    assert model.calls == 0
    assert bench.of(HealthEvent) == []
    assert bench.health.counters["rhythm.poor-signal"] > 0


def test_without_a_model_everything_else_flows() -> None:
    bench = Bench(None)
    strap = FakeStrap(ecg_mv=fibrillating_mv(60.0))
    bench.play(strap)
    assert sample_count(bench) == len(strap.counts)
    assert bench.kind("ecg_quality")
    assert bench.health.counters["rhythm.no-model"] > 0
    assert bench.of(HealthEvent) == []


def test_a_model_that_answers_nan_raises_the_gateways_alarm_and_stops_nothing() -> None:
    bench = Bench(FakeRhythmModel(lambda _: None))
    strap = FakeStrap(ecg_mv=fibrillating_mv(60.0))
    bench.play(strap)
    assert sample_count(bench) == len(strap.counts)
    assert bench.health.counters["rhythm.model-failed"] == 6
    assert bench.alarms == ["model-unusable True"]
    assert AlarmKey.MODEL_UNUSABLE in bench.health.alarms.standing


def test_the_alarm_goes_when_the_model_answers_again() -> None:
    answers = iter([None, None, 0.1, 0.1, 0.1, 0.1])
    bench = Bench(FakeRhythmModel(lambda _: next(answers)))
    bench.play(FakeStrap(ecg_mv=steady_mv(60.0)))
    assert bench.alarms == ["model-unusable True", "model-unusable False"]


def test_a_gap_restarts_the_window_but_not_the_episode() -> None:
    bench = Bench(FakeRhythmModel(irregular))
    bench.play(FakeStrap(ecg_mv=fibrillating_mv(120.0)), fault=lambda number, v: None if number == 100 else v)
    assert [event.phase for event in bench.of(HealthEvent)] == [Phase.ONSET]


def test_what_a_restarted_gateway_left_standing_ends_at_once_and_what_still_holds_is_told_anew() -> None:
    first = Bench(FakeRhythmModel(irregular))
    first.play(FakeStrap(ecg_mv=fibrillating_mv(60.0)))
    (told,) = first.of(HealthEvent)
    left = first.pipeline.progress()
    assert left.standing == {f"{STRAP}/atrial-fibrillation": told.event_id}

    second = Bench(FakeRhythmModel(irregular), before=Progress(standing=left.standing))
    assert second.pipeline.progress().standing == left.standing  # nothing of this wearable was heard yet
    second.play(FakeStrap(ecg_mv=fibrillating_mv(60.0)))
    end, anew = second.of(HealthEvent)
    assert (end.event_id, end.phase, anew.phase) == (told.event_id, Phase.END, Phase.ONSET)
    assert second.pipeline.progress().standing == {f"{STRAP}/atrial-fibrillation": anew.event_id}


def test_a_heart_that_stood_still_when_the_gateway_ended_is_well_only_once_it_beats() -> None:
    before = Progress(standing={f"{STRAP}/asystole": "e-0000009"})
    silent, beating = Bench(before=before), Bench(before=before)
    silent.play(FakeStrap(ecg_mv=np.random.default_rng(1).normal(0.0, 0.004, 130 * 20)))
    assert silent.of(HealthEvent) == []
    assert silent.pipeline.progress().standing == before.standing
    beating.play(FakeStrap(ecg_mv=steady_mv(20.0)))
    assert [(event.event_id, event.phase) for event in beating.of(HealthEvent)] == [("e-0000009", Phase.END)]


def test_an_episode_that_was_told_to_end_leaves_nothing_standing() -> None:
    bench = Bench(FakeRhythmModel(irregular))
    bench.play(FakeStrap(ecg_mv=np.concatenate([fibrillating_mv(60.0), steady_mv(90.0)])))
    assert bench.pipeline.progress().standing == {}


# --- Heart rate, battery, the device itself ----------------------------------------------------


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


@pytest.mark.parametrize("uuid", [uuids.SYSTEM_ID, "0000ffff-0000-1000-8000-00805f9b34fb"])
def test_what_nobody_asked_for_is_counted_and_left(uuid: str) -> None:
    bench = Bench()
    bench.notify(uuid, bytes(8))
    assert bench.records == []
    assert sum(bench.health.counters.values()) == 1


def test_the_device_is_reported_once_for_all_that_was_read_of_it() -> None:
    bench = Bench()
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.CONNECTED, stamp_at(0.0)))
    bench.notify(uuids.MODEL_NUMBER, device_information.MODEL_NUMBER.encode("Strap"))
    bench.notify(uuids.FIRMWARE_REVISION, device_information.FIRMWARE_REVISION.encode("1.0.0"))
    bench.notify(uuids.BATTERY_LEVEL, battery.encode(battery.BatteryLevel(percent=42)))
    for second in range(1, 20):
        bench.keep(bench.pipeline.tick(stamp_at(second)))
    connected, known = bench.of(DeviceReport)
    assert connected.link is LinkState.CONNECTED
    assert (known.model, known.firmware, known.battery_percent) == ("Strap", "1.0.0", 42)
    assert bench.kind("battery_level")[0].value == [42.0]


def test_a_device_is_reported_now_and_then_even_if_nothing_changes() -> None:
    bench = Bench()
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.CONNECTED, stamp_at(0.0)))
    for second in range(0, 901, 10):
        bench.keep(bench.pipeline.tick(stamp_at(second)))
    assert len(bench.of(DeviceReport)) == 4


def test_how_well_a_wearable_was_heard_is_in_its_report_and_stays_known() -> None:
    bench = Bench()
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.CONNECTED, stamp_at(0.0), rssi_dbm=-71))
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.DISCONNECTED, stamp_at(1.0)))
    assert [report.rssi_dbm for report in bench.of(DeviceReport)] == [-71, -71]


def test_why_a_link_ended_is_in_the_report() -> None:
    bench = Bench()
    bench.keep(
        bench.pipeline.on_link(STRAP, LinkState.DISCONNECTED, stamp_at(0.0), reason="profile-incomplete")
    )
    assert bench.of(DeviceReport)[0].reason == "profile-incomplete"


def test_the_gateway_reports_itself_every_thirty_seconds() -> None:
    backlog = Backlog(records=5, size_bytes=700, oldest_unsent_ms=START_MS)
    bench = Bench(FakeRhythmModel(lambda _: None), backlog=lambda: backlog)
    bench.play(FakeStrap(ecg_mv=steady_mv(40.0)))
    for second in range(91):
        bench.keep(bench.pipeline.tick(stamp_at(second)))
    reports = bench.of(GatewayReport)
    assert [report.t_ms - START_MS for report in reports] == [0, 30_000, 60_000, 90_000]
    last = reports[-1]
    assert (last.software, last.outbox_records, last.outbox_bytes) == ("carewire test", 5, 700)
    assert last.counters["alarm.model-unusable"] == 1
    assert last.counters["rhythm.model-failed"] == 2


def test_the_report_says_how_the_computer_is_and_which_model_judges() -> None:
    health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
    model = FakeRhythmModel(lambda _: None)
    condition = GatewayCondition(
        uptime_s=61, host=HostState(load=0.5), clock_synced=False, configuration_version=3
    )
    pipeline = Pipeline(judge=judge_of(health, model), software="carewire test", condition=lambda: condition)
    (report,) = pipeline.tick(stamp_at(0))
    assert isinstance(report, GatewayReport)
    assert (report.uptime_s, report.host, report.clock_synced) == (61, HostState(load=0.5), False)
    assert (report.models, report.configuration_version) == ({model.manifest.name: model.manifest.version}, 3)
    encode_record(report)


def test_an_alarm_of_the_gateway_that_comes_or_goes_is_reported_at_once() -> None:
    alarms = LocalAlarms(hook=lambda _: None)
    health = GatewayHealth(alarms=alarms)
    pipeline = Pipeline(judge=judge_of(health, FakeRhythmModel(lambda _: None)), software="carewire test")
    told: list[int | None] = []
    for second in range(4):
        alarms.set(AlarmKey.RADIO_FAILED, stands=second == 2, t_ms=second)
        for record in pipeline.tick(Stamp(wall_ms=START_MS, monotonic_s=float(second))):
            assert isinstance(record, GatewayReport)
            told.append(record.counters.get("alarm.radio-failed"))
    assert told == [None, 1, None]


def test_two_wearables_do_not_mix() -> None:
    bench = Bench()
    other = "c0-00-00-00-00-02"
    for (one, received), (two, _) in zip(
        FakeStrap(ecg_mv=steady_mv(4.0)).frames(),
        FakeStrap(ecg_mv=steady_mv(4.0), first_sequence=900, device_start_us=77).frames(),
        strict=True,
    ):
        bench.keep(bench.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, one, received))
        bench.keep(bench.pipeline.on_notification(other, uuids.SIGNAL_DATA, two, received))
    assert bench.of(Gap) == []
    assert sorted(strip.device for strip in bench.of(Waveform)) == [STRAP] * 4 + [other] * 4
