"""An erasure that waits in a backup may have been taken back since: nobody is erased for a restore."""

from contextlib import closing
from pathlib import Path

from cloud.erasing.desk import WAITING_MS
from cloud.ports import OPERATOR, Erasure
from tests.contracts.relational.rows import WEI
from tests.fakes.backed_up import Home

HOUR_MS = 3_600_000


def waiting(home: Home, asked_by: str) -> Erasure:
    return Erasure(
        reference="r",
        patient_id=WEI.id,
        asked_by=asked_by,
        asked_ms=home.now_ms,
        due_ms=home.now_ms + HOUR_MS,
    )


def restored(tmp_path: Path, asked_by: str) -> tuple[Home, Erasure | None]:
    home = Home(tmp_path / "home")
    home.fill()
    with closing(home.relational()) as store:
        store.erasures.ask(waiting(home, asked_by))
    taken = home.back_up(tmp_path / "shelf")
    new = Home(tmp_path / "new", now_ms=home.now_ms + HOUR_MS)
    new.bring_back(taken.path)
    with closing(new.relational()) as store:
        return new, store.erasures.of(WEI.id)


def test_an_erasure_that_waited_waits_anew_once_a_backup_is_restored(tmp_path: Path) -> None:
    new, found = restored(tmp_path, "u-1")
    assert found is not None
    assert found.due_ms == new.now_ms + WAITING_MS


def test_what_the_operator_asked_for_at_once_does_not_wait(tmp_path: Path) -> None:
    new, found = restored(tmp_path, OPERATOR)
    assert found is not None
    assert found.due_ms == new.now_ms
