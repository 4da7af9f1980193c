"""What is wrong with a ledger, as it is told: the sort of damage, where, and in words."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Damage", "Finding"]


class Damage(StrEnum):
    """The sorts of it."""

    NOT_A_LEDGER = "not-a-ledger"
    UNREADABLE = "unreadable"
    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    REWRITTEN = "rewritten"
    """Entries, and the hashes of them that the file lists, are not those that were signed."""
    CUT_OFF = "cut-off"
    """A head was signed of more than there is."""
    UNSIGNED = "unsigned"
    """Entries at the end that no head was signed of."""
    TRUNCATED = "truncated"
    """The file ends before it says that it does."""
    FORGED_HEAD = "forged-head"
    SPLIT_VIEW = "split-view"
    """Two heads of as many entries, both signed, that contradict each other: two ledgers were shown."""
    WRONG_KEY = "wrong-key"
    OTHER_LEDGER = "other-ledger"
    RESTORED = "restored"
    """It says by itself that a backup was restored since the head that was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One of them; `first` to `last` are the numbers of the entries it is about, if it is about any."""

    damage: Damage
    says: str
    first: int | None = None
    last: int | None = None
