"""What witnesses are given, and what they say: a head with the proof from the one that each keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cloud.ledger.ports import LedgerBook
from cloud.ports import WitnessWord
from vitals.ledger.heads import TreeHead
from vitals.wire.ledger import HeadNews, Witnessed

__all__ = ["Words", "news_for"]


def news_for(book: LedgerBook, public_key: str, head: TreeHead, word: Witnessed | None) -> HeadNews:
    """Return a head with the proof a gateway can use; its own word decides which, and nothing else."""
    first = word.size if word is not None and word.epoch == head.epoch and word.size <= head.size else 0
    return HeadNews(
        head=head, key=public_key, first=first, proof=[each.hex() for each in _proof(book, first, head.size)]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Keeps what gateways say, where it has changed: for administrators to see, and for nothing else."""

    _said: dict[str, Witnessed] = field(default_factory=dict)

    def note(self, book: LedgerBook, gateway: str, word: Witnessed, now_ms: int) -> None:
        """Take in what a gateway says.

        Raises
        ------
        StorageError
            If it cannot be kept.
        """
        if self._said.get(gateway) == word:
            return
        book.note_word(
            WitnessWord(
                gateway=gateway, epoch=word.epoch, size=word.size, verdict=word.verdict, said_ms=now_ms
            )
        )
        self._said[gateway] = word


def _proof(book: LedgerBook, first: int, size: int) -> Sequence[bytes]:
    if not 0 < first < size:
        return ()
    with book.tree() as tree:
        return tree.consistency(first, size)
