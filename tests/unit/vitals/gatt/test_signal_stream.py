"""Frames of signals beyond their vectors: widths, splitting to a notification's size, and gaps."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitals.gatt.signal_stream import (
    ATT_NOTIFICATION_OCTETS,
    CHANNEL_OCTETS,
    HEADER_OCTETS,
    MAX_SAMPLES,
    SignalFrame,
    decode,
    encode,
    frame_capacity,
    sequence_step,
    split_samples,
)
from vitals.gatt.signals import SIGNALS, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

LOWEST, HIGHEST = -(1 << 23), (1 << 23) - 1
FRAME = SignalFrame(
    signal=Signal.ECG, sequence=7, timestamp_us=1_000_000, rate_hz=250, resolution=1000, channels=((0,),)
)
MOTION = replace(FRAME, signal=Signal.ACCELERATION, channels=((0,), (0,), (0,)))

any_count = st.integers(LOWEST, HIGHEST)
quiet_count = st.integers(-60, 60)


@st.composite
def any_run(draw: st.DrawFn, signal: Signal, *, min_size: int = 0, max_size: int = 600) -> list[list[int]]:
    """Channels equally long, quiet or wild."""
    counts = draw(st.sampled_from([quiet_count, quiet_count | any_count]))
    length = draw(st.integers(min_size, max_size))
    channel = st.lists(counts, min_size=length, max_size=length)
    return [draw(channel) for _ in SIGNALS[signal].leads]


@st.composite
def any_frame(draw: st.DrawFn) -> SignalFrame:
    signal = draw(st.sampled_from(Signal))
    channels = draw(any_run(signal, min_size=1, max_size=MAX_SAMPLES))
    return SignalFrame(
        signal=signal,
        sequence=draw(st.integers(0, 0xFFFF)),
        timestamp_us=draw(st.integers(0, (1 << 64) - 1)),
        rate_hz=draw(st.integers(1, 0xFFFF)),
        resolution=draw(st.integers(1, 0xFFFF)),
        channels=tuple(map(tuple, channels)),
    )


@st.composite
def any_split(draw: st.DrawFn) -> tuple[Signal, list[list[int]], int]:
    """A signal, its samples, and room for at least one of them."""
    signal = draw(st.sampled_from(Signal))
    max_octets = draw(st.integers(HEADER_OCTETS + CHANNEL_OCTETS * SIGNALS[signal].channels, 514))
    return signal, draw(any_run(signal)), max_octets


def split(
    channels: Sequence[Sequence[int]], max_octets: int, signal: Signal = Signal.ECG, **changes: int
) -> list[SignalFrame]:
    header = {"sequence": 7, "timestamp_us": 1_000_000, "rate_hz": 250, "resolution": 1000} | changes
    return list(split_samples(channels, signal=signal, max_octets=max_octets, **header))


@given(frame=any_frame())
@settings(deadline=None)
def test_a_frame_comes_back_as_it_was(frame: SignalFrame) -> None:
    assert decode(encode(frame)) == frame


@pytest.mark.parametrize(
    ("delta", "width"),
    [(0, 0), (-1, 1), (1, 2), (-2, 2), (2, 3), (-3, 3), (127, 8), (-128, 8), (128, 9), (-129, 9)],
)
def test_deltas_get_the_narrowest_width_that_holds_them(delta: int, width: int) -> None:
    assert encode(replace(FRAME, channels=((0, delta),)))[HEADER_OCTETS + CHANNEL_OCTETS - 1] == width


def test_a_channel_that_is_still_costs_no_deltas_beside_one_that_moves() -> None:
    still, moving = (5,) * 50, (0, 100) * 25

    one_moves = encode(replace(MOTION, channels=(still, still, moving)))
    all_move = encode(replace(MOTION, channels=(moving, moving, moving)))

    assert len(one_moves) == HEADER_OCTETS + 3 * CHANNEL_OCTETS + 49
    assert len(all_move) == HEADER_OCTETS + 3 * (CHANNEL_OCTETS + 49)


@pytest.mark.parametrize(
    ("frame", "values"),
    [
        (replace(FRAME, resolution=4880, channels=((100, -1),)), ((0.488, -0.00488),)),
        (replace(FRAME, signal=Signal.PPG, resolution=2, channels=((100_000, -1),)), ((200_000, -2),)),
        (replace(MOTION, resolution=250, channels=((0,), (-2000,), (4000,))), ((0,), (-0.5,), (1,))),
    ],
    ids=["mV", "arbitrary", "g"],
)
def test_a_frame_tells_its_samples_in_the_signals_unit(
    frame: SignalFrame, values: tuple[tuple[float, ...], ...]
) -> None:
    assert frame.values == values


@given(run=any_split())
@settings(deadline=None)
def test_split_samples_lose_nothing_and_every_frame_fits(run: tuple[Signal, list[list[int]], int]) -> None:
    signal, channels, max_octets = run

    octets = [encode(frame) for frame in split(channels, max_octets, signal)]

    assert all(len(value) <= max_octets for value in octets)
    frames = [decode(value) for value in octets]
    for place, channel in enumerate(channels):
        assert [count for frame in frames for count in frame.channels[place]] == channel


@given(run=any_split())
@settings(deadline=None)
def test_no_frame_but_the_last_has_room_for_one_more_sample(
    run: tuple[Signal, list[list[int]], int],
) -> None:
    signal, channels, max_octets = run

    for frame, following in pairwise(split(channels, max_octets, signal)):
        fuller = replace(
            frame,
            channels=tuple(
                (*channel, more[0]) for channel, more in zip(frame.channels, following.channels, strict=True)
            ),
        )
        assert fuller.length > MAX_SAMPLES or len(encode(fuller)) > max_octets


def test_the_smallest_att_mtu_carries_a_frame_of_one_channel() -> None:
    frames = split([[0, 1000, -1000]], 23 - ATT_NOTIFICATION_OCTETS)

    assert [frame.channels for frame in frames] == [((0,),), ((1000,),), ((-1000,),)]


def test_frames_count_on_and_their_timestamps_follow_the_rate() -> None:
    frames = split([[0] * (2 * MAX_SAMPLES + 1)], 100, sequence=0xFFFF, timestamp_us=10, rate_hz=360)

    assert [frame.sequence for frame in frames] == [0xFFFF, 0, 1]
    assert [frame.timestamp_us for frame in frames] == [10, 10 + 708_333, 10 + 1_416_667]


def test_a_spike_ends_a_frame_that_it_would_overfill() -> None:
    quiet = [0, 1] * 40

    frames = split([[*quiet, HIGHEST]], 60)

    assert frames[0].channels == (tuple(quiet),)
    assert frames[1].channels == ((HIGHEST,),)


def test_a_second_of_motion_fits_the_largest_notification() -> None:
    walk = [[round(800 * (place % 7)) for place in range(50)] for _ in SIGNALS[Signal.ACCELERATION].leads]

    assert len(split(walk, 514, Signal.ACCELERATION)) == 1


def test_no_samples_make_no_frames() -> None:
    assert split([[]], 20) == []


@pytest.mark.parametrize(
    ("signal", "octets"), [(Signal.ECG, 20), (Signal.PPG, 20), (Signal.ACCELERATION, 28)]
)
def test_a_notification_too_small_for_one_sample_is_refused(signal: Signal, octets: int) -> None:
    with pytest.raises(ValueError, match=f"{signal.name} needs {octets} octets.*{octets - 1} cannot hold it"):
        split([[0] for _ in SIGNALS[signal].leads], octets - 1, signal)


@pytest.mark.parametrize(
    ("max_octets", "delta_bits", "samples"),
    [(20, 0, 255), (20, 8, 1), (21, 8, 2), (244, 8, 225), (244, 16, 113), (514, 1, 255), (24, 25, 2)],
)
def test_a_frame_holds_what_its_room_and_width_allow(max_octets: int, delta_bits: int, samples: int) -> None:
    assert frame_capacity(Signal.ECG, max_octets, delta_bits) == samples


@pytest.mark.parametrize(
    ("max_octets", "delta_bits", "samples"),
    [(28, 0, 255), (30, 8, 1), (31, 8, 2), (244, 8, 73), (244, 12, 49)],
)
def test_channels_share_the_room_of_a_frame(max_octets: int, delta_bits: int, samples: int) -> None:
    assert frame_capacity(Signal.ACCELERATION, max_octets, delta_bits) == samples


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
        (replace(FRAME, channels=((),)), "1 to 255 samples"),
        (replace(FRAME, channels=((0,) * 256,)), "1 to 255 samples"),
        (replace(FRAME, channels=((HIGHEST + 1,),)), "24 bits"),
        (replace(MOTION, channels=((0,), (0,), (LOWEST - 1,))), "24 bits"),
        (replace(FRAME, channels=()), "ECG has 1 channel"),
        (replace(MOTION, channels=((0,), (0,))), "ACCELERATION has 3 channel"),
        (replace(MOTION, channels=((0,), (0, 1), (0,))), "same number of samples"),
        (replace(FRAME, sequence=0x10000), "Sequence"),
        (replace(FRAME, timestamp_us=-1), "Timestamp"),
        (replace(FRAME, rate_hz=0), "Rate"),
        (replace(FRAME, resolution=0x10000), "Resolution"),
    ],
)
def test_what_no_frame_can_hold_is_refused_by_name(frame: SignalFrame, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encode(frame)


def test_channels_of_unequal_length_are_not_split() -> None:
    with pytest.raises(ValueError, match="same number of samples"):
        split([[0], [0, 1], [0]], 244, Signal.ACCELERATION)
