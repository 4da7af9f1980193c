"""A witness outside: keeps the newest head it verified, and says what is to be thought of the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from vitals.errors import LedgerError
from vitals.ledger.head_file import HeadFile
from vitals.ledger.heads import TreeHead, key_id, read_key
from vitals.ledger.witness import ACCEPTED, Verdict, judge

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from carewire.ledger_source import LedgerSource

__all__ = ["Seen", "witness"]

_SAYS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.FIRST: "kept from now on: {now} entries; nothing was kept before",
        Verdict.SAME: "it holds: nothing was added to {now} entries",
        Verdict.GROWN: "it holds: {now} entries begin with the {kept} that were kept",
        Verdict.RESTORED: "a backup was restored, it says itself: {now} entries now, and {kept} were kept",
        Verdict.OLDER: "THE LEDGER WENT BACK: its newest head, of {now} entries, is older than that kept",
        Verdict.UNPROVEN: "no proof was given that {now} entries begin with the {kept} that were kept",
        Verdict.UNSIGNED: "this head is forged, or signed with another key than the one that is trusted",
        Verdict.FOREIGN: "this head is of another ledger than the one kept",
        Verdict.ROLLED_BACK: "THE LEDGER WENT BACK: it has {now} entries, and {kept} were kept",
        Verdict.FORKED: "THE LEDGER WAS REWRITTEN: {now} entries, and they are not those that were kept",
        Verdict.REWRITTEN: "THE LEDGER WAS REWRITTEN: {now} entries, which do not begin with the {kept} kept",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A head and what is to be thought of it, in words."""

    head: TreeHead
    verdict: Verdict
    says: str

    @property
    def accuses(self) -> bool:
        """Whether the past is not what it was, or nobody can tell."""
        return self.verdict not in ACCEPTED or self.verdict is Verdict.RESTORED


def witness(source: "LedgerSource", file: HeadFile | None, trusted: "Ed25519PublicKey | None") -> Seen:
    """Judge the newest head by the one in a file, and keep it there if it holds.

    Without a trusted key, the key of the head that is kept is; without that, the one that is offered now.

    Raises
    ------
    LedgerError
        If the key that is offered is another.
    """
    offered, said = source.head()
    kept = None if file is None else file.read()
    public = trusted or read_key(said)
    if kept is not None and key_id(public) != kept.key:
        raise LedgerError(
            f"the key {key_id(public)} is another than that of the head kept in the file, {kept.key}: "
            "find out why before you trust it"
        )
    needs_proof = kept is not None and kept.epoch == offered.epoch and 0 < kept.size < offered.size
    proof = source.consistency(kept.size, offered.size) if kept is not None and needs_proof else None
    verdict = judge(kept, offered, public, proof)
    if file is not None and verdict in ACCEPTED:
        _keep(file, kept, offered, verdict)
    words = _SAYS[verdict].format(now=f"{offered.size:,}", kept=f"{kept.size:,}" if kept else "none")
    return Seen(head=offered, verdict=verdict, says=words)


def _keep(file: HeadFile, kept: TreeHead | None, offered: TreeHead, verdict: Verdict) -> None:
    """Keep the new head; one that a restoration made worthless is the proof of what was lost, and stays."""
    if kept is not None and verdict is Verdict.RESTORED:
        HeadFile(path=file.path.with_name(f"{file.path.name}.epoch-{kept.epoch}")).write(kept)
    file.write(offered)
