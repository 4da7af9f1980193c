"""An exported ledger against the public key, and a head that was kept: what is wrong with it, and where.

The file is read once, from its beginning to its end, and no more of it is held than 256 entries.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cloud.ledger.damage import Damage, Finding
from cloud.ledger.differences import differences
from cloud.ledger.export import CHUNK
from cloud.ledger.export_lines import end_of, head_of_line, is_entry, leaves_of, origin_of
from cloud.ledger.tree import Frontier
from vitals.errors import LedgerError
from vitals.ledger.heads import TreeHead, key_id, verify_head

__all__ = ["Report", "verify_export"]

_MOST_LINES: Final = 4 * CHUNK


@dataclass(slots=True, kw_only=True)
class Report:
    """What was found. `size` counts the entries by the hashes listed, `heads` those that hold."""

    size: int = 0
    heads: int = 0
    newest: TreeHead | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify_export(
    lines: Iterable[bytes],
    key: Ed25519PublicKey,
    kept: TreeHead | None = None,
    on_chunk: Callable[[int], None] = lambda _: None,
) -> Report:
    """Verify an export, line by line; `on_chunk` is told how far it got."""
    reading = _Reading(key=key, kept=kept, on_chunk=on_chunk)
    reading.read(iter(lines))
    return reading.report


@dataclass(slots=True, kw_only=True)
class _Reading:
    key: Ed25519PublicKey
    kept: TreeHead | None
    on_chunk: Callable[[int], None]
    report: Report = field(default_factory=Report)
    _origin: str = ""
    _frontier: Frontier = field(default_factory=Frontier)
    _is_whole: bool = True
    """Whether the hashes of all entries so far are known, and those signed."""
    _signed: int = 0
    """Up to where a head vouches for them."""
    _claimed: int = 0
    """The largest size that a head which holds was signed of."""
    _leaves: list[bytes] = field(default_factory=list)
    _first: int = 0
    _is_again: bool = False
    """Whether what is read stood there before."""
    _lines: list[bytes] = field(default_factory=list)
    _heads: list[TreeHead] = field(default_factory=list)
    _contradiction: Finding | None = None
    """That the head that was kept is of something else."""

    def read(self, lines: Iterator[bytes]) -> None:
        if not self._begin(next(lines, b"")):
            return
        if self.kept is not None:
            self._hear(self.kept)
        ended = None
        for line in lines:
            if ended is not None:
                self._find(
                    Damage.INSERTED, "lines were inserted after the end", self._first + len(self._leaves)
                )
                break
            if not line.endswith(b"\n"):
                break
            ended = self._take(line[:-1])
        if ended is None:  # what follows is not there; whatever is there may be whole
            del self._leaves[len(self._lines) :]
        self._close_chunk()
        self.report.size = self._first
        self._end(ended)

    def _begin(self, line: bytes) -> bool:
        origin = origin_of(line)
        if origin is None:
            self._find(Damage.NOT_A_LEDGER, "this is no exported ledger, or one of a newer program")
            return False
        self._origin = origin
        return True

    def _take(self, line: bytes) -> int | None:
        """Take in a line; return how many entries there should have been if it is the last."""
        if is_entry(line):
            self._entry(line)
        elif (leaves := leaves_of(line)) is not None:
            self._close_chunk()
            self._open_chunk(*leaves)
        elif (head := head_of_line(line)) is not None:
            self._hear(head)
        elif (end := end_of(line)) is not None:
            return end
        else:
            self._entry(line)  # what cannot be read was an entry, most likely: its neighbours tell which
        return None

    def _entry(self, line: bytes) -> None:
        if len(self._lines) < _MOST_LINES:
            self._lines.append(line)

    def _open_chunk(self, first: int, leaves: list[bytes]) -> None:
        if first > self._first:
            last = first - 1
            says = f"entries {self._first} to {last} were deleted, and with them the hashes listed of them"
            self._find(Damage.DELETED, says, self._first, last)
            self._is_whole = False
        elif first < self._first:
            says = f"entries from {first} on stand there again, or out of their order"
            self._find(Damage.DUPLICATED, says, first, first + len(leaves) - 1)
            first, leaves = self._first, []
        self._first, self._leaves, self._is_again = first, leaves, not leaves

    def _close_chunk(self) -> None:
        """Compare the entries read with the hashes listed of them, and those with what was signed."""
        if not self._is_again:
            self.report.findings += differences(self._first, self._leaves, self._lines)
        for leaf in self._leaves:
            self._frontier.add(leaf)
            self._compare([each for each in self._heads if each.size == self._frontier.size])
        self._first += len(self._leaves)
        self._leaves, self._lines = [], []
        self._heads = [head for head in self._heads if head.size > self._first]
        self.on_chunk(self._first)

    def _hear(self, head: TreeHead) -> None:
        """Take in a head, if it is what it says it is."""
        whose = "the head that was kept" if head is self.kept else f"the head of {head.size} entries"
        if head.origin != self._origin:
            self._find_once(Damage.OTHER_LEDGER, f"{whose} is of another ledger, {head.origin}")
        elif head.key != key_id(self.key):
            says = f"{whose} is signed with the key {head.key}, and the one given is {key_id(self.key)}"
            self._find_once(Damage.WRONG_KEY, says)
        elif not _is_signed(head, self.key):
            self._find(Damage.FORGED_HEAD, f"{whose} is forged: its signature is of something else")
        else:
            self._believe(head)

    def _believe(self, head: TreeHead) -> None:
        if head is not self.kept:
            self.report.heads += 1
            self.report.newest = head
            self._claimed = max(self._claimed, head.size)
        if head.size > self._frontier.size or head is self.kept:
            self._heads.append(head)
        elif head.size <= self._signed:
            return  # vouched for already by a later one
        else:
            says = f"the head of {head.size} entries stands behind more of them than it is of"
            self._find(Damage.REORDERED, says, head.size)

    def _compare(self, heads: Sequence[TreeHead]) -> None:
        """Compare all heads of as many entries as are known by now with the root of those."""
        if not heads or not self._is_whole:
            return
        root, size = self._frontier.root().hex(), heads[0].size
        liars = [head for head in heads if head.root != root]
        if len(liars) < len(heads):
            self._signed = max(self._signed, size)
        if self.kept in liars:
            says = f"the first {size} entries are not those of the head that was kept"
            self._contradiction = Finding(damage=Damage.REWRITTEN, says=says, first=0, last=size - 1)
        if all(head is self.kept for head in liars):
            return
        if self._signed == size:
            says = (
                f"two heads of {size} entries were signed, and contradict each other: two ledgers were shown"
            )
            self._find(Damage.SPLIT_VIEW, says, 0, size - 1)
            return
        first, last = self._signed, size - 1
        says = f"entries {first} to {last} are not those that were signed: some were changed, hash and all"
        self._find(Damage.REWRITTEN, says, first, last)
        self._is_whole = False

    def _end(self, ended: int | None) -> None:
        size = self._first
        if ended is None:
            self._find(
                Damage.TRUNCATED, f"the file breaks off after entry {size - 1}: it lacks its end", size
            )
        elif ended != size and self._claimed <= size:
            says = f"the file says that there are {ended} entries, and there are {size}"
            self._find(Damage.CUT_OFF, says, min(ended, size), max(ended, size) - 1)
        if self._claimed > size:
            says = f"entries {size} to {self._claimed - 1} were cut off: a head was signed of {self._claimed}"
            self._find(Damage.CUT_OFF, says, size, self._claimed - 1)
        elif self._claimed < size and not self._has(Damage.WRONG_KEY):
            says = f"entries {self._claimed} to {size - 1} are under no signed head: they may be anything"
            self._find(Damage.UNSIGNED, says, self._claimed, size - 1)
        elif not self.report.heads and self.report.holds:
            self._find(Damage.UNSIGNED, "no head is in it that is signed: anybody may have written this file")
        self._compare_with_kept(size)

    def _compare_with_kept(self, size: int) -> None:
        kept, newest = self.kept, self.report.newest
        if kept is None or self._has(Damage.OTHER_LEDGER):
            return
        if newest is not None and newest.epoch > kept.epoch:
            says = (
                f"a backup was restored since the head of {kept.size} entries that was kept, as the ledger "
                f"itself says: what was entered between is gone (epoch {kept.epoch}, now {newest.epoch})"
            )
            self._find(Damage.RESTORED, says)
        elif self._contradiction is not None:
            self.report.findings.append(self._contradiction)
        elif kept.size > max(size, self._claimed):
            says = f"entries {size} to {kept.size - 1} were cut off: the head that was kept is of {kept.size}"
            self._find(Damage.CUT_OFF, says, size, kept.size - 1)

    def _has(self, damage: Damage) -> bool:
        return any(each.damage is damage for each in self.report.findings)

    def _find_once(self, damage: Damage, says: str) -> None:
        if not self._has(damage):
            self._find(damage, says)

    def _find(self, damage: Damage, says: str, first: int | None = None, last: int | None = None) -> None:
        self.report.findings.append(Finding(damage=damage, says=says, first=first, last=last))


def _is_signed(head: TreeHead, key: Ed25519PublicKey) -> bool:
    try:
        verify_head(head, key)
    except LedgerError:
        return False
    return True
