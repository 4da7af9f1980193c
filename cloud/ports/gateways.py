"""Who a gateway is where no broker says so: by a secret of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCredential:
    """A secret given to a gateway, known by the SHA-256 of it; once revoked it is worthless for ever."""

    token_hash: bytes
    gateway: str
    added_ms: int
    used_ms: int | None = None
    revoked_ms: int | None = None


class CredentialStore(Protocol):
    """The secrets of gateways, kept only as SHA-256 hashes."""

    def add_credential(self, credential: GatewayCredential) -> None: ...
    def credential(self, token_hash: bytes) -> GatewayCredential | None: ...
    def newest_used_credential_ms(self, gateway: str) -> int | None:
        """Return when the newest of a gateway's secrets was given that was ever used and is not revoked."""
        ...

    def note_credential_used(self, token_hash: bytes, used_ms: int) -> None: ...
    def revoke_credentials(self, gateway: str, now_ms: int, *, keep_newest: bool = False) -> int:
        """Make a gateway's secrets worthless at once, or all but the newest; return how many were good."""
        ...

    def credentials(self) -> Sequence[GatewayCredential]:
        """Return every credential ever given, by gateway, oldest first."""
        ...
