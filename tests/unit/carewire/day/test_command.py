"""`carewire bench day` says what is wrong with a day, and ends with a status that a program reads."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from carewire.cli import app
from carewire.day import run
from carewire.day.run import Day
from carewire.day.truth import Breach, Reckoning
from cloud.burden.report import burden_of
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Courses
from firmware_sim.causes import Span
from tests.fakes.alert_material import alert

LOST = Breach(patient_id="day-03", condition="bradycardia", span=Span(from_s=60, to_s=200))


def a_day(**found: Any) -> Day:
    given: dict[str, Any] = {
        "breaches": 1,
        "told": 1,
        "held": 0,
        "lost": [],
        "alerts": 1,
        "causeless": [],
        "causes": {},
        "not_judged": {"news2-high": 2},
    }
    return Day(
        patients=1,
        seconds=3600.0,
        observations=720,
        cpu_s=1.0,
        burden=burden_of(
            Courses(courses=[], omitted=0), [], span_ms=(0, 3_600_000), patients=1, local=LocalTime().at
        ),
        reckoning=Reckoning(**given | found),
        names={},
    )


@pytest.mark.parametrize(
    ("day", "status", "says"),
    [
        (a_day(), 0, "2 news2-high"),
        (a_day(told=0, lost=[LOST]), 1, "day-03 bradycardia"),
        (a_day(causeless=[alert("a1", patient="day-04")]), 1, "day-04 tachycardia"),
    ],
)
def test_what_is_lost_or_has_no_cause_is_named_and_fails(
    day: Day, status: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "live", lambda *_, **__: day)
    report = tmp_path / "f.json"
    done = CliRunner().invoke(app, ["bench", "day", "--report", str(report)])
    assert (done.exit_code, says in done.output) == (status, True), done.output
    faith = json.loads(report.read_text())["faith"]
    assert len(faith["lost"]) + len(faith["causeless"]) == status
