"""ECG frames beyond their vectors: widths, splitting to a notification's size, and gaps."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitals.gatt.ecg_stream import (
    ATT_NOTIFICATION_OCTETS,
    HEADER_OCTETS,
    MAX_SAMPLES,
    EcgFrame,
    decode,
    encode,
    frame_capacity,
    sequence_step,
    split_samples,
)

LOWEST, HIGHEST = -(1 << 23), (1 << 23) - 1
FRAME = EcgFrame(sequence=7, timestamp_us=1_000_000, rate_hz=250, resolution_nv=1000, samples=(0,))

any_sample = st.integers(LOWEST, HIGHEST)
quiet_sample = st.integers(-60, 60)
sample_runs = st.lists(quiet_sample | any_sample, max_size=600) | st.lists(quiet_sample, max_size=600)


def split(samples: list[int], max_octets: int, **changes: int) -> list[EcgFrame]:
    header = {"sequence": 7, "timestamp_us": 1_000_000, "rate_hz": 250, "resolution_nv": 1000} | changes
    return list(split_samples(samples, max_octets=max_octets, **header))


@given(
    sequence=st.integers(0, 0xFFFF),
    timestamp_us=st.integers(0, (1 << 64) - 1),
    rate_hz=st.integers(1, 0xFFFF),
    resolution_nv=st.integers(1, 0xFFFF),
    samples=st.lists(any_sample, min_size=1, max_size=MAX_SAMPLES),
)
@settings(deadline=None)
def test_a_frame_comes_back_as_it_was(
    sequence: int, timestamp_us: int, rate_hz: int, resolution_nv: int, samples: list[int]
) -> None:
    frame = EcgFrame(
        sequence=sequence,
        timestamp_us=timestamp_us,
        rate_hz=rate_hz,
        resolution_nv=resolution_nv,
        samples=tuple(samples),
    )

    assert decode(encode(frame)) == frame


@pytest.mark.parametrize(
    ("delta", "width"),
    [(0, 0), (-1, 1), (1, 2), (-2, 2), (2, 3), (-3, 3), (127, 8), (-128, 8), (128, 9), (-129, 9)],
)
def test_deltas_get_the_narrowest_width_that_holds_them(delta: int, width: int) -> None:
    assert encode(replace(FRAME, samples=(0, delta)))[HEADER_OCTETS - 1] == width


def test_samples_in_microvolts_are_counts_times_the_resolution() -> None:
    assert replace(FRAME, resolution_nv=4880, samples=(100, -1)).samples_uv == (488.0, -4.88)


@given(samples=sample_runs, max_octets=st.integers(HEADER_OCTETS, 514))
@settings(deadline=None)
def test_split_samples_lose_nothing_and_every_frame_fits(samples: list[int], max_octets: int) -> None:
    octets = [encode(frame) for frame in split(samples, max_octets)]

    assert all(len(value) <= max_octets for value in octets)
    assert [sample for value in octets for sample in decode(value).samples] == samples


@given(samples=sample_runs, max_octets=st.integers(HEADER_OCTETS, 514))
@settings(deadline=None)
def test_no_frame_but_the_last_has_room_for_one_more_sample(samples: list[int], max_octets: int) -> None:
    for frame, following in pairwise(split(samples, max_octets)):
        fuller = replace(frame, samples=(*frame.samples, following.samples[0]))

        assert len(fuller.samples) > MAX_SAMPLES or len(encode(fuller)) > max_octets


def test_the_smallest_att_mtu_carries_a_frame() -> None:
    frames = split([0, 1000, -1000], 23 - ATT_NOTIFICATION_OCTETS)

    assert [frame.samples for frame in frames] == [(0,), (1000,), (-1000,)]


def test_frames_count_on_and_their_timestamps_follow_the_rate() -> None:
    frames = split([0] * (2 * MAX_SAMPLES + 1), 100, sequence=0xFFFF, timestamp_us=10, rate_hz=360)

    assert [frame.sequence for frame in frames] == [0xFFFF, 0, 1]
    assert [frame.timestamp_us for frame in frames] == [10, 10 + 708_333, 10 + 1_416_667]


def test_a_spike_ends_a_frame_that_it_would_overfill() -> None:
    quiet = [0, 1] * 40

    frames = split([*quiet, HIGHEST], 60)

    assert frames[0].samples == tuple(quiet)
    assert frames[1].samples == (HIGHEST,)


def test_no_samples_make_no_frames() -> None:
    assert split([], 20) == []


def test_a_notification_too_small_for_one_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="19 cannot hold it"):
        split([0], HEADER_OCTETS - 1)


@pytest.mark.parametrize(
    ("max_octets", "delta_bits", "samples"),
    [(20, 0, 255), (20, 8, 1), (21, 8, 2), (244, 8, 225), (244, 16, 113), (514, 1, 255), (24, 25, 2)],
)
def test_a_frame_holds_what_its_room_and_width_allow(max_octets: int, delta_bits: int, samples: int) -> None:
    assert frame_capacity(max_octets, delta_bits) == samples


@pytest.mark.parametrize(
    ("earlier", "later", "step"),
    [(1, 2, 1), (0xFFFF, 0, 1), (5, 5, 0), (5, 9, 4), (0xFFFE, 1, 3), (9, 5, -4), (0, 0xFFFF, -1)],
)
def test_a_sequence_step_tells_next_repeated_lost_and_late_across_the_wrap(
    earlier: int, later: int, step: int
) -> None:
    assert sequence_step(earlier, later) == step


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (replace(FRAME, samples=()), "1 to 255 samples"),
        (replace(FRAME, samples=(0,) * 256), "1 to 255 samples"),
        (replace(FRAME, samples=(HIGHEST + 1,)), "24 bits"),
        (replace(FRAME, samples=(LOWEST - 1,)), "24 bits"),
        (replace(FRAME, sequence=0x10000), "Sequence"),
        (replace(FRAME, timestamp_us=-1), "Timestamp"),
        (replace(FRAME, rate_hz=0), "Rate"),
        (replace(FRAME, resolution_nv=0x10000), "Resolution"),
    ],
)
def test_what_no_frame_can_hold_is_refused_by_name(frame: EcgFrame, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encode(frame)
