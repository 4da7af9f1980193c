"""Its clock, its heat and power, and who keeps the gateway running."""

from pathlib import Path

import pytest

from edge.adapters.linux_host import LinuxHost
from edge.doctor import computer
from edge.doctor.computer import check_clock, check_gateway, check_host, check_service, judge_service
from edge.doctor.finding import Verdict
from tests.fakes.doctor_case import case_of, running, verdicts
from vitals.records import HostState

WELL = {"LoadState": "loaded", "ActiveState": "active", "WatchdogUSec": "1min", "NRestarts": "0"}


def test_a_gateway_that_does_not_run_is_worth_a_look(tmp_path: Path) -> None:
    assert verdicts(check_gateway(case_of(tmp_path))) == [("gateway", Verdict.WARN)]


def test_a_running_one_tells_how_long_and_which_alarms_stand(tmp_path: Path) -> None:
    findings = check_gateway(running(case_of(tmp_path)))
    assert verdicts(findings) == [("gateway", Verdict.OK)] + [("alarm", Verdict.WARN)] * 4
    assert findings[0].says == "runs for 9 days"
    assert findings[1].says == "Perhaps a fall for 1 min"


@pytest.mark.parametrize("verdict", [Verdict.OK, Verdict.WARN])
def test_whether_a_time_server_holds_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    monkeypatch.setattr(computer, "is_synced", lambda: verdict is Verdict.OK)
    assert verdicts(check_clock(case_of(tmp_path))) == [("clock", verdict)]


def test_a_clock_of_years_ago_must_be_put_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vitals.clock.time.time_ns", lambda: 10**15)
    assert verdicts(check_clock(case_of(tmp_path))) == [("clock", Verdict.FAIL)]


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (HostState(), Verdict.OK),
        (HostState(cpu_temperature_c=79.9, throttled=False), Verdict.OK),
        (HostState(cpu_temperature_c=80.0), Verdict.WARN),
        (HostState(throttled=True), Verdict.WARN),
    ],
)
def test_heat_and_power(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: HostState, verdict: Verdict
) -> None:
    monkeypatch.setattr(LinuxHost, "state", lambda _: state)
    assert verdicts(check_host(case_of(tmp_path))) == [("computer", verdict)]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (WELL, Verdict.OK),
        (WELL | {"NRestarts": "5"}, Verdict.WARN),
        (WELL | {"ActiveState": "failed"}, Verdict.WARN),
        (WELL | {"WatchdogUSec": "0"}, Verdict.WARN),
        (WELL | {"WatchdogUSec": "infinity"}, Verdict.WARN),
        (WELL | {"LoadState": "not-found"}, Verdict.WARN),
        ({}, Verdict.WARN),
    ],
)
def test_what_systemd_says_of_the_unit(said: dict[str, str], verdict: Verdict) -> None:
    assert verdicts([judge_service(said)]) == [("service", verdict)]


def test_without_systemd_nobody_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computer, "_SYSTEMD", tmp_path / "none")
    assert verdicts(check_service(case_of(tmp_path))) == [("service", Verdict.WARN)]


def script(tmp_path: Path, text: str) -> str:
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return f"{program.parent}:/bin:/usr/bin"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("printf 'LoadState=loaded\\nActiveState=active\\nWatchdogUSec=1min\\nNRestarts=1\\n'", Verdict.OK),
        ("exec sleep 60", Verdict.WARN),
        ("exit 4", Verdict.WARN),
    ],
)
def test_systemctl_is_asked_and_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, verdict: Verdict
) -> None:
    monkeypatch.setattr(computer, "_SYSTEMD", tmp_path)
    monkeypatch.setenv("PATH", script(tmp_path, text))
    limit_s = 0.3 if "sleep" in text else 20.0
    assert verdicts(check_service(case_of(tmp_path, limit_s=limit_s))) == [("service", verdict)]


def test_a_machine_without_systemctl_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computer, "_SYSTEMD", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert verdicts(check_service(case_of(tmp_path))) == [("service", Verdict.WARN)]
