"""`carewire cloud forget` leaves no byte of a patient in the folder of the service."""

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.commands.cloud import app
from cloud.bootstrap.erasing import erasing_over
from cloud.bootstrap.stores import open_stores
from cloud.config import CloudSettings
from cloud.ports import Patient
from tests.contracts.records import event, identified, strip
from tests.contracts.relational.rows import alert, commit
from tests.contracts.series_keeping import readings
from vitals.errors import StorageError

WHO = "zx-the-patient-zx"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    with closing(open_stores(CloudSettings(data_dir=tmp_path / "data"))) as stores:
        for seq, who in enumerate((WHO, "ana"), start=1):
            stores.relational.directory.add_patient(Patient(id=who, display_name=f"name of {who}"))
            stores.relational.directory.bind(f"strap-{seq}", who, 0)
            commit(stores.relational, who, b"how they are", [alert(who, patient_id=who)], [f"slice/{who}"])
            records = [readings(10 * seq, 0, 60, 61, patient_id=who)]
            records += [
                identified(record, 10 * seq + n, patient_id=who)
                for n, record in enumerate((event(1_000), strip(1_000)), start=1)
            ]
            stores.series.records.commit(records)
    return file


def forget(config: Path, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["forget", *words, "--config", str(config)], input=answer)


def left_of(who: str, folder: Path) -> list[str]:
    return [each.name for each in folder.rglob("*") if each.is_file() and who.encode() in each.read_bytes()]


def test_no_byte_of_the_patient_is_left_and_the_others_are(config: Path, tmp_path: Path) -> None:
    assert len(left_of(WHO, tmp_path / "data")) >= 2
    said = forget(config, WHO, "--yes")
    assert said.exit_code == 0
    assert f"{WHO} is forgotten" in said.stdout
    assert "hot_run" in said.stdout
    assert left_of(WHO, tmp_path / "data") == []
    assert len(left_of("ana", tmp_path / "data")) == 2
    with closing(open_stores(CloudSettings(data_dir=tmp_path / "data"))) as stores:
        assert stores.series.series.latest("ana")["heart_rate"].value == 61


def test_a_service_that_runs_does_it_and_says_when_it_is_done(config: Path, tmp_path: Path) -> None:
    settings = CloudSettings(data_dir=tmp_path / "data")
    with closing(open_stores(settings)) as stores:
        part = erasing_over(stores, settings, settings.clock.clock(), after_issue=lambda: None)
        part.start()
        said = forget(config, WHO, "--yes")
        part.stop()
        assert f"{WHO} is forgotten" in said.stdout
        assert left_of(WHO, tmp_path / "data") == []


def test_a_service_that_does_not_get_to_it_is_told_and_goes_on_with_it(config: Path, tmp_path: Path) -> None:
    with closing(open_stores(CloudSettings(data_dir=tmp_path / "data"))) as stores:
        said = forget(config, WHO, "--yes", "--wait", "0")
        assert isinstance(said.exception, StorageError)
        assert "goes on with it" in str(said.exception)
        assert stores.relational.erasures.of(WHO) is not None


def test_it_asks_first_and_no_is_no(config: Path, tmp_path: Path) -> None:
    said = forget(config, WHO, answer="n\n")
    assert said.exit_code == 1
    assert len(left_of(WHO, tmp_path / "data")) >= 2


def test_of_whom_nothing_is_kept_that_is_said(config: Path) -> None:
    assert "nothing is kept of nobody" in forget(config, "nobody", "--yes").stdout


def test_a_series_store_that_cannot_be_asked_is_told_and_keeps_nothing_else(tmp_path: Path) -> None:
    config = tmp_path / "cloud.toml"
    nowhere = "influx+http://127.0.0.1:9"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\nseries_url = "{nowhere}"\n')
    with closing(open_stores(CloudSettings(data_dir=tmp_path / "data", series_url=nowhere))) as stores:
        stores.relational.directory.add_patient(Patient(id=WHO, display_name="name"))
    said = forget(config, WHO, "--yes")
    assert isinstance(said.exception, StorageError)
    assert "start it" in str(said.exception)
    with closing(open_stores(CloudSettings(data_dir=tmp_path / "data", series_url=nowhere))) as stores:
        assert stores.relational.directory.patient(WHO) is None
        assert stores.relational.erasures.of(WHO) is not None  # it is still to be done
