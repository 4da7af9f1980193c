from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.last_seen import LastSeen, Progress, key_of, of_device
from edge.streams.record_book import RecordMemory
from vitals.errors import StorageError
from vitals.gatt import uuids

METER = "c0-00-00-00-00-05"
KEY = key_of(METER, uuids.GLUCOSE_MEASUREMENT)
NINE = RecordMemory(last=9, seen={8: 1_700_000_000_000, 9: 1_700_000_600_000})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "last-seen.json"


def test_what_was_safe_is_known_after_a_restart(file: Path) -> None:
    kept = Progress(safe_until_ms={key_of(METER, "glucose"): 1_700_000_000_000}, records={KEY: NINE})
    LastSeen(file).save(kept)
    assert LastSeen(file).load() == kept


def test_what_an_earlier_version_kept_was_of_the_ecg(file: Path) -> None:
    file.write_bytes(b'{"c0-00-00-00-00-01": 5}')
    assert LastSeen(file).load() == Progress(safe_until_ms={"c0-00-00-00-00-01/ecg": 5})


def test_each_device_gets_its_own_and_not_that_of_one_whose_name_begins_alike() -> None:
    kept = {key_of("strap", "ecg"): 1, key_of("strap", "ppg"): 2, key_of("strap-2", "ecg"): 3}
    assert of_device("strap", kept) == {"ecg": 1, "ppg": 2}


def test_when_a_device_was_last_heard_is_the_newest_of_its_kinds() -> None:
    known = Progress(safe_until_ms={key_of("strap", "ecg"): 5, key_of("strap", "heart_rate"): 9})
    assert (known.newest_ms("strap"), known.newest_ms("scale")) == (9, None)


def test_records_are_asked_for_from_the_last_that_is_safe_on_and_after_a_restart_too(file: Path) -> None:
    last_seen = LastSeen(file)
    assert last_seen.last_sequence(METER, uuids.GLUCOSE_MEASUREMENT) is None
    last_seen.save(Progress(records={KEY: NINE}))
    assert last_seen.last_sequence(METER, uuids.GLUCOSE_MEASUREMENT) == 9
    again = LastSeen(file)
    again.load()
    assert again.last_sequence(METER, uuids.GLUCOSE_MEASUREMENT) == 9
    assert again.last_sequence(METER, uuids.CGM_MEASUREMENT) is None


def test_of_a_wearable_that_counts_anew_all_is_asked_for(file: Path) -> None:
    last_seen = LastSeen(file)
    last_seen.save(Progress(records={KEY: RecordMemory(last=3, seen={3: 5}, anew_at=3)}))
    assert last_seen.last_sequence(METER, uuids.GLUCOSE_MEASUREMENT) is None


def test_the_records_are_written_only_when_there_are_new_ones(file: Path) -> None:
    last_seen = LastSeen(file)
    last_seen.save(Progress(records={KEY: NINE}))
    file.with_name("records-seen.json").unlink()
    last_seen.save(Progress(safe_until_ms={"strap/ecg": 7}, records={KEY: NINE}))
    assert file.exists()
    assert not file.with_name("records-seen.json").exists()


@pytest.mark.parametrize("rubbish", [b"", b'{"a": "b"}', b"\xff\x00", b"[1]", b'{"a": {"last": 1, "se'])
def test_torn_records_are_no_memory_and_that_is_said_and_the_times_hold(file: Path, rubbish: bytes) -> None:
    assert LastSeen(file).load() == Progress()
    kept = Progress(safe_until_ms={"strap/ecg": 7}, records={KEY: NINE})
    LastSeen(file).save(kept)
    file.with_name("records-seen.json").write_bytes(rubbish)
    with capture_logs() as logs:
        found = LastSeen(file).load()
    assert [(line["event"], line["file"]) for line in logs] == [("last_seen.unreadable", "records-seen.json")]
    assert found == Progress(safe_until_ms=kept.safe_until_ms)


@pytest.mark.parametrize("rubbish", [b"", b"[1]", None])
def test_for_torn_or_lost_times_those_of_a_minute_ago_stand_in(file: Path, rubbish: bytes | None) -> None:
    last_seen = LastSeen(file)
    for number in range(300):
        last_seen.save(Progress(safe_until_ms={"strap/ecg": number}))
    file.unlink()
    if rubbish is not None:
        file.write_bytes(rubbish)
    assert LastSeen(file).load().safe_until_ms == {"strap/ecg": 240}


def test_records_that_a_disk_refused_are_written_once_it_takes_them(tmp_path: Path) -> None:
    folder = tmp_path / "not-yet-mounted"
    last_seen = LastSeen(folder / "last-seen.json")
    kept = Progress(records={KEY: NINE})
    with pytest.raises(StorageError):
        last_seen.save(kept)
    folder.mkdir()
    last_seen.save(kept)
    assert LastSeen(folder / "last-seen.json").load() == kept


def test_a_disk_that_refuses_is_a_storage_error_and_what_is_safe_is_known_all_the_same(
    tmp_path: Path,
) -> None:
    last_seen = LastSeen(tmp_path / "no-folder" / "last-seen.json")
    with pytest.raises(StorageError, match="check the gateway's disk"):
        last_seen.save(Progress(records={KEY: NINE}))
    assert last_seen.last_sequence(METER, uuids.GLUCOSE_MEASUREMENT) == 9


def test_what_alarm_budgets_have_spent_is_known_after_a_restart(file: Path) -> None:
    spent = {key_of("c0-00-00-00-00-01", "atrial-fibrillation"): 1.25}
    LastSeen(file).save(Progress(spent=spent))
    assert LastSeen(file).load().spent == spent


@pytest.mark.parametrize(
    ("now", "kept"),
    [(1.96, 2.0), (1.95, 1.95), (2.0001, 2.0001)],
    ids=["hardly-made-up-for", "made-up-for", "charged"],
)
def test_a_charge_is_written_at_once_and_what_is_made_up_for_now_and_then(
    file: Path, now: float, kept: float
) -> None:
    last_seen = LastSeen(file)
    last_seen.save(Progress(spent={"strap/atrial-fibrillation": 2.0}))
    last_seen.save(Progress(spent={"strap/atrial-fibrillation": now}))
    assert LastSeen(file).load().spent == {"strap/atrial-fibrillation": kept}


def test_which_episodes_stand_is_known_after_a_restart_and_so_is_that_none_does(file: Path) -> None:
    standing = {key_of("c0-00-00-00-00-01", "asystole"): "e-1234567"}
    last_seen = LastSeen(file)
    last_seen.save(Progress(standing=standing))
    assert LastSeen(file).load().standing == standing
    last_seen.save(Progress())
    assert LastSeen(file).load().standing == {}
