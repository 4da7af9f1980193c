"""The ports of `cloud.ports.sign_in_ways` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import ApiToken, Attempt, LinkedIdentity, Passkey


@dataclass(slots=True)
class FakeAttemptBook:
    kept: dict[bytes, Attempt] = field(default_factory=dict)

    def begin(self, attempt: Attempt, now_ms: int) -> None:
        self.kept = {key: each for key, each in self.kept.items() if each.expires_ms > now_ms}
        self.kept[attempt.key_hash] = attempt

    def take(self, key_hash: bytes, now_ms: int) -> Attempt | None:
        found = self.kept.pop(key_hash, None)
        return None if found is None or found.expires_ms <= now_ms else found


@dataclass(slots=True)
class FakePasskeyBook:
    kept: dict[bytes, Passkey] = field(default_factory=dict)

    def add_passkey(self, passkey: Passkey) -> bool:
        return self.kept.setdefault(passkey.id, passkey) is passkey

    def passkey(self, passkey_id: bytes) -> Passkey | None:
        return self.kept.get(passkey_id)

    def passkeys_of(self, person_id: str) -> Sequence[Passkey]:
        theirs = [each for each in self.kept.values() if each.person_id == person_id]
        return tuple(sorted(theirs, key=lambda each: (each.added_ms, each.id)))

    def note_passkey_used(self, passkey_id: bytes, count: int, now_ms: int) -> bool:
        found = self.kept.get(passkey_id)
        if found is None or not (found.count < count or found.count == count == 0):
            return False
        self.kept[passkey_id] = replace(found, count=count, used_ms=now_ms)
        return True

    def refuse_passkey(self, passkey_id: bytes, now_ms: int) -> None:
        found = self.kept[passkey_id]
        self.kept[passkey_id] = replace(found, refused_ms=found.refused_ms or now_ms)

    def remove_passkey(self, passkey_id: bytes, person_id: str) -> bool:
        found = self.kept.get(passkey_id)
        if found is None or found.person_id != person_id:
            return False
        del self.kept[passkey_id]
        return True


@dataclass(slots=True)
class FakeLinkedIdentityBook:
    kept: dict[tuple[str, str], LinkedIdentity] = field(default_factory=dict)

    def link(self, identity: LinkedIdentity) -> bool:
        key = identity.issuer, identity.subject
        taken = any(
            (each.person_id, each.issuer) == (identity.person_id, identity.issuer)
            for each in self.kept.values()
        )
        if key in self.kept or taken:
            return False
        self.kept[key] = identity
        return True

    def linked(self, issuer: str, subject: str) -> LinkedIdentity | None:
        return self.kept.get((issuer, subject))

    def links_of(self, person_id: str) -> Sequence[LinkedIdentity]:
        return tuple(each for each in self.links() if each.person_id == person_id)

    def links(self) -> Sequence[LinkedIdentity]:
        return tuple(sorted(self.kept.values(), key=lambda each: (each.person_id, each.issuer)))

    def note_link_used(self, issuer: str, subject: str, now_ms: int) -> None:
        self.kept[issuer, subject] = replace(self.kept[issuer, subject], used_ms=now_ms)

    def unlink(self, person_id: str, issuer: str) -> bool:
        gone = [
            key for key, each in self.kept.items() if (each.person_id, each.issuer) == (person_id, issuer)
        ]
        for key in gone:
            del self.kept[key]
        return bool(gone)


@dataclass(slots=True)
class FakeApiTokenBook:
    kept: dict[bytes, ApiToken] = field(default_factory=dict)

    def add_token(self, token: ApiToken) -> None:
        self.kept[token.token_hash] = token

    def token(self, token_hash: bytes) -> ApiToken | None:
        return self.kept.get(token_hash)

    def tokens_of(self, person_id: str) -> Sequence[ApiToken]:
        return tuple(each for each in self.tokens() if each.person_id == person_id)

    def tokens(self) -> Sequence[ApiToken]:
        return tuple(sorted(self.kept.values(), key=lambda each: (-each.made_ms, each.id)))

    def note_token_used(self, token_hash: bytes, now_ms: int) -> None:
        self.kept[token_hash] = replace(self.kept[token_hash], used_ms=now_ms)

    def revoke_token(self, token_id: str, now_ms: int, *, person_id: str | None = None) -> bool:
        for each in self.kept.values():
            if each.id == token_id and each.revoked_ms is None and person_id in {None, each.person_id}:
                self.kept[each.token_hash] = replace(each, revoked_ms=now_ms)
                return True
        return False


@dataclass(slots=True)
class FakeSignInWays:
    """All four, by the names that a `Relational` has them under."""

    attempts: FakeAttemptBook = field(default_factory=FakeAttemptBook)
    passkeys: FakePasskeyBook = field(default_factory=FakePasskeyBook)
    linked_identities: FakeLinkedIdentityBook = field(default_factory=FakeLinkedIdentityBook)
    api_tokens: FakeApiTokenBook = field(default_factory=FakeApiTokenBook)
