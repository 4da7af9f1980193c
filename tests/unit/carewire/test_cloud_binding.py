"""`carewire cloud device bind`: who wears a device, from now on or since a time that was nobody else's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.cli import app
from cloud.ports import Patient
from cloud.storage.relational import Relational, open_relational
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


def wearings(relational: Relational) -> list[tuple[str, int]]:
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


@pytest.mark.parametrize("since", ["2999-01-01", "yesterday"])
def test_a_time_that_is_none_or_has_not_come_is_refused(
    relational: Relational, bind: Bind, since: str
) -> None:
    assert isinstance(bind("wei", "--since", since).exception, ConfigurationError)
    assert isinstance(bind("nobody").exception, ConfigurationError)
    assert wearings(relational) == []
