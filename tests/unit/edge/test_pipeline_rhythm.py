"""Recorded strips in, events out: how a rhythm is judged, and what goes on without a judge."""

import numpy as np
import pytest

from edge.alarms.local_alarm import AlarmKey
from edge.last_seen import Progress
from tests.fakes.pipeline_bench import STRAP, Bench, fibrillating_mv, irregular, sample_count
from tests.fakes.rhythm_model import FakeRhythmModel
from tests.fakes.strap import START_MS, FakeStrap, steady_mv
from vitals.records import HealthEvent, Phase
from vitals.wire.envelope import encode_record


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
