"""A pendant's notifications in, falls out: through losses, gaps, odd rates and our own mistakes."""

import numpy as np
import pytest
import structlog

from edge.falls.course import LONG_LIE_S
from edge.health import GatewayHealth
from edge.last_seen import NOTHING_YET, Progress
from edge.pipeline import Pipeline
from tests.fakes.fall_model import FakeFallModel
from tests.fakes.judge import judge_of
from tests.fakes.movement import LYING, fall, jumping, still, walking
from tests.fakes.pendant import FakePendant
from tests.fakes.strap import START_MS, stamp_at
from vitals.gatt import uuids
from vitals.records import AnyRecord, HealthEvent, LinkState, Phase, Waveform
from vitals.wire.envelope import encode_record

PENDANT = "c0-00-00-00-00-05"


def peak_of(inputs: dict[str, np.ndarray]) -> float:
    return float(inputs["context"][0, 0] > np.log1p(3.0))


class Bench:
    """A pipeline and everything it returned; each record is checked as the outbox would."""

    def __init__(self, model: FakeFallModel | None = None, *, before: Progress = NOTHING_YET) -> None:
        self.health = GatewayHealth()
        self.pipeline = Pipeline(judge=judge_of(self.health, model), software="carewire test", before=before)
        self.records: list[AnyRecord] = []

    def keep(self, records: list[AnyRecord]) -> None:
        for record in records:
            encode_record(record)
            self.records.append(record)

    def play(self, pendant: FakePendant, *, lost: frozenset[int] = frozenset()) -> None:
        for number, (value, received) in enumerate(pendant.frames()):
            if number not in lost:
                self.keep(self.pipeline.on_notification(PENDANT, uuids.SIGNAL_DATA, value, received))

    @property
    def events(self) -> list[HealthEvent]:
        return [record for record in self.records if isinstance(record, HealthEvent)]

    @property
    def says(self) -> list[tuple[str, str]]:
        return [(event.condition, event.phase) for event in self.events]


def played(samples: np.ndarray, model: FakeFallModel | None = None, **pendant: float) -> Bench:
    bench = Bench(model)
    bench.play(FakePendant(acceleration_g=samples, **pendant))
    return bench


FELL = ("fall", Phase.ONSET)
LIES = ("long-lie", Phase.ONSET)


@pytest.mark.parametrize("rate_hz", [25, 50, 104, 200])
def test_a_fall_is_told_at_whatever_rate_the_wearable_sends(rate_hz: int) -> None:
    bench = played(fall(rate_hz=rate_hz), FakeFallModel(peak_of), rate_hz=rate_hz)
    (event,) = bench.events
    assert (event.condition, event.phase) == FELL
    assert event.t_ms == pytest.approx(START_MS + 5_000, abs=100)
    assert event.noticed_ms - event.t_ms == pytest.approx(3_300, abs=400)


def test_the_strips_are_kept_whatever_is_judged() -> None:
    bench = played(fall(), FakeFallModel(peak_of))
    strips = [record for record in bench.records if isinstance(record, Waveform)]
    assert {strip.lead for strip in strips} == {"x", "y", "z"}


def test_without_a_model_a_hard_fall_is_told_all_the_same_by_the_rule() -> None:
    bench = played(fall())
    assert bench.says == [FELL]
    assert bench.events[0].evidence.model == "blow-posture-stillness"
    assert bench.health.counters["fall.by_rule"] == 1


def test_walking_and_jumping_without_a_model_are_no_falls() -> None:
    assert not played(walking(30.0, bounce_g=0.8)).events
    assert not played(jumping(seconds=30.0)).events


def test_lying_on_is_a_long_lie_and_walking_off_ends_it() -> None:
    model = FakeFallModel(peak_of)
    lies = played(np.concatenate([fall(), still(180.0, up=LYING)]), model)
    assert lies.says == [FELL, LIES]
    rises = played(np.concatenate([fall(), still(180.0, up=LYING), walking(30.0)]), model)
    assert rises.says == [FELL, LIES, ("long-lie", Phase.END), ("fall", Phase.END)]


