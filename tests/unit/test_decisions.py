"""Every decision has a number of its own, the same on its page as in its file's name."""

import re
from pathlib import Path

PAGES = sorted((Path(__file__).parents[2] / "docs" / "decisions").glob("*.md"))
NUMBERS = [int(page.name.partition("-")[0]) for page in PAGES]


def test_decisions_are_numbered_from_one_on_without_a_gap_or_a_number_twice() -> None:
    assert list(range(1, len(PAGES) + 1)) == NUMBERS


def test_a_page_bears_the_number_of_its_file() -> None:
    headings = [re.match(r"# (\d+)\. ", page.read_text(encoding="utf-8")) for page in PAGES]
    assert [int(found[1]) for found in headings if found] == NUMBERS
