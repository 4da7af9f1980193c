"""The ledger over the database: its key, what goes on beside requests, and what requests reach."""

import time
from collections.abc import Callable

from cloud.bootstrap.threads import WorkThread
from cloud.config import CloudSettings
from cloud.ledger.desk import LedgerDesk
from cloud.ledger.keys import KEY_FILE
from cloud.ledger.looks import Looks
from cloud.ledger.scribe import Scribe
from cloud.ledger.signing import Signer
from cloud.ledger.work import LedgerWork
from cloud.storage.relational.opening import Relational
from vitals.ledger.head_file import HeadFile

__all__ = [
    "LAST_HEAD_FILE",
    "ledger_desk_over",
    "ledger_work_over",
    "looks_over",
    "signer_over",
]

LAST_HEAD_FILE = "ledger-head.json"
"""In `data_dir`: the head that was signed last, which a database that was set back does not know."""


def signer_over(settings: CloudSettings, relational: Relational, wall_ms: Callable[[], int]) -> Signer:
    """Return what signs heads with the key the settings name."""
    return Signer(
        ledger=relational.ledger,
        book=relational.ledger_book,
        key_file=settings.ledger.key_file or settings.data_dir / KEY_FILE,
        memory=HeadFile(path=settings.data_dir / LAST_HEAD_FILE),
        wall_ms=wall_ms,
    )


def ledger_desk_over(signer: Signer, relational: Relational) -> LedgerDesk:
    """Return what shows the ledger."""
    return LedgerDesk(book=relational.ledger_book, signer=signer)


def ledger_work_over(signer: Signer, settings: CloudSettings) -> WorkThread:
    """Return the part that enters and signs."""
    work = LedgerWork(
        ledger=signer.ledger,
        signer=signer,
        monotonic_s=time.monotonic,
        every_s=settings.ledger.head_every_s,
    )
    return WorkThread(name="ledger", work=work, own_troubles=work.troubles)


def looks_over(relational: Relational, wall_ms: Callable[[], int]) -> Looks:
    """Return what writes down who looks at whom."""
    return Looks(scribe=Scribe(relational.ledger), wall_ms=wall_ms)
