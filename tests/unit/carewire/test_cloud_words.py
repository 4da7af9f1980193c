"""`carewire cloud words`: whoever is to judge the words sees all of them."""

import re

import pytest
from typer.testing import CliRunner

from carewire.cli import app
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.wording.language import languages


def printed(*options: str) -> str:
    result = CliRunner().invoke(app, ["cloud", "words", *options], env={"COLUMNS": "400", "TERM": "dumb"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("tag", list(languages()))
def test_every_condition_is_printed_whole(tag: str) -> None:
    told = printed("--language", tag)
    assert all(re.search(rf"\b{key}\b", told) for key in RULES)
    assert "own-above" in told
    assert told.count("caregiver:") == len(RULES) + 2
    texts, _, others = told.partition(" words ")
    assert not re.search(r"[{}]|None", texts)
    assert all(f" {table} " in others for table in ("gaps", "holds", "kinds", "features", "left_out"))


def test_messages_are_printed_by_occasion_both_ways() -> None:
    told = printed("--messages", "--condition", "glucose-very-low", "--glucose", "mmol/L")
    assert "2.9 mmol/L" in told
    assert "Nobody has taken it on for 5 minutes." in told
    assert "W. C.: an alert" in told
    assert "tachycardia" not in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--language", "xx"), "choose one of en, zh"),
        (("--condition", "nothing"), "there is no condition nothing"),
        (("--glucose", "g"), "choose mg/dL or mmol/L"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(options: tuple[str, str], said: str) -> None:
    result = CliRunner().invoke(app, ["cloud", "words", *options])
    assert result.exit_code != 0
    assert said in f"{result.output} {result.exception}"
