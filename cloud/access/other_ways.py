"""Every way in beside the password: what whoever comes in anew must not leave open to who was in before."""

from dataclasses import dataclass

from cloud.ports import ApiTokenBook, LinkedIdentityBook, PasskeyBook

__all__ = ["OtherWays"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWays:
    """Passkeys, log-ins elsewhere and programs' tokens, in whichever process."""

    passkeys: PasskeyBook
    identities: LinkedIdentityBook
    tokens: ApiTokenBook

    def end_all(self, person_id: str, now_ms: int) -> None:
        """Have none of somebody's open anything more: a lost telephone holds a passkey, a thief a token."""
        for passkey in self.passkeys.passkeys_of(person_id):
            self.passkeys.remove_passkey(passkey.id, person_id)
        for link in self.identities.links_of(person_id):
            self.identities.unlink(person_id, link.issuer)
        for token in self.tokens.tokens_of(person_id):
            self.tokens.revoke_token(token.id, now_ms, person_id=person_id)
