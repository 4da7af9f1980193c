"""What the command line refuses, and how: one sentence on stderr that names what to do, and status 1."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.cli import app, main

Refused = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command line that is refused; return what it said."""

    def refused(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["carewire", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        return " ".join(capsys.readouterr().err.split())

    return refused


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


def test_a_refusal_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "carewire", "demo", "--recording", str(tmp_path / "999.hea")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "999.hea" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [("demo",), ("broker", "run")])
def test_a_taken_port_is_named_with_what_to_do(
    refused: Refused, taken_port: int, words: tuple[str, ...]
) -> None:
    said = refused(*words, "--port", str(taken_port))
    assert f"port {taken_port}" in said
    assert "--port" in said


def test_a_recording_without_its_samples_is_named(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "100.hea").write_text("100 1 360 650000\n100.dat 212 200 11 1024 995 -22131 0 MLII\n")
    assert "100.dat" in refused("demo", "--recording", str(tmp_path / "100.hea"))


def test_a_household_and_a_recording_are_refused_together(refused: Refused) -> None:
    assert "--household" in refused("demo", "--household", "--recording", "203.hea")


def test_an_unknown_scenario_is_answered_with_those_there_are(refused: Refused) -> None:
    assert "atrial-fibrillation" in refused("demo", "--scenario", "unheard-of")


def test_a_report_that_could_not_be_written_is_refused_before_anything_runs(
    refused: Refused, tmp_path: Path
) -> None:
    assert "nowhere" in refused("demo", "--report", str(tmp_path / "nowhere" / "f.json"))


def test_a_folder_that_holds_another_soak_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "book.jsonl").write_text("{}\n")
    assert "name a new folder" in refused("soak", "--keep", str(tmp_path))


@pytest.mark.parametrize("part", ["edge", "cloud"])
@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff\xfe", "TOML"), (b"gateway_id = ", "TOML"), (b"colour = 'red'\n", "colour"), (None, "read")],
)
def test_an_unreadable_configuration_is_named(
    refused: Refused, tmp_path: Path, part: str, content: bytes | None, says: str
) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    said = refused(part, "run", "--config", str(file))
    assert "settings.toml" in said
    assert says in said


def test_help_reads_well_at_every_level() -> None:
    def shown(*words: str) -> str:
        result = CliRunner().invoke(
            app, [*words, "--help"], env={"COLUMNS": "100", "NO_COLOR": "1"}, prog_name="carewire"
        )
        assert result.exit_code == 0, result.output
        return result.output

    top = shown()
    for noun in ("demo", "edge", "cloud", "sim", "models", "broker", "bench"):
        assert noun in top
        assert "Usage: carewire" in shown(noun)
    for option in ("--headless", "--duration", "--speed", "--scenario", "--recording", "--report"):
        assert option in shown("demo")
