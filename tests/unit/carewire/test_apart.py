"""What is tried and measured touches nothing that is really kept, and its report is not asked for in vain."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.cli import app
from carewire.commands.apart import keep_apart
from carewire.commands.bench import answer
from vitals.errors import ConfigurationError


def test_the_settings_of_a_real_service_and_gateway_are_taken_away_and_no_other_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = {"CAREWIRE_CLOUD_DATA_DIR": "/srv", "carewire_edge_mqtt__port": "1", "CAREWIRE_MODEL_KEY": "a.pem"}
    for name, value in mine.items():
        monkeypatch.setenv(name, value)
    keep_apart()
    assert [name for name in mine if name in os.environ] == ["CAREWIRE_MODEL_KEY"]


def test_a_benchmark_knows_of_no_real_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_DATA_DIR", "/srv")
    seen: list[bool] = []

    def measured() -> dict[str, float]:
        seen.append("CAREWIRE_CLOUD_DATA_DIR" in os.environ)
        return {"figure": 1.0}

    answer("question", measured, None)
    assert seen == [False]


@pytest.mark.parametrize(
    "words",
    [
        ("bench", "outbox"),
        ("bench", "all"),
        ("soak",),
        ("chaos",),
        ("demo",),
        ("alarms", "--records", "."),
        ("models", "evaluate", "qrs", "--records", "."),
    ],
)
def test_a_report_that_could_not_be_written_is_refused_before_anything_runs(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    for place, why in ((tmp_path / "none" / "f.json", "there is no folder"), (tmp_path, "is a folder")):
        refused = CliRunner().invoke(app, [*words, "--report", str(place)]).exception
        assert isinstance(refused, ConfigurationError)
        assert why in str(refused)


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    assert CliRunner().invoke(app, ["broker", "run", "--port", port]).exit_code == 2
