"""Who a gateway is over HTTP: its own token says so, and nothing it sends.

A token ends a year after it was given. Another comes with each certificate; a fortnight after that, the one
before ends, if the gateway has the other: an answer that was lost shuts nobody out.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from cloud.access.api_token_form import is_broken_gateway_token, new_gateway_token
from cloud.access.tokens import Randomness, token_hash
from cloud.ports import CredentialStore, GatewayCredential
from vitals.clock import Clock
from vitals.errors import StorageError
from vitals.wire import topics

__all__ = ["LIFE_MS", "REPLACED_LASTS_MS", "GatewayAccess"]

_log = structlog.get_logger(__name__)

_DAY_MS: Final = 86_400_000
LIFE_MS: Final = 366 * _DAY_MS
REPLACED_LASTS_MS: Final = 14 * _DAY_MS
_SOON_MS: Final = 30 * _DAY_MS
USE_NOTED_EVERY_MS: Final = 60_000
"""How old the note of a token's last use may be: no write for every batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAccess:
    """Gives gateways tokens and knows them by those; hashes only reach the store."""

    store: CredentialStore
    clock: Clock
    randomness: Randomness

    def issue(self, gateway: str) -> str:
        """Return a new token for a gateway; those it has end soon after, once it uses that.

        Raises
        ------
        EnvelopeError
            If that is no id of a gateway.
        """
        token = new_gateway_token(self.randomness)
        self.store.add_credential(
            GatewayCredential(
                token_hash=token_hash(token), gateway=topics.checked(gateway), added_ms=self.clock.wall_ms()
            )
        )
        return token

    def gateway(self, token: str) -> str | None:
        """Return whose token this is; None if it was never given, is revoked, has ended or was replaced."""
        if is_broken_gateway_token(token):
            return None
        given = token_hash(token)
        found = self.store.credential(given)
        if found is None or not hmac.compare_digest(found.token_hash, given) or found.revoked_ms is not None:
            return None
        if self.clock.wall_ms() >= self.ends_ms(found):
            return None
        self._note_use(found)
        return found.gateway

    def ends_ms(self, credential: GatewayCredential) -> int:
        """Return until when a token that is not revoked is good."""
        newest_ms = self.store.newest_used_credential_ms(credential.gateway)
        ends_ms = credential.added_ms + LIFE_MS
        if newest_ms is None or newest_ms <= credential.added_ms:
            return ends_ms
        return min(ends_ms, newest_ms + REPLACED_LASTS_MS)

    def ending(self) -> Mapping[str, int]:
        """Return when the last token of each gateway ends, where that is soon, or was not long ago."""
        now_ms, last = self.clock.wall_ms(), dict[str, int]()
        for each in self.store.credentials():
            if each.revoked_ms is None:
                last[each.gateway] = max(each.added_ms + LIFE_MS, last.get(each.gateway, 0))
        return {gateway: ends_ms for gateway, ends_ms in last.items() if abs(ends_ms - now_ms) < _SOON_MS}

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
