"""What was begun in a browser and is to be ended there, once."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert

from cloud.ports import Attempt, Errand
from cloud.storage.relational.database import Database
from cloud.storage.relational.tables import sign_in_attempt

__all__ = ["RelationalAttempts"]

_ROWS = sign_in_attempt.c


class RelationalAttempts:
    """The AttemptBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, attempt: Attempt, now_ms: int) -> None:
        """Keep an attempt; forget those that have expired."""
        with self._database.write() as connection:
            connection.execute(delete(sign_in_attempt).where(_ROWS.expires_ms <= now_ms))
            connection.execute(insert(sign_in_attempt).values(**asdict(attempt)))

    def take(self, key_hash: bytes, now_ms: int) -> Attempt | None:
        """Return an attempt that has not expired, and forget it: of two that ask at once, one gets it."""
        query = delete(sign_in_attempt).where(_ROWS.key_hash == key_hash).returning(*_ROWS)
        with self._database.write() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None or row["expires_ms"] <= now_ms else _attempt(row)


def _attempt(row: Mapping[Any, Any]) -> Attempt:
    return Attempt(**{**row, "errand": Errand(row["errand"])})
