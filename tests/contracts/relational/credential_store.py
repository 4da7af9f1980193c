"""The secrets gateways show."""

import pytest

from cloud.ports import GatewayCredential
from cloud.storage.relational.opening import Relational
from vitals.errors import StorageError


class CredentialStoreContract:
    """The secrets of gateways."""

    def test_a_credential_is_found_by_its_hash_alone(self, store: Relational) -> None:
        kept = GatewayCredential(token_hash=b"h" * 32, gateway="home-1", added_ms=10)
        store.credentials.add_credential(kept)
        assert store.credentials.credential(b"h" * 32) == kept
        assert store.credentials.credential(b"i" * 32) is None

    def test_one_secret_cannot_be_two_gateways(self, store: Relational) -> None:
        store.credentials.add_credential(
            GatewayCredential(token_hash=b"h" * 32, gateway="home-1", added_ms=10)
        )
        with pytest.raises(StorageError):
            store.credentials.add_credential(
                GatewayCredential(token_hash=b"h" * 32, gateway="home-2", added_ms=20)
            )
        assert [each.gateway for each in store.credentials.credentials()] == ["home-1"]

    def test_the_last_use_is_kept(self, store: Relational) -> None:
        store.credentials.add_credential(
            GatewayCredential(token_hash=b"h" * 32, gateway="home-1", added_ms=10)
        )
        store.credentials.note_credential_used(b"h" * 32, 50)
        found = store.credentials.credential(b"h" * 32)
        assert found is not None
        assert found.used_ms == 50

    def test_the_newest_that_was_used_and_is_good_tells_which_are_of_before(self, store: Relational) -> None:
        credentials = store.credentials
        for letter, gateway, added_ms in ((b"a", "home-1", 10), (b"b", "home-1", 20), (b"c", "home-2", 30)):
            credentials.add_credential(
                GatewayCredential(token_hash=letter * 32, gateway=gateway, added_ms=added_ms)
            )
        found = [credentials.newest_used_credential_ms("home-1")]
        for letter in (b"a", b"b"):
            credentials.note_credential_used(letter * 32, 50)
            found.append(credentials.newest_used_credential_ms("home-1"))
        assert found == [None, 10, 20]
        credentials.revoke_credentials("home-1", 60)
        assert credentials.newest_used_credential_ms("home-1") is None

    def test_a_gateways_credentials_are_revoked_once_and_no_others(self, store: Relational) -> None:
        for letter, gateway, added_ms in ((b"a", "home-1", 10), (b"b", "home-1", 20), (b"c", "home-2", 30)):
            store.credentials.add_credential(
                GatewayCredential(token_hash=letter * 32, gateway=gateway, added_ms=added_ms)
            )
        counts = [
            store.credentials.revoke_credentials("home-1", 40, keep_newest=True),
            store.credentials.revoke_credentials("home-1", 50),
            store.credentials.revoke_credentials("home-1", 60),
        ]
        assert counts == [1, 1, 0]
        revoked = {each.token_hash[:1]: each.revoked_ms for each in store.credentials.credentials()}
        assert revoked == {b"a": 40, b"b": 50, b"c": None}
