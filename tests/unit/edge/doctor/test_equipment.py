"""Its model, its light and sound, its page, its wearables."""

import sys
from pathlib import Path

import pytest

from edge.doctor.equipment import check_models, check_page, check_signals, check_wearables, judge_wearable
from edge.doctor.finding import Verdict
from edge.judging.roster import ROSTER
from edge.last_seen import LastSeen, Progress, key_of
from edge.state_file import WearableLine
from tests.fakes.doctor_case import STRAP, case_of, running, verdicts
from vitals.clock import ScaledClock
from vitals.records import LinkState

HOUR_MS = 3_600_000
NOW_MS = 1_700_000_000_000


def test_the_shipped_model_is_what_its_manifest_says(tmp_path: Path) -> None:
    assert verdicts(check_models(case_of(tmp_path))) == [(f"model {name}", Verdict.OK) for name in ROSTER]


def test_a_model_that_is_not_there_must_be_put_right(tmp_path: Path) -> None:
    case = case_of(tmp_path, models=tmp_path)
    assert verdicts(check_models(case)) == [(f"model {name}", Verdict.FAIL) for name in ROSTER]


def test_a_gateway_without_the_models_runtime_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "edge.adapters.tflite", None)
    for finding in check_models(case_of(tmp_path)):
        assert (finding.verdict, finding.remedy) == (Verdict.FAIL, "pip install 'carewire[edge]'")


def test_without_light_and_sound_the_page_and_the_log_are_left(tmp_path: Path) -> None:
    assert verdicts(check_signals(case_of(tmp_path))) == [("signals", Verdict.OK)]


def test_light_and_sound_that_are_there_are_well(tmp_path: Path) -> None:
    (tmp_path / "alarm").mkdir()
    (tmp_path / "alarm" / "brightness").write_text("0")
    case = case_of(tmp_path, alarms={"led": "alarm", "command": [sys.executable, "x"]})
    assert verdicts(check_signals(case, leds=tmp_path)) == [("sound", Verdict.OK), ("light", Verdict.OK)]


def test_light_and_sound_that_are_not_there_must_be_put_right(tmp_path: Path) -> None:
    case = case_of(tmp_path, alarms={"led": "alarm", "command": [str(tmp_path / "none")]})
    assert verdicts(check_signals(case, leds=tmp_path)) == [
        ("sound", Verdict.FAIL),
        ("light", Verdict.FAIL),
    ]


def test_the_page_and_its_code(tmp_path: Path) -> None:
    assert verdicts(check_page(case_of(tmp_path))) == [("page", Verdict.OK)]
    page = {"enabled": True, "code_file": str(tmp_path / "code")}
    assert verdicts(check_page(case_of(tmp_path, page=page))) == [("page", Verdict.FAIL)]
    (tmp_path / "code").write_text("blue-lamp-29")
    assert verdicts(check_page(case_of(tmp_path, page=page))) == [("page", Verdict.OK)]


def line(**fields: object) -> WearableLine:
    return WearableLine(device=STRAP, name="Chest strap", **fields)  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    ("now", "kept_ms", "verdict", "says"),
    [
        (None, None, Verdict.WARN, "never heard"),
        (line(), None, Verdict.WARN, "never heard"),
        (None, NOW_MS - HOUR_MS, Verdict.OK, "last value 1 h ago"),
        (line(heard_ms=NOW_MS - 1000), NOW_MS - HOUR_MS, Verdict.OK, "last value now"),
        (
            line(heard_ms=NOW_MS, link=LinkState.CONNECTED, battery_percent=80),
            None,
            Verdict.OK,
            "connected, last value now, battery 80 %",
        ),
        (line(heard_ms=NOW_MS, battery_percent=15), None, Verdict.WARN, "last value now, battery 15 %"),
        (None, NOW_MS - 25 * HOUR_MS, Verdict.WARN, "last value 1 day ago"),
    ],
)
def test_when_a_wearable_was_last_heard(
    now: WearableLine | None, kept_ms: int | None, verdict: Verdict, says: str
) -> None:
    finding = judge_wearable("Chest strap", now, kept_ms, NOW_MS)
    assert verdicts([finding]) == [("Chest strap", verdict)]
    assert finding.says == says


def test_what_was_kept_and_what_runs_now_are_both_asked(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    assert verdicts(check_wearables(case)) == [("Chest strap", Verdict.WARN)]
    LastSeen(case.settings.data_dir / "last-seen.json").save(
        Progress(safe_until_ms={key_of(STRAP, "heart_rate"): ScaledClock().wall_ms()})
    )
    assert verdicts(check_wearables(running(case))) == [("Chest strap", Verdict.OK)]


def test_who_adopts_any_wearable_is_told_to_name_his_own(tmp_path: Path) -> None:
    case = case_of(tmp_path, devices=[], adopt=True)
    assert verdicts(check_wearables(case)) == [("wearables", Verdict.WARN)]
