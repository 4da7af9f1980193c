"""The page of faults names tests that there are."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "faults.md"
NAMED = re.findall(r"`([a-z_/0-9]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_the_page_names_is_there(file: str, test: str) -> None:
    assert re.search(rf"^ *(async )?def {test}\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE)
