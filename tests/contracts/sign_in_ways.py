"""What every book of ways in keeps; a test module gives it `ways`. `carer` and `admin` are people in it."""

from dataclasses import replace
from typing import Protocol

import pytest

from cloud.ports import (
    ApiToken,
    ApiTokenBook,
    Attempt,
    AttemptBook,
    Errand,
    LinkedIdentity,
    LinkedIdentityBook,
    Passkey,
    PasskeyBook,
    Scope,
)
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import WEI_HERSELF, people

__all__ = ["RelationalSignInWaysContract", "SignInWaysContract", "people"]


class Ways(Protocol):
    @property
    def attempts(self) -> AttemptBook: ...
    @property
    def passkeys(self) -> PasskeyBook: ...
    @property
    def linked_identities(self) -> LinkedIdentityBook: ...
    @property
    def api_tokens(self) -> ApiTokenBook: ...


ATTEMPT = Attempt(
    key_hash=b"k" * 32,
    errand=Errand.OPENID_LINKED,
    challenge=b"\x00\xffchallenge",
    expires_ms=300,
    person_id="carer",
    nonce="nonce",
    verifier="verifier",
)
PASSKEY = Passkey(
    id=b"\x00key\xff",
    person_id="carer",
    handle=b"h" * 32,
    public_key=b"\x00public\xff",
    count=0,
    label="Her telephone",
    added_ms=10,
    is_synced=True,
)
IDENTITY = LinkedIdentity(issuer="https://id.example.org", subject="A1", person_id="carer", linked_ms=10)
TOKEN = ApiToken(
    id="t1",
    token_hash=b"\x00" + b"t" * 31,
    person_id="carer",
    label="Her spreadsheet",
    scopes=frozenset({Scope.VITALS, Scope.ALERTS}),
    is_read_only=True,
    made_ms=10,
    expires_ms=1_000,
    patient_id="wei",
)


