from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.last_seen import LastSeen, key_of, kinds_of
from vitals.errors import StorageError


def test_what_was_safe_is_known_after_a_restart(tmp_path: Path) -> None:
    LastSeen(tmp_path / "last-seen.json").save({"c0-00-00-00-00-01/heart_rate": 1_700_000_000_000})
    assert LastSeen(tmp_path / "last-seen.json").load() == {"c0-00-00-00-00-01/heart_rate": 1_700_000_000_000}


def test_what_an_earlier_version_kept_was_of_the_ecg(tmp_path: Path) -> None:
    (tmp_path / "last-seen.json").write_bytes(b'{"c0-00-00-00-00-01": 5}')
    assert LastSeen(tmp_path / "last-seen.json").load() == {"c0-00-00-00-00-01/ecg": 5}


def test_each_device_gets_its_own_and_not_that_of_one_whose_name_begins_alike() -> None:
    kept = {key_of("strap", "ecg"): 1, key_of("strap", "ppg"): 2, key_of("strap-2", "ecg"): 3}
    assert kinds_of("strap", kept) == {"ecg": 1, "ppg": 2}


@pytest.mark.parametrize("rubbish", [b"", b'{"a": "b"}', b"\xff\x00", b"[1]"])
def test_a_damaged_memory_is_no_memory_and_is_said_so(tmp_path: Path, rubbish: bytes) -> None:
    file = tmp_path / "last-seen.json"
    assert LastSeen(file).load() == {}
    file.write_bytes(rubbish)
    with capture_logs() as logs:
        assert LastSeen(file).load() == {}
    assert logs[0]["event"] == "last_seen.unreadable"


def test_a_disk_that_refuses_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="check the gateway's disk"):
        LastSeen(tmp_path / "no-folder" / "last-seen.json").save({})
