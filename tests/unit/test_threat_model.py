"""The threat model names tests that there are, and looks at every boundary."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([a-z_/0-9]+\.py)::(\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| [STRIDE] \|", line)]
BOUNDARIES = {
    "Wearable and gateway",
    "Gateway and broker",
    "Broker and service",
    "Browser and service",
    "Identity provider and service",
    "Service and database",
    "Operator",
    "Backup medium",
    "Notification channels",
    "Witness",
}


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_the_page_names_is_there(file: str, test: str) -> None:
    assert re.search(rf"^ *(async )?def {test}\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_boundary_is_there() -> None:
    assert set(re.findall(r"^## (.*)$", PAGE, re.MULTILINE)) == BOUNDARIES


def test_every_threat_is_stopped_by_something_that_a_test_shows() -> None:
    assert len(ROWS) >= 40
    assert [row for row in ROWS if row.count("|") != 6 or "::" not in row.split("|")[4]] == []
    assert {row[2] for row in ROWS} == set("STRIDE")
