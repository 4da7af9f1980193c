"""While a write lasts the disk is watched; once it has returned, however it did, it no longer is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.adapters.watched_disk import WatchedDisk
from edge.last_seen import LastSeen, Progress
from edge.supervision import Supervision
from tests.fakes.clock import FakeClock
from vitals.errors import StorageError
from vitals.records import AnyRecord


class SlowSink:
    """Takes half a minute of the clock for each write, or fails after it."""

    def __init__(self, clock: FakeClock, *, fails: bool = False) -> None:
        self.clock = clock
        self.fails = fails
        self.seen_still_s = 0.0
        self.watch: Supervision | None = None

    def append(self, _records: Sequence[AnyRecord]) -> None:
        self.clock.advance(30)
        assert self.watch is not None
        self.seen_still_s = self.watch.disk_still_s()
        if self.fails:
            raise StorageError("no")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def disk_of(clock: FakeClock, sink: SlowSink, tmp_path: Path) -> WatchedDisk:
    sink.watch = Supervision(monotonic_s=clock.monotonic_s)
    return WatchedDisk(sink=sink, last_seen=LastSeen(tmp_path / "last-seen.json"), supervision=sink.watch)


@pytest.mark.parametrize("fails", [False, True])
def test_a_write_is_watched_for_as_long_as_it_lasts(clock: FakeClock, tmp_path: Path, fails: bool) -> None:  # noqa: FBT001 - pytest names it
    sink = SlowSink(clock, fails=fails)
    disk = disk_of(clock, sink, tmp_path)
    try:
        disk.append([])
    except StorageError:
        assert fails
    clock.advance(30)
    assert sink.seen_still_s == 30
    assert disk.supervision.disk_still_s() == 0


def test_what_is_safe_is_kept_under_the_same_watch(clock: FakeClock, tmp_path: Path) -> None:
    disk = disk_of(clock, SlowSink(clock), tmp_path)
    disk.remember(Progress(safe_until_ms={"c0-00-00-00-00-01/ecg": 5}))
    assert disk.last_seen.load().safe_until_ms == {"c0-00-00-00-00-01/ecg": 5}
    assert disk.supervision.disk_still_s() == 0
