"""What the service and the gateway write on a machine is not for its other users."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.cli import app

OPEN_TO_ALL, CLOSED = 0o022, 0o077


@pytest.fixture(params=[OPEN_TO_ALL, CLOSED])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_the_databases_are_for_no_other_user_of_the_machine(tmp_path: Path, umask: int) -> None:
    config = tmp_path / "cloud.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    for words in (["migrate"], ["patient", "add", "--name", "Wei"]):
        assert CliRunner().invoke(app, ["cloud", *words, "--config", str(config)]).exit_code == 0
    made = [tmp_path / "data", *(tmp_path / "data").iterdir()]
    assert len(made) >= 2
    assert [path.name for path in made if path.stat().st_mode & (0o007 | umask)] == []
    assert os.umask(umask) == umask
