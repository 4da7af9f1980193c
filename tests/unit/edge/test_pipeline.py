"""Recorded notifications in, strips and gaps out: no sample is lost or told twice."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.clock import Stamp
from edge.last_seen import Progress
from tests.fakes.pipeline_bench import STRAP, Bench, irregular, sample_count
from tests.fakes.rhythm_model import FakeRhythmModel
from tests.fakes.strap import START_MS, FakeStrap, stamp_at, steady_mv
from vitals.gatt import signal_stream, uuids
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal
from vitals.records import Gap, GapReason, LinkState, Waveform


def _later(received: Stamp, seconds: float) -> Stamp:
    return Stamp(wall_ms=received.wall_ms + round(1000 * seconds), monotonic_s=received.monotonic_s + seconds)


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
