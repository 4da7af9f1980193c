"""Simulated lives through a pendant and a wrist band, the gateway's core and the shipped model: who fell?"""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.tflite import TfliteModel
from edge.bootstrap import shipped_models
from edge.health import GatewayHealth
from edge.pipeline import Pipeline
from edge.ports import Model
from firmware_sim.body import Body
from firmware_sim.falls import Fall
from firmware_sim.scenario import Life, Scenario
from tests.fakes.judge import judge_of
from tests.fakes.pendant import FakePendant
from tests.fakes.strap import START_MS, stamp_at
from vitals.features.falls import FALL_FEATURE_VERSION
from vitals.gatt import uuids
from vitals.records import HealthEvent, Phase
from vitals.wire.envelope import encode_record

DEVICE = "c0-00-00-00-00-05"
RATE_HZ = 50
SITES = ("chest", "wrist")
FELL = ("fall", Phase.ONSET)
LIES = ("long-lie", Phase.ONSET)
ROSE = ("long-lie", Phase.END)
ENDED = ("fall", Phase.END)


@pytest.fixture(scope="module")
def shipped() -> Model:
    return TfliteModel.load(
        shipped_models() / "falls" / "manifest.json", feature_version=FALL_FEATURE_VERSION
    )


def lived(scenario: str | Scenario, site: str, seconds: int) -> NDArray[np.float64]:
    return Body([scenario], seed=4).acceleration(RATE_HZ, site).read(seconds * RATE_HZ).samples


def events_of(samples: NDArray[np.float64], *models: Model) -> Iterator[HealthEvent]:
    pipeline = Pipeline(judge=judge_of(GatewayHealth(), *models), software="carewire test")
    for value, received in FakePendant(acceleration_g=samples).frames():
        for record in pipeline.on_notification(DEVICE, uuids.SIGNAL_DATA, value, received):
            if isinstance(record, HealthEvent):
                assert len(encode_record(record)) < 8_000
                yield record
    assert not [record for record in pipeline.tick(stamp_at(1e6)) if isinstance(record, HealthEvent)]


def told(samples: NDArray[np.float64], *models: Model) -> list[tuple[str, str]]:
    return [(event.condition, event.phase) for event in events_of(samples, *models)]


@pytest.mark.parametrize("site", SITES)
def test_a_fall_is_told_as_it_happens_and_a_long_lie_two_minutes_on(shipped: Model, site: str) -> None:
    fell, lies = events_of(lived("fall-and-long-lie", site, 400), shipped)
    assert (fell.condition, lies.condition) == ("fall", "long-lie")
    assert fell.t_ms == pytest.approx(START_MS + 60_650, abs=300)
    assert fell.noticed_ms - fell.t_ms < 4_500
    assert lies.t_ms == fell.t_ms
    assert lies.noticed_ms - fell.t_ms == pytest.approx(120_000, abs=6_000)
    assert fell.evidence.model == lies.evidence.model == "falls"


@pytest.mark.parametrize("site", SITES)
def test_whoever_is_helped_up_and_walks_has_ended_both(shipped: Model, site: str) -> None:
    fallen = lived("fall-and-long-lie", site, 260)
    walked = lived("fall-and-long-lie", site, 60)[20 * RATE_HZ :]
    assert told(np.concatenate([fallen, walked]), shipped) == [FELL, LIES, ROSE, ENDED]


def test_whoever_is_up_within_a_minute_never_lay_long(shipped: Model) -> None:
    up_soon = Scenario(
        name="up-soon",
        description="a fall, and up after half a minute",
        source="generated",
        expected="a fall, and its end",
        life=Life(falls=(Fall(at_s=30.0, up_s=60.0),)),
    )
    assert told(lived(up_soon, "chest", 240), shipped) == [FELL, ENDED]


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("scenario", ["resting", "exercise"])
def test_rest_and_exercise_are_no_falls(shipped: Model, scenario: str, site: str) -> None:
    assert not told(lived(scenario, site, 900), shipped)


@pytest.mark.parametrize("site", SITES)
def test_without_a_model_the_rule_finds_the_same_fall_and_none_in_exercise(site: str) -> None:
    assert told(lived("fall-and-long-lie", site, 400)) == [FELL, LIES]
    assert not told(lived("exercise", site, 900))
