from dataclasses import replace

import pytest

from edge.streams.continuity import Follows, continuity, end_us
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal

LAST = SignalFrame(
    signal=Signal.ECG,
    sequence=100,
    timestamp_us=8_000_000,
    rate_hz=100,
    resolution=1000,
    channels=((0,) * 50,),
)
NEXT = replace(LAST, sequence=101, timestamp_us=8_500_000)


def test_a_frame_ends_where_the_next_is_due() -> None:
    assert end_us(LAST) == NEXT.timestamp_us


@pytest.mark.parametrize(
    ("frame", "follows", "missed"),
    [
        (NEXT, Follows.NEXT, 0),
        (replace(NEXT, timestamp_us=8_520_000), Follows.NEXT, 0),
        (replace(NEXT, timestamp_us=8_530_001), Follows.AFTER_LOSS, 3),
        (replace(NEXT, sequence=103, timestamp_us=9_500_000), Follows.AFTER_LOSS, 100),
        (replace(NEXT, timestamp_us=68_500_000), Follows.AFTER_LOSS, 6_000),
        (replace(NEXT, sequence=90, timestamp_us=60_000_000_000), Follows.AFTER_LOSS, 5_999_150),
        (LAST, Follows.REPEATED, 0),
        (replace(LAST, sequence=99, timestamp_us=7_500_000), Follows.REPEATED, 0),
        (replace(LAST, sequence=0, timestamp_us=0), Follows.STARTED_ANEW, None),
        (replace(LAST, sequence=101, timestamp_us=0), Follows.STARTED_ANEW, None),
    ],
    ids=[
        "next",
        "within-the-clock's-jitter",
        "beyond-the-clock's-jitter",
        "two-frames-lost",
        "paused-without-counting",
        "lost-for-longer-than-the-counter",
        "told-twice",
        "told-late",
        "restarted",
        "restarted-with-a-lucky-number",
    ],
)
def test_how_a_frame_follows(frame: SignalFrame, follows: Follows, missed: int | None) -> None:
    found = continuity(LAST, frame)
    assert (found.follows, found.missed) == (follows, missed)


def test_the_counter_wraps_without_a_loss() -> None:
    last, frame = replace(LAST, sequence=65_535), replace(NEXT, sequence=0)
    assert continuity(last, frame).follows is Follows.NEXT


def test_the_first_frame_ever_misses_what_nobody_can_count() -> None:
    assert continuity(None, LAST).missed is None
