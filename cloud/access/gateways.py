"""Who a gateway is over HTTP: its own token says so, and nothing it sends."""

import hmac
from dataclasses import dataclass
from typing import Final

import structlog

from cloud.access.tokens import Randomness, new_token, token_hash
from cloud.ports import CredentialStore, GatewayCredential
from vitals.clock import Clock
from vitals.errors import StorageError
from vitals.wire import topics

__all__ = ["GatewayAccess"]

_log = structlog.get_logger(__name__)

USE_NOTED_EVERY_MS: Final = 60_000
"""How old the note of a token's last use may be: no write for every batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAccess:
    """Gives gateways tokens and knows them by those; hashes only reach the store."""

    store: CredentialStore
    clock: Clock
    randomness: Randomness

    def issue(self, gateway: str) -> str:
        """Return a new token for a gateway; those it has stay good until they are revoked.

        Raises
        ------
        EnvelopeError
            If that is no id of a gateway.
        """
        token = new_token(self.randomness)
        self.store.add_credential(
            GatewayCredential(
                token_hash=token_hash(token), gateway=topics.checked(gateway), added_ms=self.clock.wall_ms()
            )
        )
        return token

    def gateway(self, token: str) -> str | None:
        """Return whose token this is; None if it was never given or is revoked."""
        given = token_hash(token)
        found = self.store.credential(given)
        if found is None or not hmac.compare_digest(found.token_hash, given) or found.revoked_ms is not None:
            return None
        self._note_use(found)
        return found.gateway

    def revoke(self, gateway: str, *, keep_newest: bool = False) -> int:
        """Make a gateway's tokens worthless from its next request on; return how many were good."""
        return self.store.revoke_credentials(gateway, self.clock.wall_ms(), keep_newest=keep_newest)

    def _note_use(self, credential: GatewayCredential) -> None:
        """Remember the use, if the last one noted is old; whatever the store says, the gateway is let in."""
        now_ms = self.clock.wall_ms()
        if credential.used_ms is not None and 0 <= now_ms - credential.used_ms < USE_NOTED_EVERY_MS:
            return
        try:
            self.store.note_credential_used(credential.token_hash, now_ms)
        except StorageError as error:
            _log.warning("gateway_access.use_not_noted", gateway=credential.gateway, error=str(error))
