"""`carewire models evaluate` on a folder of somebody else's recordings."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from carewire.cli import app
from tests.fakes.ecg import drawn
from tests.fakes.strips import strip_files, write_loose
from vitals.errors import ConfigurationError


@pytest.fixture
def strips(tmp_path):
    """One normal strip, and a label without its record."""
    steady = drawn(np.arange(0.5, 11.5, 0.8), duration_s=12, rate_hz=300.0)
    return write_loose(tmp_path / "strips", {"B1": "N", "B2": "A"}, strip_files("B1", steady))


def run(folder, report):
    command = ["models", "evaluate", "rhythm", "--records", str(folder), "--report", str(report)]
    return CliRunner().invoke(app, command)


def refuse(constant):
    pytest.fail(f"{constant} is no JSON")


def test_the_report_is_json_even_where_there_is_no_figure(strips, tmp_path):
    assert run(strips, tmp_path / "report.json").exit_code == 0
    report = json.loads((tmp_path / "report.json").read_text(), parse_constant=refuse)
    assert report["af_auroc"] is None
    assert [row["record"] for row in report["by_record"]] == ["B1"]


def test_what_was_not_judged_is_told_and_named(strips, tmp_path):
    outcome = run(strips, tmp_path / "report.json")
    assert "not judged: 1" in outcome.stderr
    assert [row["record"] for row in json.loads((tmp_path / "report.json").read_text())["left_out"]] == ["B2"]


def test_a_report_that_could_not_be_written_is_refused_before_the_work(strips, tmp_path):
    outcome = run(strips, tmp_path / "nowhere" / "report.json")
    assert isinstance(outcome.exception, ConfigurationError)
    assert "make it, or name another" in str(outcome.exception)
