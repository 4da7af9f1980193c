"""The disk is full: nothing is half kept, the message says what to do, and room ends it."""

from pathlib import Path

import pytest

from edge.outbox import Outbox
from edge.ports import Pressure
from tests.fakes.gateway_records import event, open_outbox, run, strip
from tests.fakes.small_disk import SmallDisk, small_disk
from vitals.errors import StorageError
from vitals.wire.envelope import Ack

__all__ = ["small_disk"]


def append_until_full(outbox: Outbox) -> int:
    """Return how many appends of one record for each lane there was room for."""
    for number in range(10_000):
        try:
            outbox.append([run(number), strip(number), event(number)])
        except StorageError as error:
            if "free space on it" not in str(error):
                raise
            return number
    raise AssertionError("the disk never filled")


def test_a_full_disk_refuses_the_whole_append_and_keeps_what_was_there(small_disk: SmallDisk) -> None:
    outbox = open_outbox(small_disk.folder / "outbox.db")
    kept = append_until_full(outbox)
    assert kept > 0
    assert {epoch.made for epoch in outbox.status().epochs} == {kept}
    assert outbox.counters["outbox.storage_errors"] == 1
    assert outbox.pressure is Pressure.FULL
    small_disk.grow()
    outbox.close()
    again = open_outbox(small_disk.folder / "outbox.db")
    assert again.status().records == 3 * kept
    again.close()


def test_appending_and_acknowledging_go_on_when_the_disk_has_room_again(small_disk: SmallDisk) -> None:
    outbox = open_outbox(small_disk.folder / "outbox.db")
    kept = append_until_full(outbox)
    small_disk.grow()
    outbox.append([run(1), strip(1), event(1)])
    assert set(outbox.status().made.values()) == {kept + 1}
    assert outbox.pressure is Pressure.NONE
    taken = outbox.next_batch()
    assert taken is not None
    assert outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(1, 2)])).stored == 2
    outbox.close()


def test_an_outbox_that_cannot_be_made_says_where_and_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="let the gateway's user write there"):
        open_outbox(tmp_path / "file" / "outbox.db")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="folder"):
        open_outbox(tmp_path / "folder")
