"""What belongs to the gateway: its models, its light and sound, its page, its wearables."""

import os
import shutil
from pathlib import Path
from typing import Final

from edge.adapters.led import LEDS
from edge.bootstrap import load_model
from edge.doctor.finding import Case, Finding, Verdict
from edge.judging.roster import ROSTER
from edge.last_seen import LastSeen
from edge.page.words import ago
from edge.state_file import WearableLine
from vitals.errors import ConfigurationError, ModelRejectedError
from vitals.records import LinkState

__all__ = ["check_models", "check_page", "check_signals", "check_wearables"]

_BATTERY_LOW_PERCENT: Final = 15
_LONG_S: Final = 24 * 3600


def check_models(case: Case) -> list[Finding]:
    """Verify each model against its manifest, and load it as the gateway would."""
    return [_check_model(case, name) for name in ROSTER]


def _check_model(case: Case, name: str) -> Finding:
    what = f"model {name}"
    try:
        manifest = load_model(case.settings, name).manifest
    except ImportError as error:
        return _row(what, Verdict.FAIL, f"its runtime is missing ({error})", "pip install 'carewire[edge]'")
    except ModelRejectedError as error:
        return _row(what, Verdict.FAIL, str(error), "install carewire again, or correct models or model_keys")
    return _row(what, Verdict.OK, f"version {manifest.version} is signed and what its manifest says")


def check_signals(case: Case, leds: Path = LEDS) -> list[Finding]:
    """See whether the light and the sound of the settings are there."""
    alarms, findings = case.settings.alarms, list[Finding]()
    if alarms.command and shutil.which(alarms.command[0]) is None:
        says = f"there is no program {alarms.command[0]}"
        findings.append(_row("sound", Verdict.FAIL, says, "correct alarms.command, or install it"))
    elif alarms.command:
        findings.append(_row("sound", Verdict.OK, f"{alarms.command[0]} is there"))
    if alarms.led and not os.access(leds / alarms.led / "brightness", os.W_OK):
        says = f"{leds / alarms.led} is not there, or not for this user to switch"
        findings.append(_row("light", Verdict.FAIL, says, "correct alarms.led; see 90-carewire-led.rules"))
    elif alarms.led:
        findings.append(_row("light", Verdict.OK, f"{alarms.led} can be switched"))
    if not findings:
        says = "no light and no sound: alarms are told here by page and log alone"
        findings.append(_row("signals", Verdict.OK, says))
    return findings


def check_page(case: Case) -> list[Finding]:
    """See whether the page has its code."""
    page = case.settings.page
    if not page.enabled:
        return [_row("page", Verdict.OK, "switched off")]
    try:
        page.access_code()
    except ConfigurationError as error:
        return [_row("page", Verdict.FAIL, str(error), "write the code into that file")]
    return [_row("page", Verdict.OK, f"at {page.host}:{page.port}, for who knows the code")]


def check_wearables(case: Case) -> list[Finding]:
    """Say of each wearable of the settings when it was last heard."""
    if not case.settings.devices:
        return [
            _row("wearables", Verdict.WARN, "whichever comes near is adopted", "name yours as [[devices]]")
        ]
    lines = {line.device: line for line in case.running.wearables} if case.running else {}
    kept = LastSeen(case.settings.data_dir / "last-seen.json").load()
    now_ms = case.settings.clock.clock().wall_ms()
    return [
        judge_wearable(row.name or row.id, lines.get(row.id), kept.newest_ms(row.id), now_ms)
        for row in case.settings.devices
    ]


def judge_wearable(name: str, line: WearableLine | None, kept_ms: int | None, now_ms: int) -> Finding:
    """Return what is to be said of one wearable, of what runs now and of what was kept before."""
    heard_ms = max((at for at in (kept_ms, line.heard_ms if line else None) if at is not None), default=None)
    if heard_ms is None:
        return _row(name, Verdict.WARN, "never heard", "is it charged, worn and near; is its address right")
    age_s = (now_ms - heard_ms) / 1000
    battery = line.battery_percent if line else None
    power = "" if battery is None else f", battery {battery} %"
    if battery is not None and battery <= _BATTERY_LOW_PERCENT:
        return _row(name, Verdict.WARN, f"last value {ago(age_s)}{power}", "charge it or change its battery")
    if age_s > _LONG_S:
        return _row(name, Verdict.WARN, f"last value {ago(age_s)}{power}", "is it charged, worn and near")
    link = "connected, " if line is not None and line.link is LinkState.CONNECTED else ""
    return _row(name, Verdict.OK, f"{link}last value {ago(age_s)}{power}")


def _row(check: str, verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check=check, verdict=verdict, says=says, remedy=remedy)
