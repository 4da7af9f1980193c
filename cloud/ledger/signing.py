"""Signing heads. Whoever signs remembers what they signed last, and never signs what contradicts it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cloud.ledger.keys import make_key, public_text, read_private_key
from cloud.ledger.ports import Enterer, HeadBook
from cloud.ledger.tree import Tree
from vitals.errors import ConfigurationError, LedgerError
from vitals.ledger.head_file import HeadFile
from vitals.ledger.heads import TreeHead, head_of

__all__ = ["Signer"]


@dataclass(slots=True, kw_only=True)
class Signer:
    """`memory` is beside the key and not in the database: one that was set back is noticed by it."""

    ledger: Enterer
    book: HeadBook
    key_file: Path
    memory: HeadFile
    wall_ms: Callable[[], int]
    _key: Ed25519PrivateKey | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def public_key(self) -> str:
        """Return the public key in hexadecimal; the first who asks in a new ledger has the key made.

        Raises
        ------
        ConfigurationError
            If the key is missing though heads were signed, or cannot be used.
        """
        return public_text(self._private())

    def head(self) -> TreeHead:
        """Enter what waits, and return a head of all there is: the last one, if nothing came since.

        Raises
        ------
        LedgerError
            If the tree is not what was signed before: it went back, or was rewritten.
        ConfigurationError
            If there is no key to sign with.
        StorageError
            If the database or the disk refuses.
        """
        key = self._private()
        self.ledger.enter()
        with self._lock, self.book.turn() as tree:
            newest, (origin, epoch) = self.book.newest_head(), self.book.origin()
            for signed in (newest, self.memory.read()):
                if signed is not None:
                    _refuse_contradiction(tree, epoch, signed)
            if newest is not None and (newest.epoch, newest.size) == (epoch, tree.size):
                return newest
            head = head_of(
                key, origin=origin, epoch=epoch, size=tree.size, root=tree.root(), t_ms=self.wall_ms()
            )
            self.book.add_head(head)
            self.memory.write(head)  # in this turn, or of two processes the slower would lower it
        return head

    def _private(self) -> Ed25519PrivateKey:
        if self._key is None:
            self._key = read_private_key(self.key_file) or self._first_key()
        return self._key

    def _first_key(self) -> Ed25519PrivateKey:
        if self.book.newest_head() is not None:
            raise ConfigurationError(
                f"ledger: {self.key_file} is missing, and heads were signed with it: bring it back from "
                "where a copy is kept; without one, make one (`carewire ledger keygen`), and tell witnesses"
            )
        try:
            return make_key(self.key_file)
        except ConfigurationError:  # another process has just made it
            return read_private_key(self.key_file) or self._first_key()


def _refuse_contradiction(tree: Tree, epoch: int, signed: TreeHead) -> None:
    if signed.epoch < epoch:
        return  # that a backup was restored is declared, and every head since says so
    if signed.epoch > epoch or signed.size > tree.size:
        raise LedgerError(
            f"ledger: it has {tree.size} entries, and a head of {signed.size} was signed: the database was "
            "set back. If you restored a backup, say so with `carewire ledger restored`; if not, find out who"
        )
    if tree.root(signed.size).hex() != signed.root:
        raise LedgerError(
            f"ledger: the first {signed.size} entries are not those that were signed: somebody changed the "
            "database. Keep it as it is, and compare an export of it with `carewire ledger verify`"
        )
