"""The shipped beat model on hearts of the simulator: a run of ventricular beats is told, a single one not."""

from pathlib import Path

import pytest

from edge.bootstrap import load_models
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.judging.judge import Judge
from edge.rhythm.beats import TACHYCARDIA, BeatWatch
from firmware_sim.body import Body
from tests.fakes.ecg_watch import DEVICE, events_in
from vitals.clock import ScaledClock
from vitals.records import HealthEvent, Phase

RATE_HZ = 130


def told(scenario: str, folder: Path, *, seconds: int) -> list[HealthEvent]:
    settings = EdgeSettings(gateway_id="bench", data_dir=folder, adopt=True)
    models = load_models(settings, GatewayHealth(), ScaledClock())
    heart = Body([scenario], seed=7).heart(RATE_HZ).read(seconds * RATE_HZ)
    watch = BeatWatch(device=DEVICE, judge=Judge(models=models, health=models.health))
    return events_in(heart.ecg_mv, RATE_HZ, [watch])


def test_a_run_is_told_within_seconds_with_the_beat_over_the_wearers_own(tmp_path: Path) -> None:
    onset, end = told("vt-run", tmp_path, seconds=110)
    assert (onset.condition, onset.phase, end.phase) == (TACHYCARDIA, Phase.ONSET, Phase.END)
    assert 59.0 < onset.t_ms / 1000 < 64.0
    assert onset.noticed_ms / 1000 < 70.0
    assert 74.0 < end.t_ms / 1000 < 82.0
    evidence = onset.evidence
    assert evidence is not None
    assert len(evidence.beat_uv) == len(evidence.median_beat_uv) == 90
    assert evidence.beat_uv != evidence.median_beat_uv
    assert evidence.prototypes
    assert evidence.prototypes[0].label == "V"


@pytest.mark.parametrize("scenario", ["ectopic-beats", "generated-resting"])
def test_single_ectopic_beats_are_no_run(scenario: str, tmp_path: Path) -> None:
    assert told(scenario, tmp_path, seconds=90) == []
