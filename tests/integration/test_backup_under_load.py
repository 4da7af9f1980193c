"""A backup taken while the service ingests and alerts as fast as it can, brought back on an empty machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.backup.manifest import EpochRanges
from tests.contracts.batches import EPOCH
from tests.fakes.backed_up import Home
from tests.fakes.loaded_service import POINTS, RECORDS_A_BATCH, LoadedService, under_load
from tests.fakes.postgres import postgres


def last_batch(taken: tuple[EpochRanges, ...]) -> int:
    (account,) = taken
    ((first, last),) = account.ranges
    assert (first, last % RECORDS_A_BATCH) == (1, 0), "half a batch"
    return last // RECORDS_A_BATCH


@pytest.fixture(params=["sqlite", "postgresql"])
def homes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Home, Home]]:
    """Give the machine that will die, and the empty one."""
    if request.param == "sqlite":
        yield Home(tmp_path / "home"), Home(tmp_path / "new")
        return
    with postgres() as old, postgres() as new:
        yield Home(tmp_path / "home", {"database_url": old}), Home(tmp_path / "new", {"database_url": new})


def test_what_was_acknowledged_before_the_backup_is_all_there_and_the_rest_is_absorbed(
    homes: tuple[Home, Home], tmp_path: Path
) -> None:
    home, new = homes
    with under_load(home) as running:
        before = running.await_more(20)
        taken = home.back_up(tmp_path / "shelf")
        after = running.acknowledged
        running.await_more(20)
    acknowledged = running.acknowledged
    assert before < after, "the service went on while the backup was taken"

    told = EpochRanges(gateway="home-1", epoch=EPOCH, ranges=((1, RECORDS_A_BATCH * acknowledged),))
    done = new.bring_back(taken.path, acknowledged=(told,))
    kept = last_batch(done.taken)
    assert before <= kept < acknowledged
    lost = (RECORDS_A_BATCH * kept + 1, RECORDS_A_BATCH * acknowledged)
    assert [one.ranges for one in done.lost] == [(lost,)], "exactly what came after the backup"

    service = LoadedService(new)
    service.judge_everything()
    for number in range(1, kept + 1):
        assert (len(service.alerts_of(number)), service.points_of(number)) == (1, POINTS)
    assert service.points_of(kept + 1) == 0
    for number in range(1, acknowledged + 1):  # a gateway that sends everything again
        service.take_in(number)
    service.judge_everything()
    assert service.ingest.stats.stored == RECORDS_A_BATCH * (acknowledged - kept)
    assert service.ingest.stats.duplicates == RECORDS_A_BATCH * kept
    for number in range(1, acknowledged + 1):
        assert (len(service.alerts_of(number)), service.points_of(number)) == (1, POINTS)
    service.close()


def test_with_the_old_disks_series_file_every_alert_is_raised_again_that_the_backup_lacks(
    tmp_path: Path,
) -> None:
    home, new = Home(tmp_path / "home"), Home(tmp_path / "new")
    with under_load(home) as running:
        running.await_more(5)
        taken = home.back_up(tmp_path / "shelf")
        running.await_more(20)
    done = new.bring_back(taken.path, salvage=home.folder / "series.db")
    kept = last_batch(done.taken)
    assert kept >= running.acknowledged
    assert done.judged_again > 0
    service = LoadedService(new)
    service.judge_everything()
    assert [len(service.alerts_of(number)) for number in range(1, kept + 1)] == [1] * kept
    service.close()
