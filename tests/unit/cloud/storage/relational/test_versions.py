"""A database of another version is brought up to this one, or refused with what to do; never half used."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cloud.ports import Patient
from cloud.storage.relational.opening import open_relational
from tests.fakes.migrated import lay_tables
from vitals.errors import StorageError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lay_tables(tmp_path / "carewire.db")
    return tmp_path / "carewire.db"


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alembic_version SET version_num = '9999'",
        "INSERT INTO alembic_version VALUES ('0017')",
    ],
    ids=["a newer program's", "two at once"],
)
def test_tables_of_a_version_that_is_not_known_are_refused_with_what_to_do(
    path: Path, statement: str
) -> None:
    change(path, statement)
    with pytest.raises(StorageError, match=r"another version.*run the newer version, or restore a backup"):
        open_relational(f"sqlite:///{path}")


def test_a_process_that_was_killed_before_its_tables_were_noted_as_sealed_leaves_nothing_readable(
    path: Path,
) -> None:
    opened = open_relational(f"sqlite:///{path}")
    opened.directory.add_patient(Patient(id="wei", display_name="Wei Zhang"))
    opened.close()
    change(path, "DELETE FROM sealed_column", "UPDATE patient SET display_name = 'Ana Lopez'")
    again = open_relational(f"sqlite:///{path}")
    found = again.directory.patient("wei")
    again.close()
    assert found == Patient(id="wei", display_name="Ana Lopez")
    assert b"Ana Lopez" not in path.read_bytes()
