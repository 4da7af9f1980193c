"""A `cloud.ports.CredentialStore` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import GatewayCredential
from vitals.errors import StorageError


@dataclass(slots=True)
class FakeCredentialStore:
    kept: dict[bytes, GatewayCredential] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    is_read_only: bool = False

    def add_credential(self, credential: GatewayCredential) -> None:
        self.kept[credential.token_hash] = credential

    def credential(self, token_hash: bytes) -> GatewayCredential | None:
        self.asked.append(token_hash)
        return self.kept.get(token_hash)

    def newest_used_credential_ms(self, gateway: str) -> int | None:
        good = (each for each in self.kept.values() if each.gateway == gateway and each.revoked_ms is None)
        return max((each.added_ms for each in good if each.used_ms is not None), default=None)

    def note_credential_used(self, token_hash: bytes, used_ms: int) -> None:
        if self.is_read_only:
            raise StorageError("the disk is read-only: remount it")
        self.notes.append(used_ms)
        self.kept[token_hash] = replace(self.kept[token_hash], used_ms=used_ms)

    def revoke_credentials(self, gateway: str, now_ms: int, *, keep_newest: bool = False) -> int:
        good = [each for each in self.kept.values() if each.gateway == gateway and each.revoked_ms is None]
        gone = sorted(good, key=lambda each: -each.added_ms)[int(keep_newest) :]
        for each in gone:
            self.kept[each.token_hash] = replace(each, revoked_ms=now_ms)
        return len(gone)

    def credentials(self) -> Sequence[GatewayCredential]:
        return sorted(self.kept.values(), key=lambda each: (each.gateway, each.added_ms))
