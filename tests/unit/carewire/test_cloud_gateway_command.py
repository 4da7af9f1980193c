"""What `carewire cloud gateway` says, and what it keeps."""

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.commands.cloud import app
from vitals.errors import EnvelopeError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n')
    return file


def say(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["gateway", *words, "--config", str(config)])


def test_a_token_is_printed_once_and_its_hash_alone_is_kept(config: Path, tmp_path: Path) -> None:
    added = say(config, "add", "home-1")
    assert added.exit_code == 0
    token = added.stdout.strip()
    assert len(token) == len("cwg_") + 72
    assert "http.token_file" in added.stderr
    assert "home-1" in (listed := say(config, "list")).stdout
    assert token not in listed.stdout
    assert all(token.encode() not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())


def test_a_revoked_token_is_listed_as_such_and_there_is_none_left_to_revoke(config: Path) -> None:
    say(config, "add", "home-1")
    assert "good until" in say(config, "list").stdout
    assert (say(config, "revoke", "home-1").stdout, say(config, "revoke", "home-1").exit_code) == (
        "1 revoked\n",
        1,
    )
    assert "good" not in say(config, "list").stdout


def test_the_newest_token_outlives_those_it_replaces(config: Path) -> None:
    for _ in range(3):
        say(config, "add", "home-1")
    assert say(config, "revoke", "home-1", "--keep-newest").stdout == "2 revoked\n"


def test_what_is_no_id_is_refused(config: Path) -> None:
    assert isinstance(say(config, "add", "Home 1").exception, EnvelopeError)
    assert say(config, "list").stdout == "no gateway has a token yet\n"
