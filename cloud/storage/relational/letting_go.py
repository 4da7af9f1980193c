"""Letting go of what the relational database need not keep for ever: a table of what, by when, for how long.

Each step deletes some thousand rows, so that nobody waits for it. The ledger is for good: nothing of it goes.
What is said again and again of an alert that nobody takes on goes after two days but for the first ten times
and the last: no more of it is ever read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Table, delete, func, select

from cloud.ports import BookRetention
from cloud.storage.relational import tables
from cloud.storage.relational.database import Database

__all__ = ["BOOKS", "Book", "BookUpkeep"]

_DAY_MS: Final = 86_400_000
_EVERY_MS: Final = 3_600_000
_ROWS_A_STEP: Final = 2_000
_STEPS_KEPT: Final = 10
_SAID_AGAIN_DAYS: Final = 2

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A table, the column by which its rows are old, and the field of `BookRetention` that says how old."""

    table: Table
    by: str
    days: str


BOOKS: Final[Sequence[Book]] = (
    Book(table=tables.command_answer, by="received_ms", days="commands_days"),
    Book(table=tables.command, by="expires_ms", days="commands_days"),
    Book(table=tables.hand_off, by="at_ms", days="tellings_days"),
    Book(table=tables.silence, by="until_ms", days="silences_days"),
    Book(table=tables.session, by="expires_ms", days="sign_ins_days"),
    Book(table=tables.sign_in_link, by="expires_ms", days="sign_ins_days"),
    Book(table=tables.sign_in_attempt, by="expires_ms", days="sign_ins_days"),
)
"""What refers to others first."""


class BookUpkeep:
    """The Upkeep of a relational database: once an hour it lets go of what is old, a step at a time."""

    def __init__(self, database: Database, retention: BookRetention) -> None:
        self._database = database
        self._retention = retention
        self._again_ms: int | None = None

    def step(self, now_ms: int) -> bool:
        """Let go of some of what is old; tell whether there may be more.

        Raises
        ------
        StorageError
            If the database refuses; nothing is worse for it.
        """
        again_ms = self._again_ms
        if again_ms is not None and again_ms - _EVERY_MS <= now_ms < again_ms:
            return False
        for table, old in self._old(now_ms):
            gone = self._let_go(table, old)
            if gone:
                _log.info("books.let_go", table=table.name, rows=gone)
                return True
        self._again_ms = now_ms + _EVERY_MS
        return False

    def _old(self, now_ms: int) -> Iterator[tuple[Table, ColumnElement[bool]]]:
        for book in BOOKS:
            days = getattr(self._retention, book.days)
            if days is not None:
                yield book.table, book.table.c[book.by] < now_ms - days * _DAY_MS
        yield tables.hand_off, _said_again(now_ms - _SAID_AGAIN_DAYS * _DAY_MS)

    def _let_go(self, table: Table, old: ColumnElement[bool]) -> int:
        (*_, key) = table.primary_key
        some = select(key).where(old).limit(_ROWS_A_STEP).scalar_subquery()
        with self._database.write() as connection:
            return connection.execute(delete(table).where(old, key.in_(some))).rowcount


def _said_again(before_ms: int) -> ColumnElement[bool]:
    """Return the tellings of before then that are neither among the first ten of their sort nor the last."""
    told = tables.hand_off
    later = told.alias("later")
    last = (
        select(func.max(later.c.step))
        .where(later.c.alert_id == told.c.alert_id, later.c.occasion.is_not_distinct_from(told.c.occasion))
        .correlate(told)
        .scalar_subquery()
    )
    return (told.c.at_ms < before_ms) & (told.c.step >= _STEPS_KEPT) & (told.c.step < last)
