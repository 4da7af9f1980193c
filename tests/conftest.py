"""What every test shares: property tests have no deadline, for the machines are slow and noisy.

They try the same examples each time: what passed before a change landed passes after it. `make fuzz` searches
on, with others each time; what it finds becomes an `@example`.
"""

import gc
import json
from collections.abc import Generator, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TypeVar

import pytest
import structlog
from hypothesis import settings

_T = TypeVar("_T")

settings.register_profile("carewire", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None, print_blob=True, max_examples=500)
settings.load_profile("carewire")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the collector of garbage from walking what is found here again and again: it lives to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that wait for real parts among those that compute: apart, neither uses the machine."""
    files = [list(of_one) for _, of_one in groupby(items, key=attrgetter("path"))]
    waits = [each for each in files if "unit" not in each[0].path.parts]
    computes = [each for each in files if "unit" in each[0].path.parts]
    items[:] = [item for each in spread(waits, computes) for item in each]


def spread(few: Sequence[_T], many: Sequence[_T]) -> Iterator[_T]:
    """Merge two sequences, each in its order, so that the first is used up a little before the second."""
    placed = [(0.9 * place / len(few), each) for place, each in enumerate(few)]
    placed += [(place / len(many), each) for place, each in enumerate(many)]
    yield from (each for _, each in sorted(placed, key=itemgetter(0)))


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """Let no test's logs go where an earlier one sent its own: that may be closed by now."""
    yield
    structlog.reset_defaults()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of faults that tests recorded, with the time each took to recover from."""
    properties = (
        (name, value)
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        for name, value in report.user_properties
    )
    rows = sorted((json.loads(str(value)) for name, value in properties if name == "recovery"), key=_order)
    if rows:
        terminalreporter.section("faults, and the seconds until samples flowed again")
    for row in rows:
        terminalreporter.write_line(f"{row['fault']:<58}{row['recovered_s']:7.2f}  {row['by']}")


def _order(row: dict[str, object]) -> tuple[float, str]:
    number, dot, _ = str(row["fault"]).partition(".")
    return (float(number) if dot and number.isdigit() else float("inf"), str(row["fault"]))
