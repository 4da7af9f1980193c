"""A ledger in memory with a key of its own, that signs heads of what it holds or of what it is told."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fakes.tiles import FakeTiles
from vitals.ledger.heads import TreeHead, head_of
from vitals.ledger.merkle import leaf_hash

__all__ = ["KEY", "OTHER_KEY", "SignedLedger"]

KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)


class SignedLedger:
    """So many entries, one told from another ledger's by `seed`."""

    def __init__(self, size: int = 0, *, seed: str = "entry", origin: str = "carewire-test") -> None:
        self.tiles = FakeTiles()
        self.seed = seed
        self.origin = origin
        self.grow(size)

    def grow(self, by: int) -> None:
        size = self.tiles.size
        self.tiles.add([leaf_hash(f"{self.seed} {size + at}".encode()) for at in range(by)])

    def head(
        self,
        *,
        t_ms: int | None = None,
        epoch: int = 0,
        key: Ed25519PrivateKey = KEY,
        root: bytes | None = None,
    ) -> TreeHead:
        tree = self.tiles.tree()
        return head_of(
            key,
            origin=self.origin,
            epoch=epoch,
            size=tree.size,
            root=root or tree.root(),
            t_ms=tree.size if t_ms is None else t_ms,
        )

    def proof(self, first: int) -> list[bytes]:
        return self.tiles.tree().consistency(first)
