"""Witnessing: whoever keeps the newest head they verified notices when a ledger's past is changed. Pure."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vitals.errors import LedgerError
from vitals.ledger.heads import TreeHead, verify_head
from vitals.ledger.merkle import is_consistent

__all__ = ["ACCEPTED", "ACCUSING", "Verdict", "judge"]


class Verdict(StrEnum):
    """What is to be thought of a head that is offered, by the one kept."""

    FIRST = "first"
    """There was none: kept from now on."""
    SAME = "same"
    """Nothing was added."""
    GROWN = "grown"
    """It begins with all that was there, and there is more: kept."""
    RESTORED = "restored"
    """It says by itself that a backup was restored: kept, and told to people."""
    OLDER = "older"
    """Signed before the one kept, of fewer entries: it was late on its way; not kept."""
    UNPROVEN = "unproven"
    """It came without a proof from the one kept: ask for one."""
    UNSIGNED = "unsigned"
    """Forged, or signed by another key."""
    FOREIGN = "foreign"
    """Of another ledger."""
    ROLLED_BACK = "rolled-back"
    """Signed after the one kept, and there is less."""
    FORKED = "forked"
    """As many entries, and not the same."""
    REWRITTEN = "rewritten"
    """There is more, and it does not begin with what was there."""


ACCEPTED: Final = frozenset({Verdict.FIRST, Verdict.SAME, Verdict.GROWN, Verdict.RESTORED})
"""Whose head is what is kept from then on."""
ACCUSING: Final = frozenset({Verdict.ROLLED_BACK, Verdict.FORKED, Verdict.REWRITTEN})
"""What no honest keeper of a ledger signs; the two heads together prove it to anybody."""


def judge(
    kept: TreeHead | None,
    offered: TreeHead,
    key: Ed25519PublicKey,
    proof: Sequence[bytes] | None = None,
) -> Verdict:
    """Judge a head by the one kept; `proof` is that of consistency from that one's size, if there is any."""
    try:
        verify_head(offered, key)
    except LedgerError:
        return Verdict.UNSIGNED
    if kept is None:
        return Verdict.FIRST
    if offered.origin != kept.origin:
        return Verdict.FOREIGN
    if offered.epoch > kept.epoch:
        return Verdict.RESTORED
    if (offered.epoch, offered.size) < (kept.epoch, kept.size):
        return _went_back(kept, offered)
    return _grown(kept, offered, proof)


def _went_back(kept: TreeHead, offered: TreeHead) -> Verdict:
    return Verdict.OLDER if offered.t_ms <= kept.t_ms else Verdict.ROLLED_BACK


def _grown(kept: TreeHead, offered: TreeHead, proof: Sequence[bytes] | None) -> Verdict:
    if offered.size == kept.size:
        return Verdict.SAME if offered.root == kept.root else Verdict.FORKED
    if kept.size and not proof:
        return Verdict.UNPROVEN
    holds = is_consistent(kept.size, kept.root_hash, offered.size, offered.root_hash, proof or ())
    return Verdict.GROWN if holds else Verdict.REWRITTEN
