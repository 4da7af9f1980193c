"""A simulated wrist band's frames through a wearable: what is told of the pulse, and what is withheld."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

import edge.pulse.pulse as room
from edge.alarms.local_alarm import LocalAlarms
from edge.clock import Stamp
from edge.health import GatewayHealth
from edge.wearable import Wearable
from tests.fakes.band import FakeBand
from tests.fakes.judge import judge_of
from tests.fakes.strap import START_MS, stamp_at
from vitals.gatt import pulse_oximeter_continuous, uuids
from vitals.gatt.pulse_oximeter import Saturation
from vitals.gatt.pulse_oximeter_continuous import Continuous
from vitals.gatt.signals import Signal
from vitals.records import AnyRecord, Gap, GapReason, LinkState, ObservationRun
from vitals.wire.envelope import encode_record

BAND = "c0-00-00-00-00-02"


class Bench:
    """A wearable and everything it returned; each record is checked as the outbox would."""

    def __init__(self) -> None:
        self.health = GatewayHealth(alarms=LocalAlarms(hook=lambda _change: None))
        self.wearable = Wearable(device=BAND, judge=judge_of(self.health))
        self.records: list[AnyRecord] = []

    def keep(self, records: Iterable[AnyRecord]) -> None:
        for record in records:
            encode_record(record)
            self.records.append(record)

    def play(
        self, band: FakeBand, *, but: Callable[[Stamp], bool] = lambda _received: False, from_s: float = 0.0
    ) -> None:
        for value, received in band.frames():
            if received.monotonic_s >= stamp_at(from_s).monotonic_s and not but(received):
                self.keep(self.wearable.on_value(uuids.SIGNAL_DATA, value, received))

    def runs(self, kind: str) -> list[ObservationRun]:
        return [run for run in self.records if isinstance(run, ObservationRun) and run.kind == kind]

    def told(self, kind: str = "pulse_rate") -> list[tuple[float, float]]:
        """When, in seconds of the band's life, and what."""
        return [((run.t_ms[0] - START_MS) / 1000, run.value[0]) for run in self.runs(kind)]

    def counted(self) -> dict[str, int]:
        return {name: count for name, count in self.health.counters.items() if name.startswith("pulse")}

    def gaps(self) -> list[Gap]:
        return [gap for gap in self.records if isinstance(gap, Gap) and gap.kind == "pulse_rate"]


def errors(bench: Bench, band: FakeBand) -> list[float]:
    return [abs(rate - band.heart_rate_per_min(at_s)) for at_s, rate in bench.told()]


@pytest.mark.parametrize(
    ("scenario", "length_s", "fewest"),
    [("generated-resting", 40.0, 16), ("bradycardia", 40.0, 16), ("exercise", 140.0, 60)],
)
def test_the_pulse_that_is_told_is_the_wearers(scenario: str, length_s: float, fewest: int) -> None:
    bench, band = Bench(), FakeBand(scenario=scenario, length_s=length_s)
    bench.play(band)
    assert len(bench.told()) >= fewest
    assert np.mean(errors(bench, band)) < 2.0
    assert max(errors(bench, band)) < 8.0


def test_each_window_has_its_quality_and_a_rate_carries_its_own() -> None:
    bench = Bench()
    bench.play(FakeBand(scenario="resting", length_s=30.0))
    assert [at_s for at_s, _ in bench.told("ppg_quality")] == pytest.approx(
        [8.0 + 2.0 * place for place in range(12)], abs=0.3
    )
    assert all(run.quality is not None and run.quality[0] >= 0.85 for run in bench.runs("pulse_rate"))


def test_off_the_skin_nothing_is_told_and_it_is_said_why() -> None:
    bench = Bench()
    bench.play(FakeBand(scenario="sensor-off", length_s=60.0))
    bench.keep(bench.wearable.close(stamp_at(60.0)))
    assert max(at_s for at_s, _ in bench.told()) <= 31.0
    assert {value for at_s, value in bench.told("ppg_quality") if at_s > 31.0} == {0.0}
    counted = bench.counted()
    assert counted["pulse.withheld.poor-contact"] + counted["pulse.withheld.disturbed"] >= 14
    assert {gap.reason for gap in bench.gaps()} == {GapReason.SENSOR_OFF}


def test_a_heart_at_rest_that_beats_unevenly_has_no_one_rate() -> None:
    bench = Bench()
    bench.play(FakeBand(scenario="atrial-fibrillation", length_s=60.0))
    counted = bench.counted()
    assert counted["pulse.withheld.irregular"] >= 3
    assert counted.get("pulse.told", 0) <= 27 / 3


