"""`carewire cloud burden`, as a person at the command line uses it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.cli import app
from cloud.ports import AlertState, HandOff
from cloud.storage.relational.opening import open_relational
from tests.contracts.relational.rows import ANA, CARER, WEI, alert
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError

Carewire = Callable[..., Result]


@pytest.fixture
def carewire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Carewire:
    monkeypatch.setenv("CAREWIRE_CLOUD_DATA_DIR", str(tmp_path))

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["cloud", "burden", *words])

    return call


@pytest.fixture
def _two_patients(tmp_path: Path) -> None:
    """Wei had an alert an hour ago, and Ana one a fortnight ago."""
    relational = open_relational(f"sqlite:///{tmp_path / 'carewire.db'}")
    now_ms = ScaledClock().wall_ms()
    for patient, hours in ((WEI, 1), (ANA, 14 * 24)):
        relational.directory.add_patient(patient)
        raised_ms = now_ms - hours * 3_600_000
        one = alert(
            f"of-{patient.id}",
            patient_id=patient.id,
            raised_ms=raised_ms,
            state=AlertState.RESOLVED,
            acknowledged_ms=raised_ms + 30_000,
            acknowledged_by=CARER.id,
            acknowledged_reason="false-alarm",
        )
        relational.alerts.commit(relational.alerts.load(patient.id), b"", [one])
        told = HandOff(alert_id=one.id, channel="in-app", person_id=CARER.id, at_ms=raised_ms)
        relational.alerts.handed_off([told])
    relational.directory.add_person(CARER)
    relational.close()


@pytest.mark.usefixtures("_two_patients")
def test_it_prints_what_alerts_asked_of_people_and_writes_it(carewire: Carewire, tmp_path: Path) -> None:
    shown = carewire("--report", str(tmp_path / "f.json"))
    assert shown.exit_code == 0, shown.output
    assert "atrial-fibrillation" in shown.output
    assert "median 30 s" in shown.output
    facts = json.loads((tmp_path / "f.json").read_text())
    assert (facts["patients"], facts["patient_days"], facts["alerts"]) == (2, pytest.approx(14), 1)
    assert (facts["right"]["hits"], facts["right"]["total"], facts["untold"]) == (0, 1, 0)


@pytest.mark.usefixtures("_two_patients")
def test_it_is_of_the_patients_and_days_that_are_asked_for(carewire: Carewire, tmp_path: Path) -> None:
    carewire("--patient", "ana", "--days", "30", "--report", str(tmp_path / "f.json"))
    facts = json.loads((tmp_path / "f.json").read_text())
    assert (facts["patients"], facts["alerts"]) == (1, 1)


def test_a_patient_nobody_knows_is_refused(carewire: Carewire) -> None:
    assert isinstance(carewire("--patient", "nobody").exception, ConfigurationError)


def test_of_an_empty_house_it_shows_nothing_and_fails_at_nothing(carewire: Carewire) -> None:
    shown = carewire()
    assert shown.exit_code == 0
    assert "0 patients" in shown.output


def test_a_report_that_could_not_be_written_is_refused_beforehand(carewire: Carewire, tmp_path: Path) -> None:
    refused = carewire("--report", str(tmp_path / "nowhere" / "f.json"))
    assert isinstance(refused.exception, ConfigurationError)
