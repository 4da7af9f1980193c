"""The computer itself: its clock, its heat and power, and who keeps the gateway running."""

import subprocess
from pathlib import Path
from typing import Final

from edge.adapters.linux_host import LinuxHost
from edge.clock import is_synced
from edge.doctor.finding import Case, Finding, Verdict
from edge.page.words import lasting

__all__ = ["UNIT", "check_clock", "check_gateway", "check_host", "check_service"]

UNIT: Final = "carewire-gateway.service"
_SYSTEMD: Final = Path("/run/systemd/system")
_2020_MS: Final = 1_577_836_800_000
_HOT_C: Final = 80
_OFTEN: Final = 5


def check_gateway(case: Case) -> list[Finding]:
    """Ask the running gateway, by the file it writes every few seconds."""
    state = case.running
    if state is None:
        remedy = f"start it: systemctl start {UNIT}, or carewire edge run"
        return [Finding(check="gateway", verdict=Verdict.WARN, says="does not run", remedy=remedy)]
    running = Finding(check="gateway", verdict=Verdict.OK, says=f"runs for {lasting(state.uptime_s)}")
    return [
        running,
        *(
            Finding(
                check="alarm",
                verdict=Verdict.WARN,
                says=f"{alarm.title} for {lasting((state.t_ms - alarm.since_ms) / 1000)}",
                remedy="see the gateway's log" if not alarm.seen_to else "somebody is seeing to it",
            )
            for alarm in state.alarms
        ),
    ]


def check_clock(case: Case) -> list[Finding]:
    """Ask the kernel whether a time server holds the clock."""
    if case.settings.clock.clock().wall_ms() < _2020_MS:
        return [
            _clock(
                Verdict.FAIL, "the clock is years behind", "connect it to a network once, or fit a battery"
            )
        ]
    if not is_synced():
        return [
            _clock(
                Verdict.WARN, "no time server holds the clock", "see timedatectl: is NTP on, is there a way"
            )
        ]
    return [_clock(Verdict.OK, "a time server holds it")]


def check_host(case: Case) -> list[Finding]:
    """Read heat and power, where this computer tells."""
    state = LinuxHost(data_dir=case.settings.data_dir).state()
    if state.cpu_temperature_c is not None and state.cpu_temperature_c >= _HOT_C:
        hot = f"the processor has {state.cpu_temperature_c:.0f} °C"
        return [_host(Verdict.WARN, hot, "give it air: from 80 °C on it slows itself down")]
    if state.throttled:
        return [_host(Verdict.WARN, "it slows itself down", "use the power supply and the cable made for it")]
    heat = None if state.cpu_temperature_c is None else f"{state.cpu_temperature_c:.0f} °C"
    power = None if state.throttled is None else "its power is good"
    return [
        _host(Verdict.OK, ", ".join(filter(None, (heat, power))) or "tells neither its heat nor its power")
    ]


def check_service(case: Case) -> list[Finding]:
    """Ask systemd whether it keeps the gateway, and watches it."""
    if not _SYSTEMD.exists():
        return [
            _service(
                Verdict.WARN, "systemd does not run here", "have something start the gateway again if it ends"
            )
        ]
    try:
        said = _systemctl(case.limit_s)
    except (OSError, subprocess.SubprocessError) as error:
        return [_service(Verdict.WARN, f"systemctl does not answer: {error}", "see journalctl -b")]
    return [judge_service(said)]


def judge_service(said: dict[str, str]) -> Finding:
    """Return what systemd's properties of the unit mean."""
    if said.get("LoadState") != "loaded":
        return _service(
            Verdict.WARN, f"{UNIT} is not installed", "copy deploy/carewire-gateway.service; see docs"
        )
    if said.get("WatchdogUSec") in {None, "0", "infinity"}:
        return _service(
            Verdict.WARN, "nobody watches it", "set WatchdogSec= in the unit, as the shipped one does"
        )
    restarts = said.get("NRestarts", "0")
    if said.get("ActiveState") != "active":
        return _service(
            Verdict.WARN, f"the unit is {said.get('ActiveState')}", f"journalctl -u {UNIT} says why"
        )
    if restarts.isdecimal() and int(restarts) >= _OFTEN:
        return _service(Verdict.WARN, f"restarted {restarts} times", f"journalctl -u {UNIT} says why")
    return _service(Verdict.OK, f"systemd keeps and watches it (every {said['WatchdogUSec']})")


def _systemctl(limit_s: float) -> dict[str, str]:
    wanted = "LoadState,ActiveState,WatchdogUSec,NRestarts"
    answer = subprocess.run(  # noqa: S603 - our own words only
        ["systemctl", "show", UNIT, f"--property={wanted}", "--no-pager"],  # noqa: S607 - wherever it is
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=True,
    )
    return dict(line.split("=", 1) for line in answer.stdout.splitlines() if "=" in line)


def _clock(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="clock", verdict=verdict, says=says, remedy=remedy)


def _host(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="computer", verdict=verdict, says=says, remedy=remedy)


def _service(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="service", verdict=verdict, says=says, remedy=remedy)
