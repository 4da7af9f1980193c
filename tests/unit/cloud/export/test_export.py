"""Everything that is kept of a patient comes out whole, for them alone."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.commands.cloud import app
from cloud.bootstrap.exporting import export_desk_over
from cloud.bootstrap.stores import Stores, open_stores
from cloud.config import CloudSettings
from cloud.export import stretches
from cloud.ports import Deed, FactNote, LedgerNote, Patient, PatientMessage, Person, Role
from tests.contracts.records import NOW_MS, STRAP, device_report, event, gap, identified, run, strip
from tests.contracts.relational.rows import alert, commit, handed
from tests.fakes.clock import FakeClock
from tests.fakes.relations import a_grant
from vitals.errors import ConfigurationError, StorageError

WEI = Patient(id="wei", display_name='=Wei "Zhang"')
LIN = Person(id="carer", display_name="Lin", role=Role.CAREGIVER)


@pytest.fixture
def settings(tmp_path: Path) -> CloudSettings:
    return CloudSettings(data_dir=tmp_path / "data", time_zone="Europe/Berlin")


@pytest.fixture
def stores(settings: CloudSettings) -> Iterator[Stores]:
    with closing(open_stores(settings)) as stores:
        directory = stores.relational.directory
        for patient in (WEI, Patient(id="ana", display_name="Ana")):
            directory.add_patient(patient)
        directory.add_person(LIN)
        stores.relational.relations.give(a_grant(LIN.id, WEI.id))
        directory.bind(STRAP, WEI.id, NOW_MS - 3_600_000)
        commit(stores.relational, WEI.id, b"", [alert(explanation={"summary": "heart at 140 /min"})], ["m"])
        stores.relational.alerts.handed_off([handed(person_id=LIN.id)])
        stores.relational.facts.note(
            FactNote(
                patient_id="wei",
                name="birth_date",
                value="1948-03-21",
                from_ms=0,
                until_ms=None,
                author_id="carer",
                made_ms=1,
            )
        )
        stores.relational.messages.write(
            PatientMessage(id="m-1", patient_id="wei", text="=I come at six.", author_id=LIN.id, made_ms=1)
        )
        points = [(NOW_MS - 1000 * n, 60.0 + n / 8) for n in range(200, 0, -1)]
        told = (
            run(*points),
            strip(NOW_MS - 5_000),
            event(NOW_MS - 9_000),
            gap(NOW_MS - 8_000, NOW_MS - 7_000),
            device_report(),
        )
        stores.series.records.commit(
            [identified(one, seq) for seq, one in enumerate(told, 1)]
            + [identified(run((NOW_MS, 99.0)), 50, patient_id="ana")]
        )
        looked = LedgerNote(t_ms=NOW_MS, deed=Deed.LOOKED, actor=LIN.id, patient_id="wei")
        stores.relational.ledger.append(looked)
        yield stores


def packed(stores: Stores, settings: CloudSettings) -> zipfile.ZipFile:
    desk = export_desk_over(stores, settings, FakeClock(wall=NOW_MS))
    return zipfile.ZipFile(io.BytesIO(b"".join(desk.give(WEI, "u-wei").pieces)))


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_what_was_measured_comes_back_value_by_value(stores: Stores, settings: CloudSettings) -> None:
    rows = table(packed(stores, settings), "measurements/heart_rate.csv")
    kept = stores.series.series.observations("wei", "heart_rate", 0, 1 << 44, 1_000).points
    assert [float(row["value"]) for row in rows] == [point.value for point in kept]
    assert {(row["unit"], row["device"]) for row in rows} == {("/min", STRAP)}
    assert rows[0]["time"].endswith(("+01:00", "+02:00"))
    assert rows[0]["time_utc"].endswith("Z")
    assert [row["time_utc"] for row in rows] == sorted(row["time_utc"] for row in rows)


def test_a_history_too_long_to_hold_comes_in_halves_and_whole(
    stores: Stores, settings: CloudSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = table(packed(stores, settings), "measurements/heart_rate.csv")
    monkeypatch.setattr(stretches, "POINTS_AT_ONCE", 7)
    assert table(packed(stores, settings), "measurements/heart_rate.csv") == whole


def test_waveforms_alerts_facts_people_and_looks_are_in_it(stores: Stores, settings: CloudSettings) -> None:
    archive = packed(stores, settings)
    names = archive.namelist()
    (drawn,) = table(archive, next(name for name in names if name.startswith("waveforms/ecg/")))
    assert [float(value) for value in drawn["values"].split()][:3] == [0.0, 0.001, 0.002]
    assert len(drawn["values"].split()) == 250
    (raised,) = table(archive, "alerts.csv")
    assert raised["why"] == "heart at 140 /min"
    assert [row["whom"] for row in table(archive, "told.csv")] == ["Lin"]
    assert [(row["what"], row["value"], row["said_by"]) for row in table(archive, "facts.csv")] == [
        ("birth_date", "1948-03-21", "Lin")
    ]
    (message,) = table(archive, "messages.csv")
    assert (message["message"].lstrip("'"), message["written_by"]) == ("=I come at six.", "Lin")
    assert {row["who"] for row in table(archive, "who-may-see.csv")} == {"Lin"}
    assert ("Lin", "looked") in [(row["who"], row["what"]) for row in table(archive, "who-looked.csv")]
    assert len(table(archive, "events.csv")) == len(table(archive, "devices.csv")) == 1
    assert len(table(archive, "device-reports.csv")) == len(table(archive, "gaps.csv")) == 1


def test_nothing_of_anybody_else_is_in_it(stores: Stores, settings: CloudSettings) -> None:
    archive = packed(stores, settings)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"99.0" not in everything
    assert b"Ana" not in everything


def test_pages_say_what_each_file_is_and_run_nothing(stores: Stores, settings: CloudSettings) -> None:
    archive = packed(stores, settings)
    page = archive.read("index.html").decode()
    assert "=Wei &quot;Zhang&quot;" in page
    assert "<script" not in page
    for name in archive.namelist():
        assert name in {"index.html", "README.txt"} or f'href="{name}"' in page
    assert "README.txt says how to read it" in page
    assert "any spreadsheet" in archive.read("README.txt").decode()


def test_that_it_was_given_is_written_down_before_anything_is_read(
    stores: Stores, settings: CloudSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = export_desk_over(stores, settings, FakeClock(wall=NOW_MS))
    given = desk.give(WEI, "u-wei")
    assert given.file_name.startswith("carewire-Wei--Zhang-20")

    def refuse(_: object) -> None:
        raise StorageError("the ledger is away: wait")

    monkeypatch.setattr(stores.relational.ledger, "append", refuse)
    with pytest.raises(StorageError, match="ledger is away"):
        desk.give(WEI, "u-wei")


def test_long_histories_are_written_in_little_memory(
    stores: Stores, settings: CloudSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "POINTS_AT_ONCE", 2_000)
    for hour in range(10):
        points = [
            (NOW_MS - 10_000_000 - 1_000 * (3_000 * hour + n), 60.0 + n % 7) for n in range(3_000, 0, -1)
        ]
        stores.series.records.commit([identified(run(*points), 100 + hour)])
    desk = export_desk_over(stores, settings, FakeClock(wall=NOW_MS))
    tracemalloc.start()
    size = sum(map(len, desk.give(WEI, "u-wei").pieces))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 50_000
    assert most < 8 << 20


@pytest.mark.usefixtures("stores")
def test_the_command_writes_a_file_of_its_owners_alone(tmp_path: Path) -> None:
    config, target = tmp_path / "cloud.toml", tmp_path / "wei.zip"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    runner = CliRunner()
    said = runner.invoke(app, ["export", "wei", str(target), "--config", str(config)])
    assert "whoever has it can read it" in said.stdout
    assert target.stat().st_mode & 0o777 == 0o600
    assert zipfile.ZipFile(target).testzip() is None
    again = runner.invoke(app, ["export", "wei", str(target), "--config", str(config)])
    assert isinstance(again.exception, ConfigurationError)
    nobody = runner.invoke(app, ["export", "nobody", str(tmp_path / "x.zip"), "--config", str(config)])
    assert isinstance(nobody.exception, ConfigurationError)
    assert not (tmp_path / "x.zip").exists()
