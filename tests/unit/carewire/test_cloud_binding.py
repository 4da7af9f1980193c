"""`carewire cloud device bind`: who wears a device, from now on or since a time that was nobody else's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.cli import app
from cloud.ledger.entries import decode_entry
from cloud.ports import Deed, Patient
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import identified, run
from vitals.errors import ConfigurationError

DEVICE = "c0-00-00-00-00-01"
JANUARY_MS = 1_767_225_600_000  # 2026-01-01
FEBRUARY_MS = 1_769_904_000_000
Bind = Callable[..., Result]


@pytest.fixture
def relational(tmp_path: Path) -> Iterator[Relational]:
    opened = open_relational(f"sqlite:///{tmp_path}/carewire.db")
    for name in ("wei", "ana"):
        opened.directory.add_patient(Patient(id=name, display_name=name))
    yield opened
    opened.close()


@pytest.fixture
def bind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bind:
    monkeypatch.setenv("CAREWIRE_CLOUD_DATA_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, ["cloud", "device", "bind", DEVICE, *words])


def wearings(relational: Relational) -> list[tuple[str | None, int]]:
    found = relational.directory.wearings_of([DEVICE]).get(DEVICE, ())
    return [(wearing.patient_id, wearing.from_ms) for wearing in found]


def test_a_device_nobody_wore_is_bound_since_a_time_in_the_past(relational: Relational, bind: Bind) -> None:
    done = bind("wei", "--since", "2026-02-01")
    assert (done.exit_code, done.output.strip()) == (0, f"{DEVICE} is worn by wei since 2026-02-01 00:00:00Z")
    assert wearings(relational) == [("wei", FEBRUARY_MS)]
    assert bind("wei", "--since", "2026-01-01T01:00+01:00").exit_code == 0
    assert wearings(relational) == [("wei", JANUARY_MS)]


def test_a_time_that_was_somebody_elses_stays_theirs(relational: Relational, bind: Bind) -> None:
    relational.directory.bind(DEVICE, "ana", FEBRUARY_MS)
    for since in ("2026-01-01", "2026-02-01", "2026-03-01"):
        refused = bind("wei", "--since", since)
        assert isinstance(refused.exception, ConfigurationError)
        assert "ana wore it since 2026-02-01" in str(refused.exception)
    assert wearings(relational) == [("ana", FEBRUARY_MS)]
    assert bind("wei").exit_code == 0
    assert [patient for patient, _ in wearings(relational)] == ["ana", "wei"]


def test_what_was_measured_before_is_given_to_the_wearer(
    relational: Relational, bind: Bind, tmp_path: Path
) -> None:
    series = SqliteSeries(tmp_path / "series.db")
    series.commit([identified(run((FEBRUARY_MS - 1, 60), (FEBRUARY_MS, 61)), 1, patient_id=None)])
    adopt = ["cloud", "device", "adopt", DEVICE]
    assert isinstance(CliRunner().invoke(app, adopt).exception, ConfigurationError)
    assert bind("wei", "--since", "2026-02-01").exit_code == 0
    done = CliRunner().invoke(app, adopt)
    assert (done.exit_code, done.output.split(":")[1].split(",")[0].strip()) == (0, "1 points")
    assert json.loads(CliRunner().invoke(app, [*adopt, "--json"]).output)["points"] == 0
    assert [p.value for p in series.observations("wei", "heart_rate", 0, 2 * FEBRUARY_MS, 9).points] == [61]
    series.close()
    assert wearings(relational) == [("wei", FEBRUARY_MS)]


def test_what_a_gateway_brought_that_does_not_speak_for_the_wearer_is_not_given(
    relational: Relational, bind: Bind, tmp_path: Path
) -> None:
    series = SqliteSeries(tmp_path / "series.db")
    stray = identified(run((FEBRUARY_MS, 61)), 1, patient_id=None)
    series.commit([stray])
    bind("wei", "--since", "2026-02-01")
    relational.gateway_book.speak_for(stray.gateway, ["ana"])
    adopt = ["cloud", "device", "adopt", DEVICE]
    refused = CliRunner().invoke(app, adopt).exception
    assert isinstance(refused, ConfigurationError)
    assert f"speaks-for {stray.gateway}" in str(refused)
    assert series.observations("wei", "heart_rate", 0, 2 * FEBRUARY_MS, 9).points == ()
    relational.gateway_book.speak_for(stray.gateway, ["ana", "wei"])
    assert CliRunner().invoke(app, adopt).exit_code == 0
    relational.ledger.enter()
    noted = [decode_entry(each.line).deed for each in relational.ledger_book.of_patient("wei", None, 9)]
    assert noted == [Deed.QUARANTINE_RELEASED, Deed.DEVICE_PUT_ON]
    assert [p.value for p in series.observations("wei", "heart_rate", 0, 2 * FEBRUARY_MS, 9).points] == [61]
    series.close()


def test_a_device_is_taken_off_and_may_then_be_anybodys_from_that_time_on(
    relational: Relational, bind: Bind
) -> None:
    off = ["cloud", "device", "take-off", DEVICE]
    assert isinstance(CliRunner().invoke(app, off).exception, ConfigurationError)
    bind("ana", "--since", "2026-02-01")
    assert CliRunner().invoke(app, off).exit_code == 0
    assert [patient for patient, _ in wearings(relational)] == ["ana", None]
    refused = bind("wei", "--since", "2026-02-02")
    assert "ana wore it since 2026-02-01" in str(refused.exception)
    assert bind("wei").exit_code == 0
    assert [patient for patient, _ in wearings(relational)][-1] == "wei"


@pytest.mark.parametrize("since", ["2999-01-01", "yesterday"])
def test_a_time_that_is_none_or_has_not_come_is_refused(
    relational: Relational, bind: Bind, since: str
) -> None:
    assert isinstance(bind("wei", "--since", since).exception, ConfigurationError)
    assert isinstance(bind("nobody").exception, ConfigurationError)
    assert wearings(relational) == []


@pytest.mark.parametrize("device", ["C0:00:00:00:00:01", "c0", f"{DEVICE}\n"])
def test_a_name_that_no_device_can_have_is_refused(
    relational: Relational, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_DATA_DIR", str(tmp_path))
    refused = CliRunner().invoke(app, ["cloud", "device", "bind", device, "wei"]).exception
    assert isinstance(refused, ConfigurationError)
    assert "must be 3 to 64 of a-z, 0-9 and '-'" in str(refused)
    assert relational.directory.wearings_of([device]) == {}
