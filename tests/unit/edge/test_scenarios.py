"""The simulator's hearts through the gateway's rules: each raises what it promises, and nothing else."""

from collections import Counter

import pytest

from firmware_sim.body import Body
from tests.fakes.ecg_watch import events_in
from vitals.records import Phase

RATE_HZ = 130


@pytest.mark.parametrize(
    ("scenario", "seconds", "raised", "from_s"),
    [
        ("asystole", 90, {"asystole": 1}, 60.0),
        ("ventricular-fibrillation", 110, {"ventricular-fibrillation": 1}, 60.0),
        ("sinus-pauses", 150, {"pause": 1}, 0.0),
        ("bradycardia", 60, {"extreme-bradycardia": 1}, 0.0),
        ("resting", 140, {}, 0.0),
        ("ectopic-beats", 140, {}, 0.0),
        ("generated-atrial-fibrillation", 120, {}, 0.0),
        ("sensor-off", 60, {}, 0.0),
        ("motion-noise", 120, {}, 0.0),
    ],
)
def test_a_scenario_raises_what_it_promises(
    scenario: str, seconds: int, raised: dict[str, int], from_s: float
) -> None:
    segment = Body([scenario], seed=7).heart(RATE_HZ).read(seconds * RATE_HZ)
    onsets = [event for event in events_in(segment.ecg_mv, RATE_HZ) if event.phase is Phase.ONSET]
    assert Counter(event.condition for event in onsets) == raised
    assert all(from_s - 3.0 <= event.t_ms / 1000 <= from_s + 60.0 for event in onsets)