class SignInWaysContract:
    """Attempts, passkeys, identities and tokens."""

    def test_an_attempt_is_taken_once(self, ways: Ways) -> None:
        ways.attempts.begin(ATTEMPT, 0)
        assert ways.attempts.take(b"x" * 32, 10) is None
        assert ways.attempts.take(ATTEMPT.key_hash, 299) == ATTEMPT
        assert ways.attempts.take(ATTEMPT.key_hash, 299) is None

    def test_an_attempt_that_has_expired_is_gone(self, ways: Ways) -> None:
        ways.attempts.begin(ATTEMPT, 0)
        assert ways.attempts.take(ATTEMPT.key_hash, 300) is None
        assert ways.attempts.take(ATTEMPT.key_hash, 10) is None

    def test_what_is_begun_sweeps_out_what_has_expired_and_nothing_else(self, ways: Ways) -> None:
        bare = replace(ATTEMPT, person_id=None, errand=Errand.PASSKEY_SIGN_IN)
        for letter, expires_ms in ((b"a", 100), (b"b", 101), (b"c", 400)):
            ways.attempts.begin(
                replace(bare, key_hash=letter * 32, expires_ms=expires_ms), 100 * (letter == b"c")
            )
        assert ways.attempts.take(b"a" * 32, 0) is None
        assert ways.attempts.take(b"b" * 32, 0) == replace(bare, key_hash=b"b" * 32, expires_ms=101)
        assert ways.attempts.take(b"c" * 32, 0) is not None

    def test_a_passkey_is_found_by_its_id_and_by_whose_it_is(self, ways: Ways) -> None:
        second = replace(PASSKEY, id=b"second", added_ms=5)
        assert ways.passkeys.add_passkey(PASSKEY)
        assert ways.passkeys.add_passkey(second)
        assert ways.passkeys.passkey(PASSKEY.id) == PASSKEY
        assert ways.passkeys.passkey(b"other") is None
        assert list(ways.passkeys.passkeys_of("carer")) == [second, PASSKEY]
        assert list(ways.passkeys.passkeys_of("admin")) == []

    def test_a_known_passkey_cannot_become_somebody_elses(self, ways: Ways) -> None:
        ways.passkeys.add_passkey(PASSKEY)
        assert not ways.passkeys.add_passkey(replace(PASSKEY, person_id="admin"))
        assert ways.passkeys.passkey(PASSKEY.id) == PASSKEY

    @pytest.mark.parametrize(
        ("before", "now", "is_taken"),
        [
            (0, 0, True),
            (0, 7, True),
            (7, 8, True),
            (7, 2**32 - 1, True),
            (7, 7, False),
            (7, 6, False),
            (7, 0, False),
        ],
    )
    def test_a_count_that_does_not_rise_is_noticed(
        self, ways: Ways, before: int, now: int, *, is_taken: bool
    ) -> None:
        ways.passkeys.add_passkey(replace(PASSKEY, count=before))
        assert ways.passkeys.note_passkey_used(PASSKEY.id, now, 50) is is_taken
        found = ways.passkeys.passkey(PASSKEY.id)
        assert found is not None
        assert (found.count, found.used_ms) == ((now, 50) if is_taken else (before, None))

    def test_a_passkey_stays_refused_from_the_first_time_on(self, ways: Ways) -> None:
        ways.passkeys.add_passkey(PASSKEY)
        for now_ms in (50, 60):
            ways.passkeys.refuse_passkey(PASSKEY.id, now_ms)
        assert ways.passkeys.passkey(PASSKEY.id) == replace(PASSKEY, refused_ms=50)

    def test_a_passkey_is_removed_by_its_owner_alone(self, ways: Ways) -> None:
        ways.passkeys.add_passkey(PASSKEY)
        assert not ways.passkeys.remove_passkey(PASSKEY.id, "admin")
        assert ways.passkeys.remove_passkey(PASSKEY.id, "carer")
        assert not ways.passkeys.remove_passkey(PASSKEY.id, "carer")
        assert ways.passkeys.passkey(PASSKEY.id) is None

    def test_an_identity_is_one_persons_and_a_person_one_of_an_issuer(self, ways: Ways) -> None:
        elsewhere = replace(IDENTITY, issuer="https://other.example.org")
        assert ways.linked_identities.link(IDENTITY)
        assert ways.linked_identities.link(elsewhere)
        assert not ways.linked_identities.link(replace(IDENTITY, person_id="admin"))
        assert not ways.linked_identities.link(replace(IDENTITY, subject="A2"))
        assert ways.linked_identities.linked(IDENTITY.issuer, "A1") == IDENTITY
        assert ways.linked_identities.linked(IDENTITY.issuer, "a1") is None
        assert ways.linked_identities.linked(IDENTITY.issuer, "A2") is None
        assert list(ways.linked_identities.links_of("carer")) == [IDENTITY, elsewhere]
        assert list(ways.linked_identities.links()) == [IDENTITY, elsewhere]

    def test_a_link_is_noted_and_ended(self, ways: Ways) -> None:
        ways.linked_identities.link(IDENTITY)
        ways.linked_identities.note_link_used(IDENTITY.issuer, IDENTITY.subject, 70)
        assert ways.linked_identities.linked(IDENTITY.issuer, "A1") == replace(IDENTITY, used_ms=70)
        assert not ways.linked_identities.unlink("admin", IDENTITY.issuer)
        assert ways.linked_identities.unlink("carer", IDENTITY.issuer)
        assert not ways.linked_identities.unlink("carer", IDENTITY.issuer)
        assert ways.linked_identities.linked(IDENTITY.issuer, "A1") is None

    def test_a_token_is_found_by_its_hash_and_by_whose_it_is(self, ways: Ways) -> None:
        newer = replace(TOKEN, id="t2", token_hash=b"u" * 32, made_ms=20, patient_id=None, is_read_only=False)
        for token in (
            TOKEN,
            newer,
            replace(TOKEN, id="t3", token_hash=b"v" * 32, person_id="admin", made_ms=5),
        ):
            ways.api_tokens.add_token(token)
        assert ways.api_tokens.token(TOKEN.token_hash) == TOKEN
        assert ways.api_tokens.token(b"x" * 32) is None
        assert list(ways.api_tokens.tokens_of("carer")) == [newer, TOKEN]
        assert [each.id for each in ways.api_tokens.tokens()] == ["t2", "t1", "t3"]

    def test_a_token_is_revoked_once_and_for_ever(self, ways: Ways) -> None:
        ways.api_tokens.add_token(TOKEN)
        ways.api_tokens.note_token_used(TOKEN.token_hash, 40)
        assert not ways.api_tokens.revoke_token("t1", 50, person_id="admin")
        assert ways.api_tokens.revoke_token("t1", 50, person_id="carer")
        assert not ways.api_tokens.revoke_token("t1", 60)
        assert ways.api_tokens.token(TOKEN.token_hash) == replace(TOKEN, used_ms=40, revoked_ms=50)


class RelationalSignInWaysContract(SignInWaysContract):
    """The same of a database, which also forgets whoever is erased."""

    @pytest.fixture
    def ways(self, people: Relational) -> Ways:
        return people

    def test_who_is_erased_has_no_way_in_left_and_nobody_a_token_to_them(self, people: Relational) -> None:
        hers = people.directory.person(WEI_HERSELF.id)
        assert hers is not None
        people.attempts.begin(replace(ATTEMPT, person_id=hers.id), 0)
        people.passkeys.add_passkey(replace(PASSKEY, person_id=hers.id))
        people.linked_identities.link(replace(IDENTITY, person_id=hers.id))
        people.api_tokens.add_token(TOKEN)
        people.api_tokens.add_token(
            replace(TOKEN, id="t2", token_hash=b"u" * 32, person_id=hers.id, patient_id=None)
        )
        people.api_tokens.add_token(replace(TOKEN, id="t3", token_hash=b"v" * 32, patient_id=None))
        people.forgetting.forget("wei")
        assert people.attempts.take(ATTEMPT.key_hash, 1) is None
        assert people.passkeys.passkey(PASSKEY.id) is None
        assert people.linked_identities.links() == ()
        assert [each.id for each in people.api_tokens.tokens()] == ["t3"]