def test_without_acceleration_nothing_is_told() -> None:
    bench = Bench()
    bench.play(FakeBand(scenario="resting", length_s=20.0, signals=(Signal.PPG,)))
    assert bench.told() == []
    assert bench.counted() == {"pulse.withheld.unwatched": 7}


def test_acceleration_alone_says_nothing_of_the_pulse() -> None:
    bench = Bench()
    bench.play(FakeBand(scenario="resting", length_s=20.0, signals=(Signal.ACCELERATION,)))
    assert bench.counted() == {}


def test_a_gap_in_the_light_begins_anew() -> None:
    bench, lost = Bench(), (stamp_at(20.0).monotonic_s, stamp_at(22.0).monotonic_s)
    bench.play(
        FakeBand(scenario="resting", length_s=44.0),
        but=lambda received: lost[0] < received.monotonic_s < lost[1],
    )
    times_s = [at_s for at_s, _ in bench.told("ppg_quality")]
    assert [at_s for at_s in times_s if 20.5 < at_s < 29.0] == []
    assert len([at_s for at_s in times_s if at_s >= 29.0]) >= 7


def test_a_lost_link_is_stated_as_a_gap_of_the_rate() -> None:
    bench, band = Bench(), FakeBand(scenario="resting", length_s=60.0)
    bench.play(band, but=lambda received: received.monotonic_s > stamp_at(20.0).monotonic_s)
    bench.keep(bench.wearable.on_link(LinkState.DISCONNECTED, stamp_at(21.0), "gone", None))
    bench.play(band, from_s=30.0)
    (gap,) = bench.gaps()
    assert gap.reason is GapReason.LINK_LOST
    assert gap.to_ms - gap.from_ms > 15_000


def test_a_rate_that_the_wearable_tells_by_itself_is_the_only_one() -> None:
    bench, band = Bench(), FakeBand(scenario="resting", length_s=30.0)
    own = Continuous(normal=Saturation(spo2_percent=97.0, pulse_rate_bpm=150.0))
    for second, (value, received) in enumerate(band.frames()):
        if second % 4 == 0:
            told = pulse_oximeter_continuous.encode(own)
            bench.keep(bench.wearable.on_value(uuids.PLX_CONTINUOUS_MEASUREMENT, told, received))
        bench.keep(bench.wearable.on_value(uuids.SIGNAL_DATA, value, received))
    assert {rate for _, rate in bench.told()} == {150.0}
    counted = bench.counted()
    assert counted["pulse.withheld.beside-own"] >= 10
    assert counted["pulse_rate.unlike_ppg"] >= 10


def test_beside_a_rate_of_the_wearables_own_nothing_is_stated_as_missing() -> None:
    bench, band = Bench(), FakeBand(scenario="resting", length_s=30.0, signals=(Signal.PPG,))
    own = pulse_oximeter_continuous.encode(
        Continuous(normal=Saturation(spo2_percent=97.0, pulse_rate_bpm=70.0))
    )
    for value, received in band.frames():
        bench.keep(bench.wearable.on_value(uuids.PLX_CONTINUOUS_MEASUREMENT, own, received))
        bench.keep(bench.wearable.on_value(uuids.SIGNAL_DATA, value, received))
    bench.keep(bench.wearable.close(stamp_at(30.0)))
    assert bench.gaps() == []
    assert bench.counted() == {"pulse.withheld.beside-own": 12}


def test_light_at_a_rate_that_cannot_be_used_is_stored_and_not_judged() -> None:
    bench = Bench()
    bench.play(FakeBand(scenario="resting", length_s=20.0, rate_hz=10))
    assert bench.counted() == {"pulse.rate_unusable": 2}
    assert [record for record in bench.records if isinstance(record, ObservationRun)] == []


def test_a_mistake_in_judging_costs_no_samples_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(room.PulseMeter):
        def estimates(self, acceleration: object) -> Iterable[room.PulseEstimate]:  # type: ignore[override]
            raise ArithmeticError(acceleration)

    monkeypatch.setattr(room, "PulseMeter", Broken)
    bench = Bench()
    bench.play(FakeBand(scenario="resting", length_s=2.0))
    assert bench.counted()["pulse.analysis_failed"] == 8
    assert len({record.lead for record in bench.records if not isinstance(record, ObservationRun | Gap)}) == 4
