"""`carewire cloud run --role`: what is no role starts nothing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.commands.cloud import app
from vitals.errors import ConfigurationError


def test_a_word_that_is_no_role_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    config = tmp_path / "cloud.toml"
    config.write_text(f'data_dir = "{tmp_path / "never"}"\n')
    result = CliRunner().invoke(app, ["run", "--config", str(config), "--role", "alerts,apes"])
    with pytest.raises(ConfigurationError, match="there is no role 'apes'"):
        raise result.exception or AssertionError
    assert not (tmp_path / "never").exists()
