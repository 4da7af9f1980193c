import pytest

from cloud.access.gateways import USE_NOTED_EVERY_MS, GatewayAccess
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CountedRandomness
from tests.fakes.credential_store import FakeCredentialStore
from vitals.errors import EnvelopeError


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store() -> FakeCredentialStore:
    return FakeCredentialStore()


@pytest.fixture
def access(store: FakeCredentialStore, clock: FakeClock) -> GatewayAccess:
    return GatewayAccess(store=store, clock=clock, randomness=CountedRandomness())


def test_a_token_names_its_gateway_and_is_nowhere_kept(
    access: GatewayAccess, store: FakeCredentialStore
) -> None:
    token = access.issue("home-1")
    assert access.gateway(token) == "home-1"
    assert access.gateway(token[:-1]) is None
    assert token not in repr(store.kept)


def test_a_new_token_leaves_the_old_one_good_until_it_is_revoked(
    access: GatewayAccess, clock: FakeClock
) -> None:
    old = access.issue("home-1")
    clock.advance(1)
    new = access.issue("home-1")
    other = access.issue("home-2")
    assert access.gateway(old) == access.gateway(new) == "home-1"
    assert access.revoke("home-1", keep_newest=True) == 1
    assert (access.gateway(old), access.gateway(new)) == (None, "home-1")
    assert access.revoke("home-1") == 1
    assert (access.gateway(new), access.gateway(other)) == (None, "home-2")
    assert access.revoke("home-1") == 0


def test_the_last_use_is_noted_now_and_then(
    access: GatewayAccess, store: FakeCredentialStore, clock: FakeClock
) -> None:
    token = access.issue("home-1")
    for _ in range(5):
        assert access.gateway(token) == "home-1"
    assert len(store.notes) == 1
    clock.advance(USE_NOTED_EVERY_MS / 1000)
    access.gateway(token)
    assert len(store.notes) == 2


def test_a_database_that_takes_no_note_keeps_no_gateway_out(
    access: GatewayAccess, store: FakeCredentialStore
) -> None:
    token = access.issue("home-1")
    store.is_read_only = True
    assert access.gateway(token) == "home-1"


def test_what_is_no_id_of_a_gateway_gets_no_token(access: GatewayAccess, store: FakeCredentialStore) -> None:
    with pytest.raises(EnvelopeError, match="a-z"):
        access.issue("Home/1")
    assert store.kept == {}
