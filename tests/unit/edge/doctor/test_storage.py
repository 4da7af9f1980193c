"""Room, leave to write, and a sound outbox."""

import shutil
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.doctor import storage
from edge.doctor.finding import Case, Verdict
from edge.doctor.storage import check_data_dir, check_outbox
from tests.fakes.clock import FakeClock
from tests.fakes.doctor_case import case_of, verdicts
from tests.fakes.gateway_records import event, open_outbox, run

GIB = 1 << 30


@pytest.mark.parametrize(
    ("free_bytes", "verdict"),
    [(3 * GIB, Verdict.OK), (GIB - 1, Verdict.WARN), ((200 << 20) - 1, Verdict.FAIL)],
)
def test_room_is_told_and_too_little_is_worth_a_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_bytes: int, verdict: Verdict
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_bytes))
    case = case_of(tmp_path)
    assert verdicts(check_data_dir(case)) == [("data", verdict)]
    assert list(case.settings.data_dir.iterdir()) == []


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, is_there: bool) -> None:  # noqa: FBT001 - pytest names it
    case = case_of(tmp_path)
    case.settings.data_dir.rmdir()
    if is_there:
        case.settings.data_dir.write_text("a file is in the way")
    (finding,) = check_data_dir(case)
    assert (finding.verdict, finding.remedy) == (Verdict.FAIL, storage._WRITE_IT)


def outbox_with(case: Case, *, since_s: float) -> None:
    clock = FakeClock()
    clock.wall = (time.time() - since_s) * 1000
    outbox = open_outbox(case.settings.outbox_file, clock=clock)
    outbox.append([run(clock.wall_ms()), event(clock.wall_ms())])
    outbox.close()


def test_before_the_first_start_there_is_no_outbox(tmp_path: Path) -> None:
    assert verdicts(check_outbox(case_of(tmp_path))) == [("outbox", Verdict.WARN)]


def test_an_outbox_in_which_nothing_waits_is_well(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    open_outbox(case.settings.outbox_file).close()
    (finding,) = check_outbox(case)
    assert (finding.verdict, finding.says) == (Verdict.OK, "sound, nothing waits")


def test_an_outbox_that_waits_for_hours_is_worth_a_look(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    outbox_with(case, since_s=3 * 3600)
    (finding,) = check_outbox(case)
    assert finding.verdict is Verdict.WARN
    assert "2 records to be sent, the oldest for" in finding.says


def test_a_damaged_outbox_must_be_put_right(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    outbox_with(case, since_s=0)
    path = case.settings.outbox_file
    raw = bytearray(path.read_bytes())
    raw[4096:12288] = b"\xff" * 8192
    path.write_bytes(raw)
    assert verdicts(check_outbox(case)) == [("outbox", Verdict.FAIL)]


def test_a_file_that_is_no_database_must_be_put_right(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    case.settings.outbox_file.write_text("no database at all, whatever its name says" * 100)
    assert verdicts(check_outbox(case)) == [("outbox", Verdict.FAIL)]


def test_an_outbox_too_large_to_check_in_time_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_STEPS_A_LOOK", 1)
    case = case_of(tmp_path, limit_s=0.0)
    outbox_with(case, since_s=0)
    (finding,) = check_outbox(case)
    assert finding.verdict is Verdict.OK
    assert "too large to check whole in time" in finding.says


def test_an_outbox_is_looked_at_beside_the_gateway_that_writes_it(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    outbox = open_outbox(case.settings.outbox_file)
    with sqlite3.connect(case.settings.outbox_file, isolation_level=None) as writing:
        writing.execute("BEGIN IMMEDIATE")
        assert verdicts(check_outbox(case)) == [("outbox", Verdict.OK)]
    writing.close()
    outbox.close()
