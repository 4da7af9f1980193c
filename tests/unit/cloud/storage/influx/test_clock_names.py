import pytest

from cloud.ports import ClockDoubt
from cloud.storage.influx.clock_names import FiledClock, filed, named
from vitals.errors import StorageError

CLOCKS = [
    (FiledClock(doubt="", run=None), "believed"),
    (FiledClock(doubt="ahead", run=None), "ahead"),
    (FiledClock(doubt="unsynced", run=("boot-1", -7)), "run boot-1/-7"),
    (FiledClock(doubt="unsynced", run=("", 0)), "run unnamed/0"),
    (FiledClock(doubt="before-2020", run=("a/b c", 9)), "run a/b c/9 before-2020"),
    (FiledClock(doubt="unsynced", run=("a\nb\\%", 9)), "run a%0Ab%5C%25/9"),
]


@pytest.mark.parametrize(("clock", "name"), CLOCKS)
def test_a_clock_and_its_name_tell_the_same(clock: FiledClock, name: str) -> None:
    assert named(clock) == name
    assert filed(name) == clock


def test_a_run_that_was_unsynced_and_one_that_was_put_right_at_once_have_one_name() -> None:
    run = ("boot-1", 7)
    assert named(FiledClock(doubt="", run=run)) == named(FiledClock(doubt=ClockDoubt.UNSYNCED, run=run))


@pytest.mark.parametrize("name", ["", "noon", "run", "run x", "run boot/late"])
def test_a_name_this_program_never_wrote_is_refused(name: str) -> None:
    with pytest.raises(StorageError, match="never wrote"):
        filed(name)
