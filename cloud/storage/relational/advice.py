"""What to do about what a relational database said."""

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy.exc import InterfaceError, OperationalError

from cloud.storage.sqlite_file import advice

__all__ = ["AWAY", "advice_on"]

AWAY = (OperationalError, InterfaceError, sqlite3.OperationalError, OSError)
"""What says that the database does not work, rather than that it refuses what was asked of it."""
_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "53100": "the database's disk is full; free some space",
        "53300": "it has no connection left; raise max_connections or stop other programs",
        "55P03": "somebody else holds a lock on it; it is tried again",
        "57014": "it took too long; see what keeps the database busy",
        "57P01": "the database was stopped; start it again",
        "57P03": "the database is starting; wait",
        "25006": "it is read-only; name the primary server",
        "28P01": "correct the password in database_url",
        "3D000": "create the database that database_url names",
        "42501": "give the user of database_url the right to it",
    }
)
_GENERAL_ADVICE: Final = "check that the database is there, not locked and not full"


def advice_on(cause: BaseException) -> str:
    """Say what to do; if nothing more is known, where to look."""
    known = _ADVICE.get(getattr(cause, "sqlstate", None) or "")
    return known or advice(cause) or _GENERAL_ADVICE
