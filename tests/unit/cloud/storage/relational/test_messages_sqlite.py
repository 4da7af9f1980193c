from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.storage.relational.opening import Relational, open_relational
from tests.contracts.message_book import RelationalMessageBookContract
from tests.fakes.migrated import lay_tables


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Relational]:
    path = tmp_path / "carewire.db"
    lay_tables(path)
    opened = open_relational(f"sqlite:///{path}")
    yield opened
    opened.close()


class TestMessagesOnSqlite(RelationalMessageBookContract):
    """SQLite keeps the threads of patients."""