def test_a_fall_that_silences_the_pendant_is_judged_by_what_was_heard() -> None:
    bench = Bench()
    bench.play(FakePendant(acceleration_g=fall(after_s=2.0)))
    assert not bench.events
    bench.keep(bench.pipeline.on_link(PENDANT, LinkState.DISCONNECTED, stamp_at(8.0)))
    bench.keep(bench.pipeline.tick(stamp_at(8.5)))
    assert not bench.events
    bench.keep(bench.pipeline.tick(stamp_at(11.0)))
    assert bench.says == [FELL]
    bench.keep(bench.pipeline.tick(stamp_at(20.0)))
    assert bench.says == [FELL], "told once"


def test_a_fall_right_before_the_gateway_stops_is_told_before_it_does() -> None:
    bench = Bench()
    bench.play(FakePendant(acceleration_g=fall(after_s=2.0)))
    bench.keep(bench.pipeline.close())
    assert bench.says == [FELL]


def test_a_long_lie_is_told_in_time_although_the_fall_silenced_the_pendant() -> None:
    bench = Bench(FakeFallModel(peak_of))
    bench.play(FakePendant(acceleration_g=fall()))
    fell_s = (bench.events[0].t_ms - START_MS) / 1000
    bench.keep(bench.pipeline.tick(stamp_at(fell_s + LONG_LIE_S - 1)))
    assert bench.says == [FELL]
    bench.keep(bench.pipeline.tick(stamp_at(fell_s + LONG_LIE_S + 1)))
    bench.keep(bench.pipeline.tick(stamp_at(fell_s + LONG_LIE_S + 2)))
    assert bench.says == [FELL, LIES]
    assert bench.events[1].noticed_ms - bench.events[1].t_ms == pytest.approx(1000 * LONG_LIE_S, abs=2000)


def test_a_long_lie_outlives_the_gateway() -> None:
    first = Bench(FakeFallModel(peak_of))
    first.play(FakePendant(acceleration_g=fall()))
    second = Bench(FakeFallModel(peak_of), before=first.pipeline.progress())
    second.play(FakePendant(acceleration_g=still(140.0, up=LYING), start_s=20.0))
    assert second.says == [LIES]


def test_a_long_lie_outlives_a_gap_in_the_signal() -> None:
    bench = Bench(FakeFallModel(peak_of))
    bench.play(FakePendant(acceleration_g=fall()))
    bench.play(FakePendant(acceleration_g=still(30.0, up=LYING), start_s=300.0, first_sequence=600))
    assert bench.says == [FELL, LIES]


def test_a_sensor_that_reads_a_fifth_too_much_is_set_right_by_its_own_rest() -> None:
    seen = []
    model = FakeFallModel(lambda inputs: seen.append(float(inputs["context"][0, 0])) or 0.0)
    played(np.concatenate([still(20.0), fall()]), model)
    played(1.2 * np.concatenate([still(20.0), fall()]), model)
    assert seen[1] == pytest.approx(seen[0], abs=0.02)


@pytest.mark.parametrize("rate_hz", [10, 2000])
def test_a_rate_that_shows_no_blow_is_stored_and_not_judged(rate_hz: int) -> None:
    bench = played(fall(rate_hz=rate_hz), rate_hz=rate_hz, frame_s=0.1)
    assert not bench.events
    assert bench.health.counters["fall.rate_unfit"] == 1
    assert any(isinstance(record, Waveform) for record in bench.records)


def test_frames_lost_within_a_fall_leave_the_gateway_well() -> None:
    bench = Bench(FakeFallModel(peak_of))
    bench.play(FakePendant(acceleration_g=np.concatenate([fall(), fall()])), lost=frozenset({9, 10, 11}))
    assert bench.says == [FELL], "the second fall is whole"


def test_a_frame_lost_right_after_a_blow_hides_no_fall() -> None:
    bench = Bench(FakeFallModel(peak_of))
    bench.play(FakePendant(acceleration_g=fall()), lost=frozenset({14}))
    assert not bench.events
    bench.keep(bench.pipeline.tick(stamp_at(11.1)))
    assert bench.says == [FELL]


def test_a_mistake_of_ours_costs_no_sample_and_is_logged() -> None:
    def broken(_: object) -> float:
        raise ZeroDivisionError

    with structlog.testing.capture_logs() as logs:
        bench = played(np.concatenate([fall(), fall()]), FakeFallModel(broken))
    assert [entry["event"] for entry in logs] == ["fall.analysis_failed"] * 2
    assert bench.health.counters["fall.analysis_failed"] == 2
    assert sum(len(r.samples) // 2 for r in bench.records if isinstance(r, Waveform)) >= 3 * 20 * 50
