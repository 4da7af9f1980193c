"""The door key is looked at while the service runs: without it nobody with a second factor comes in again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cloud.access.door_key import door_key_at
from cloud.access.door_key_watch import DoorKeyWatch
from cloud.access.second_factor import SecondFactor
from cloud.ports import Account
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CountedRandomness
from tests.fakes.sign_in_books import FakeAccountStore
from vitals.errors import StorageError

LIN, SAM = "u-lin", "u-sam"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "door.key"


def watch(file: Path, *with_factors: str, randomness: str = "seed") -> DoorKeyWatch:
    key, store = door_key_at(file, CountedRandomness(randomness)), FakeAccountStore()
    factor = SecondFactor(store=store, key=key, clock=FakeClock(), randomness=CountedRandomness())
    for person_id in with_factors:
        factor.begun(person_id)
    return DoorKeyWatch(file=file, key=key, accounts=store.accounts)


def test_the_key_that_accounts_were_made_with_is_well(file: Path) -> None:
    well = watch(file, LIN, SAM)
    assert well.troubles() == well.troubles() == ()


def test_a_key_that_is_gone_altered_or_open_to_others_is_told_while_the_service_goes_on(file: Path) -> None:
    looked = watch(file, LIN)
    content = file.read_text()
    file.write_text("torn")
    assert "is no door key" in looked.troubles()[0]
    file.write_text("00" * 32)
    assert "is not the key this process started with: put the one back" in looked.troubles()[0]
    file.write_text(content)
    file.chmod(0o644)
    assert "chmod 600" in looked.troubles()[0]
    file.unlink()
    (trouble,) = looked.troubles()
    assert trouble.startswith(f"sign-in: {file}: No such file")
    assert "carewire cloud keys backup" in trouble


def test_second_factors_of_another_key_are_counted_and_nobody_is_named(file: Path) -> None:
    before = watch(file, LIN, SAM)
    file.unlink()
    now = DoorKeyWatch(file=file, key=door_key_at(file, CountedRandomness("new")), accounts=before.accounts)
    (trouble,) = now.troubles()
    assert trouble.startswith(f"sign-in: 2 second factors do not open with {file}: put the one back")
    assert LIN not in trouble


def test_a_database_that_is_away_is_not_this_watchs_to_tell(file: Path) -> None:
    def away() -> Sequence[Account]:
        raise StorageError("it is away")

    assert DoorKeyWatch(file=file, key=door_key_at(file, CountedRandomness()), accounts=away).troubles() == ()
