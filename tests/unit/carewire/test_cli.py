"""How the command line begins, and how it ends when something cannot be done."""

import gc
from collections.abc import Iterator

import pytest

from carewire import cli
from vitals.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _own_collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


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


def test_what_a_command_loads_is_seldom_looked_through_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_after: list[int] = []
    monkeypatch.setattr(cli, "app", lambda **_: looked_after.append(gc.get_threshold()[0]))
    cli.main()
    assert looked_after == [10_000]
