import secrets
import threading
from pathlib import Path

import pytest

from cloud.sealing.key_place import KeyPlace
from cloud.sealing.master import MasterKeys, new_master, rendered
from cloud.sealing.sealed import DataKey
from vitals.errors import ConfigurationError, SealError


@pytest.fixture
def place(tmp_path: Path) -> KeyPlace:
    return KeyPlace(folder=tmp_path / "keys")


def test_a_master_key_is_made_once_and_read_by_its_owner_alone(place: KeyPlace) -> None:
    assert place.read() is None
    made = place.make(secrets.token_bytes)
    assert place.make(secrets.token_bytes) == place.read() == made
    assert place.file.stat().st_mode & 0o777 == 0o600
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in place.folder.iterdir()] == ["master.key"]


def test_of_many_that_make_it_at_once_all_have_the_same(place: KeyPlace) -> None:
    made: list[MasterKeys] = []
    threads = [
        threading.Thread(target=lambda: made.append(place.make(secrets.token_bytes))) for _ in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert made == [made[0]] * 8


def test_a_file_that_others_may_read_is_refused(place: KeyPlace) -> None:
    place.make(secrets.token_bytes)
    place.file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="may be read by others: chmod 600"):
        place.read()


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "1 0123 4567\n", "\xff", "1 0000000000000000 " + "00" * 32]
)
def test_an_altered_file_is_refused_and_never_made_anew(place: KeyPlace, content: str) -> None:
    place.folder.mkdir()
    place.file.touch(mode=0o600)
    place.file.write_text(content, encoding="latin-1")
    with pytest.raises(ConfigurationError, match="restore it"):
        place.make(secrets.token_bytes)
    assert place.file.read_text(encoding="latin-1") == content


def test_a_key_that_is_given_is_no_file(tmp_path: Path) -> None:
    keys = MasterKeys(all=(new_master(secrets.token_bytes),))
    place = KeyPlace(folder=tmp_path / "keys", given=rendered(keys))
    assert place.make(secrets.token_bytes) == keys
    assert not place.folder.exists()
    with pytest.raises(ConfigurationError, match=r"given as keys\.master"):
        place.replace(keys)


def test_no_secret_is_in_what_a_log_would_show(place: KeyPlace) -> None:
    made = place.make(secrets.token_bytes)
    shown = repr((made, KeyPlace(folder=place.folder, given=rendered(made)), data_key()))
    assert made.current.secret.hex() not in shown
    assert repr(made.current.secret) not in shown


def data_key() -> DataKey:
    return DataKey(id="k", owner="patient/wei", secret=b"\x01" * 32)


def test_a_wrapped_key_unwraps_for_its_owner_alone() -> None:
    master = new_master(secrets.token_bytes)
    wrapped = master.wrapped(data_key(), secrets.token_bytes)
    assert master.unwrapped("k", "patient/wei", wrapped) == data_key()
    for key_id, owner, altered in (
        ("k", "patient/ana", wrapped),
        ("l", "patient/wei", wrapped),
        ("k", "patient/wei", wrapped[:-1]),
        ("k", "patient/wei", b""),
    ):
        with pytest.raises(SealError, match="was altered"):
            master.unwrapped(key_id, owner, altered)
