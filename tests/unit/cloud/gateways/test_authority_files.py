"""The authority's key lies in a file of its own, for its owner alone."""

import stat
from pathlib import Path

import pytest

from cloud.gateways.authority import new_authority
from cloud.gateways.authority_files import (
    CERTIFICATE_FILE,
    KEY_FILE,
    keep_authority,
    keep_certificate,
    open_authority,
)
from tests.fakes.identities import an_authority, random_bytes
from vitals.errors import ConfigurationError


def test_an_authority_is_kept_and_found_again(tmp_path: Path) -> None:
    keep_authority(tmp_path / "authority", an_authority())
    found = open_authority(tmp_path / "authority")
    assert found is not None
    assert found.fingerprint == an_authority().fingerprint
    assert stat.S_IMODE((tmp_path / "authority" / KEY_FILE).stat().st_mode) == 0o600


def test_where_there_is_none_none_is_found(tmp_path: Path) -> None:
    assert open_authority(tmp_path) is None


def test_one_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    keep_authority(tmp_path, an_authority())
    before = (tmp_path / KEY_FILE).read_bytes()
    with pytest.raises(ConfigurationError, match="there is an authority"):
        keep_authority(tmp_path, new_authority(now_ms=0, randomness=random_bytes))
    assert (tmp_path / KEY_FILE).read_bytes() == before


def test_a_key_sealed_with_a_passphrase_opens_with_that_alone(tmp_path: Path) -> None:
    keep_authority(tmp_path, an_authority(), "open sesame")
    assert open_authority(tmp_path, "open sesame") is not None
    for wrong in (None, "open says me"):
        with pytest.raises(ConfigurationError, match="authority_passphrase"):
            open_authority(tmp_path, wrong)


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    keep_authority(tmp_path, an_authority())
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        open_authority(tmp_path)


def test_a_certificate_of_another_is_told(tmp_path: Path) -> None:
    keep_authority(tmp_path, an_authority())
    keep_certificate(tmp_path, new_authority(now_ms=0, randomness=random_bytes))
    with pytest.raises(ConfigurationError, match="do not belong together"):
        open_authority(tmp_path)


def test_what_is_no_certificate_is_told(tmp_path: Path) -> None:
    keep_authority(tmp_path, an_authority())
    (tmp_path / CERTIFICATE_FILE).write_text("torn")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        open_authority(tmp_path)
