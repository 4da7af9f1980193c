"""The doctor as a whole: every row told, the exit status, and no check that hides the others."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.commands.edge import app
from edge.doctor import examine as module
from edge.doctor.examine import CHECKS, examine
from edge.doctor.finding import Case, Finding, Verdict, worst
from edge.remote.remote_configuration import RemoteConfiguration
from edge.remote.shelf import Trial
from tests.fakes.doctor_case import case_of


def found(verdict: Verdict) -> Finding:
    return Finding(check="it", verdict=verdict, says="so it is", remedy="do this")


def test_the_worst_verdict_counts() -> None:
    assert worst([]) is Verdict.OK
    assert worst([found(Verdict.OK), found(Verdict.WARN)]) is Verdict.WARN
    assert worst([found(Verdict.FAIL), found(Verdict.OK)]) is Verdict.FAIL


def test_a_check_that_breaks_down_is_a_finding_and_hides_no_other(tmp_path: Path) -> None:
    def check_the_moon(_: Case) -> list[Finding]:
        raise RuntimeError("too far")

    findings = list(examine(case_of(tmp_path), (check_the_moon, lambda _: [found(Verdict.OK)])))
    assert [finding.check for finding in findings] == ["settings", "the_moon", "it"]
    assert findings[1].verdict is Verdict.FAIL
    assert "too far" in findings[1].says


def test_everything_a_gateway_needs_is_looked_at() -> None:
    assert {check.__name__.removeprefix("check_") for check in CHECKS} == {
        *("gateway", "service", "data_dir", "outbox", "clock", "host", "bluetooth", "broker", "http_way"),
        *("certificate", "models", "signals", "page", "wearables"),
    }


def test_it_looks_at_the_settings_that_hold_those_from_afar_among_them(
    tmp_path: Path, settings_file: Path
) -> None:
    toml = "adopt = false\n[[devices]]\naddress = 'C0:CA:4E:00:00:01'\n"
    shelf = RemoteConfiguration(tmp_path / "configuration").shelf
    shelf.propose(Trial(command_id="0123456789abcdef", version=7), {"settings.toml": toml.encode()})
    case = Case.of_file(settings_file, limit_s=10.0)
    assert [row.address for row in case.settings.devices] == ["C0:CA:4E:00:00:01"]
    (first,) = examine(case, ())
    assert first.says == "gateway hallway, 1 wearable, version 7 from afar"


def test_settings_from_afar_that_cannot_be_read_hide_no_finding(tmp_path: Path, settings_file: Path) -> None:
    (tmp_path / "configuration").mkdir()
    (tmp_path / "configuration" / "state.json").mkdir()
    case = Case.of_file(settings_file, limit_s=10.0)
    assert (case.settings.gateway_id, case.configuration_version) == ("hallway", 0)


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(f'gateway_id = "hallway"\ndata_dir = "{tmp_path}"\nadopt = true\n')
    return file


@pytest.mark.parametrize(
    ("verdict", "status", "summary"),
    [
        (Verdict.OK, 0, "All is well."),
        (Verdict.WARN, 0, "It can work; 1 of 2 is worth a look."),
        (Verdict.FAIL, 1, "1 of 2 must be put right."),
    ],
)
def test_the_exit_status_says_whether_something_must_be_put_right(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, status: int, summary: str
) -> None:
    monkeypatch.setattr(module.examine, "__defaults__", ((lambda _: [found(verdict)],),))
    result = CliRunner().invoke(app, ["doctor", "--config", str(settings_file)])
    assert (result.exit_code, summary in result.output) == (status, True)
    assert ("→ do this" in result.output) is (verdict is not Verdict.OK)
    as_json = CliRunner().invoke(app, ["doctor", "--config", str(settings_file), "--json"])
    assert as_json.exit_code == status
    assert [row["verdict"] for row in json.loads(as_json.output)] == ["ok", verdict]


def test_settings_that_cannot_be_read_are_the_first_finding(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--config", str(tmp_path / "none.toml"), "--json"])
    assert result.exit_code == 1
    (row,) = json.loads(result.output)
    assert (row["check"], row["verdict"]) == ("settings", "fail")
    assert "cannot be read" in row["says"]


def test_a_wrong_command_line_is_told_apart(settings_file: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--config", str(settings_file), "--limit", "0"])
    assert result.exit_code == 2
