from dataclasses import replace

import numpy as np
import pytest

from cloud.ecg.stretches import Source, main_source, overlapping, sources, stretches
from cloud.ports import Strip

SOURCE = Source("c0-01", "II")


def strip(t0_ms: int, *values: int, device: str = "c0-01", lead: str = "II", rate_hz: float = 250.0) -> Strip:
    return Strip(
        device=device,
        kind="ecg",
        t0_ms=t0_ms,
        rate_hz=rate_hz,
        samples=np.array(values or [0] * 250, "<i2").tobytes(),
        scale=0.001,
        offset=0.5,
        lead=lead,
    )


def test_strips_that_follow_one_another_are_one_stretch_in_millivolts() -> None:
    [found] = stretches([strip(0, 1, 2), strip(8, -3)], SOURCE)
    assert found.ecg_mv.tolist() == [0.501, 0.502, 0.497]
    assert (found.from_ms, found.to_ms) == (0, 12)


def test_each_strip_keeps_its_own_time() -> None:
    [found] = stretches([strip(0), strip(1_006), strip(2_010)], SOURCE)
    assert [found.t_ms(place) for place in (0, 249, 250, 251, 500)] == [0, 996, 1_006, 1_010, 2_010]


@pytest.mark.parametrize(
    "after", [strip(1_013), strip(1_000, rate_hz=125.0), strip(3_000)], ids=["gap", "rate", "later"]
)
def test_what_does_not_follow_begins_anew(after: Strip) -> None:
    assert [one.from_ms for one in stretches([strip(0), after], SOURCE)] == [0, after.t0_ms]


def test_a_strip_within_another_is_left_out() -> None:
    [found] = stretches([strip(0), strip(500)], SOURCE)
    assert len(found.ecg_mv) == 250


def test_strips_of_others_and_empty_ones_are_left_out() -> None:
    others = [strip(0, lead="I"), strip(0, device="c0-02"), replace(strip(0), samples=b"")]
    assert stretches(others, SOURCE) == []


def test_the_source_there_is_most_of_is_shown_unless_another_is_asked_for() -> None:
    strips = [strip(0), strip(0, lead="I"), strip(1_000)]
    assert sources(strips) == [SOURCE, Source("c0-01", "I")]
    assert main_source(strips) == SOURCE
    assert main_source(strips, Source("c0-01", "I")) == Source("c0-01", "I")
    assert main_source(strips, Source("c0-09", "V")) == SOURCE
    assert main_source([]) is None


def test_strips_overlap_a_period_that_they_reach_into() -> None:
    strips = [strip(0), strip(1_000), strip(2_000)]
    assert overlapping(strips, 999, 2_000) == strips[:2]
    assert overlapping(strips, 1_000, 1_001) == [strips[1]]


def test_a_source_is_read_as_it_is_written() -> None:
    assert Source.read(str(SOURCE)) == SOURCE
    assert Source.read("c0-01.") == Source("c0-01", "")
    assert Source.read("nonsense") == Source("nonsense", "")
