from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.storage.relational.opening import Relational, open_relational
from tests.contracts.wearing_turns import WearingTurnsContract
from tests.fakes.migrated import lay_tables


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Relational]:
    path = tmp_path / "carewire.db"
    lay_tables(path)
    opened = open_relational(f"sqlite:///{path}")
    yield opened
    opened.close()


class TestWearingTurnsOnSqlite(WearingTurnsContract):
    """SQLite has one writer at a time."""
