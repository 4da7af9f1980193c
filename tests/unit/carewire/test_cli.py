"""How the command line ends when something cannot be done."""

import pytest

from carewire import cli
from vitals.errors import ConfigurationError


def test_an_error_is_one_sentence_and_brackets_in_it_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise ConfigurationError("list them as [[devices]], not as [/devices]")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "carewire: list them as [[devices]], not as [/devices]\n"
