"""Saying that a database was set back to a backup: the ledger itself does, for whoever witnesses it."""

import secrets

from cloud.ports import OPERATOR, Deed, LedgerNote
from cloud.storage.relational.database import Database
from cloud.storage.relational.ledger import RelationalLedger
from cloud.storage.relational.ledger_book import RelationalLedgerBook

__all__ = ["declare_restored"]


def declare_restored(database: Database, now_ms: int) -> None:
    """Write an entry, and have every head from now on be of a new epoch.

    Raises
    ------
    StorageError
        If the database refuses: until it is said, no head is signed that contradicts those before.
    """
    ledger = RelationalLedger(database, secrets.token_bytes)
    book = RelationalLedgerBook(database, secrets.token_bytes)
    book.origin()
    with database.together():
        book.begin_epoch(now_ms)
        ledger.append(LedgerNote(t_ms=now_ms, deed=Deed.RESTORED, actor=OPERATOR))
    ledger.enter()
