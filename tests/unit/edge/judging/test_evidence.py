"""Evidence travels with its event, so it is small, whatever is put into it."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.judging.evidence import MOST_BYTES, fitted
from vitals.records import Evidence, Feature, Prototype

beats = st.lists(st.integers(-(2**31), 2**31 - 1), max_size=240)
words = st.text(max_size=300)
numbers = st.floats(allow_nan=False, allow_infinity=False)
features = st.builds(Feature, name=words, value=numbers, unit=words)
prototypes = st.builds(Prototype, label=st.text(max_size=40), distance=numbers, beat_uv=beats)
evidences = st.builds(
    Evidence,
    model=words,
    model_version=st.integers(0, 2**53),
    features=st.lists(features, max_size=60),
    probability=st.none() | st.floats(0.0, 1.0),
    median_beat_uv=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=2_000),
    median_beat_rate_hz=st.just(100.0),
    beat_uv=beats,
    prototypes=st.lists(prototypes, max_size=8),
    strip_uv=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=1_000),
    strip_rate_hz=st.just(50.0),
    stages=st.lists(st.text(max_size=40), max_size=16),
)
USUAL = Evidence(
    model="beats",
    model_version=1,
    features=[Feature(name=f"feature_{number}", value=1 / 3, unit="ms") for number in range(12)],
    median_beat_uv=list(range(-45, 45)),
    median_beat_rate_hz=100.0,
    beat_uv=list(range(90)),
    prototypes=[Prototype(label="V", distance=0.5, beat_uv=list(range(-900, 0, 10)))] * 3,
)


@given(evidence=evidences)
@settings(max_examples=60, deadline=None)
def test_it_is_always_below_8_kb(evidence: Evidence) -> None:
    shorter = fitted(evidence)
    assert len(msgspec.json.encode(shorter)) < MOST_BYTES
    assert len(msgspec.msgpack.encode(shorter)) < MOST_BYTES


def test_what_is_small_enough_stays_whole() -> None:
    assert fitted(USUAL) == USUAL


def test_the_strip_gives_way_first_and_the_beat_under_judgement_last() -> None:
    strip = msgspec.structs.replace(USUAL, strip_uv=[-1_234_567] * 1_000, strip_rate_hz=50.0)
    kept = fitted(strip)
    assert len(kept.strip_uv) == 500
    assert kept.strip_rate_hz == 25.0
    assert kept.prototypes == USUAL.prototypes
    crowded = msgspec.structs.replace(
        strip, prototypes=[msgspec.structs.replace(USUAL.prototypes[0], beat_uv=[-1_234_567] * 240)] * 3
    )
    assert fitted(crowded).beat_uv == USUAL.beat_uv
