"""An adapter that is there and on, and every way in which it is not."""

import socket
from pathlib import Path

import pytest

from edge.doctor.finding import Verdict
from edge.doctor.radio import _is_blocked, _refused, check_bluetooth, judge_adapters
from tests.fakes.doctor_case import case_of, verdicts


@pytest.mark.parametrize(
    ("adapters", "wanted", "verdict", "says"),
    [
        ({"hci0": True}, None, Verdict.OK, "hci0 is there and switched on"),
        ({"hci1": True, "hci0": False}, "hci1", Verdict.OK, "hci1 is there and switched on"),
        ({}, None, Verdict.FAIL, "there is no adapter"),
        ({"hci0": True}, "hci1", Verdict.FAIL, "there is no hci1, but hci0"),
        ({"hci0": False}, None, Verdict.FAIL, "hci0 is switched off"),
    ],
)
def test_adapters(adapters: dict[str, bool], wanted: str | None, verdict: Verdict, says: str) -> None:
    finding = judge_adapters(adapters, wanted, is_blocked=False)
    assert verdicts([finding]) == [("bluetooth", verdict)]
    assert finding.says == says


def test_one_that_is_kept_off_is_to_be_unblocked() -> None:
    assert judge_adapters({"hci0": False}, None, is_blocked=True).remedy == "rfkill unblock bluetooth"


@pytest.mark.parametrize(
    ("files", "is_blocked"),
    [
        ({}, False),
        ({"type": "wlan", "soft": "1", "hard": "0"}, False),
        ({"type": "bluetooth", "soft": "0", "hard": "0"}, False),
        ({"type": "bluetooth", "soft": "1", "hard": "0"}, True),
        ({"type": "bluetooth", "soft": "0", "hard": "1"}, True),
    ],
)
def test_what_the_kernel_keeps_off(tmp_path: Path, files: dict[str, str], is_blocked: bool) -> None:  # noqa: FBT001 - pytest names it
    for name, text in files.items():
        (tmp_path / "rfkill0").mkdir(exist_ok=True)
        (tmp_path / "rfkill0" / name).write_text(f"{text}\n")
    assert _is_blocked(tmp_path) is is_blocked


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("org.freedesktop.DBus.Error.ServiceUnknown", "enable --now bluetooth"),
        ("org.freedesktop.DBus.Error.AccessDenied", "group bluetooth"),
        ("org.bluez.Error.Something", "journalctl -u bluetooth"),
    ],
)
def test_what_bluez_refuses_has_its_advice(name: str, remedy: str) -> None:
    assert remedy in _refused(name).remedy


def test_without_a_bus_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    (finding,) = check_bluetooth(case_of(tmp_path))
    assert "no system message bus" in finding.says


def test_a_bus_that_says_nothing_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "bus"))
        mute.listen()
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")
        (finding,) = check_bluetooth(case_of(tmp_path, limit_s=0.3))
    assert (finding.verdict, finding.says) == (Verdict.FAIL, "BlueZ does not answer")
