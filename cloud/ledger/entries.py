"""An entry as it stands in the tree for good: one line of bytes that say who, what and when, and no more.

Persons and patients stand in it by pseudonym; what the deed was about, by a salted hash. Pseudonyms, salts
and what was hashed are kept beside, where erasure can destroy them: the tree then verifies, and names nobody.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cloud.ports.ledger import OPERATOR, SERVICE
from vitals.errors import LedgerError

__all__ = ["SALT_BYTES", "UNNAMED", "Entry", "about_hash", "about_text", "decode_entry", "encode_entry"]

SALT_BYTES: Final = 16
UNNAMED: Final = frozenset({SERVICE, OPERATOR})
"""Actors that are nobody, and need no pseudonym."""
_VERSION: Final = 1
_PURPOSE: Final = b"carewire ledger about, 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One leaf. `number` counts from 0; `actor` and `patient` are pseudonyms, `about` a salted hash."""

    number: int
    t_ms: int
    deed: str
    actor: str
    patient: str | None
    about: str


def encode_entry(entry: Entry) -> bytes:
    """Return the one form of an entry: JSON in ASCII, these keys in this order, no space anywhere."""
    return _canonical(
        {
            "v": _VERSION,
            "number": entry.number,
            "t_ms": entry.t_ms,
            "deed": entry.deed,
            "actor": entry.actor,
            "patient": entry.patient,
            "about": entry.about,
        }
    )


def decode_entry(line: bytes) -> Entry:
    """Read an entry.

    Raises
    ------
    LedgerError
        If it is none, or not in its one form.
    """
    try:
        found = json.loads(line)
        entry = Entry(
            number=int(found["number"]),
            t_ms=int(found["t_ms"]),
            deed=str(found["deed"]),
            actor=str(found["actor"]),
            patient=None if found["patient"] is None else str(found["patient"]),
            about=str(found["about"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        raise LedgerError("this is no entry of a ledger") from None
    if encode_entry(entry) != line:
        raise LedgerError(f"entry {entry.number} is not in the one form that entries have")
    return entry


def about_text(about: Mapping[str, str]) -> str:
    """Return what a deed was about in the form that is hashed: JSON in ASCII, keys sorted, no space."""
    return json.dumps(dict(about), sort_keys=True, separators=(",", ":"))


def about_hash(salt: bytes, text: str) -> str:
    """Return what stands in the entry for it: nobody who lacks the salt can try out what it may have been."""
    return sha256(_PURPOSE + salt + text.encode()).hexdigest()


def _canonical(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
