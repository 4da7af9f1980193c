"""The ledger's entries on a relational database."""

from dataclasses import asdict

from cloud.ports import LedgerNote
from cloud.storage.relational.database import Database, insert_numbered
from cloud.storage.relational.tables import ledger_entry

__all__ = ["RelationalLedger"]


class RelationalLedger:
    """The Ledger port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, note: LedgerNote) -> None:
        """Write a deed down, in the transaction this thread is in if it is in one."""
        with self._database.write() as connection:
            insert_numbered(connection, ledger_entry, {**asdict(note), "about": dict(note.about)})
