"""Every key that is made is whole on the disk or not there: none is left that is empty."""

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from cloud.access.door_key import door_key_at
from cloud.gateways.authority_files import KEY_FILE, keep_authority, open_authority
from cloud.ledger.keys import make_key, read_private_key
from cloud.notifiers.vapid import VapidKey
from cloud.sealing.key_place import KeyPlace
from edge.identity.folder import IdentityFolder
from models import signing
from tests.fakes.identities import an_authority
from vitals.errors import ConfigurationError, StorageError

MAKERS: dict[str, Callable[[Path], object]] = {
    "door": lambda folder: door_key_at(folder / "key", secrets.token_bytes),
    "ledger": lambda folder: make_key(folder / "key"),
    "master": lambda folder: KeyPlace(folder=folder).make(secrets.token_bytes),
    "web push": lambda folder: VapidKey.kept_in(folder / "key"),
    "authority": lambda folder: keep_authority(folder, an_authority()),
    "models": lambda folder: signing.make_key(folder / "key"),
    "gateway": lambda folder: IdentityFolder(path=folder).next_key("enrolment"),
}


@pytest.mark.parametrize("key", MAKERS)
def test_a_disk_that_fails_while_a_key_is_made_leaves_none_and_the_next_try_makes_it(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises((ConfigurationError, StorageError)):
            MAKERS[key](tmp_path)
    assert list(tmp_path.iterdir()) == []
    MAKERS[key](tmp_path)
    assert all(path.stat().st_size for path in tmp_path.iterdir())
    (secret,) = [path for path in tmp_path.iterdir() if path.name != "ca.crt"]
    assert secret.stat().st_mode & 0o777 == 0o600


def test_no_key_of_a_ledger_or_authority_is_written_over(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    kept = read_private_key(tmp_path / "key")
    with pytest.raises(ConfigurationError, match="is there already"):
        make_key(tmp_path / "key")
    assert kept is not None
    keep_authority(tmp_path, an_authority())
    with pytest.raises(ConfigurationError, match="there is an authority"):
        keep_authority(tmp_path, an_authority())


def test_an_authority_that_was_only_half_made_says_what_to_do(tmp_path: Path) -> None:
    keep_authority(tmp_path, an_authority())
    (tmp_path / "ca.crt").unlink()
    with pytest.raises(
        ConfigurationError, match=rf"machine stopped .* move {KEY_FILE} away and make another"
    ):
        open_authority(tmp_path)
