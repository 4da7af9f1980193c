"""The relational tables from one version to the next, by Alembic, over a connection that is open already."""

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from cloud.storage.relational.engine import UNHURRIED

__all__ = ["knows_revision", "migrate_to", "migrations"]

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_MIGRATION_LOCK: Final = 0x43617265  # any number every process of this project agrees on


def migrate_to(connection: Connection, revision: str) -> None:
    """Bring the tables up to a revision, in the transaction of `connection`."""
    for statement in UNHURRIED[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    if _is_at(connection, revision):
        return
    config = migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _is_at(connection: Connection, revision: str) -> bool:
    """Tell whether nothing is left to do, as at almost every start."""
    wanted = _scripts().get_revision(revision)
    return wanted is not None and MigrationContext.configure(connection).get_current_heads() == (
        wanted.revision,
    )


def knows_revision(revision: str) -> bool:
    """Tell whether this program has the migration."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrations())


def migrations() -> Config:
    """Return where Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
