import re
from dataclasses import replace

import pytest

from cloud.access.gateways import LIFE_MS, REPLACED_LASTS_MS, USE_NOTED_EVERY_MS, GatewayAccess
from cloud.access.tokens import token_hash
from cloud.ports import GatewayCredential
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
    assert re.fullmatch(r"cwg_[0-9a-f]{72}", token)
    assert token not in repr(store.kept)


def test_one_that_was_mistyped_or_cut_off_asks_no_database(
    access: GatewayAccess, store: FakeCredentialStore
) -> None:
    token = access.issue("home-1")
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert [access.gateway(each) for each in (wrong, token[:40], "cwg_", f"{token} ")] == [None] * 4
    assert store.asked == []


def test_a_token_of_before_without_a_form_is_good_for_as_long_as_any(
    access: GatewayAccess, store: FakeCredentialStore, clock: FakeClock
) -> None:
    old = "letters-" * 6
    store.add_credential(
        GatewayCredential(token_hash=token_hash(old), gateway="home-1", added_ms=clock.wall_ms())
    )
    assert access.gateway(old) == "home-1"
    clock.advance(LIFE_MS / 1000)
    assert access.gateway(old) is None


def test_a_token_ends_a_year_after_it_was_given_and_it_is_told_before(
    access: GatewayAccess, clock: FakeClock
) -> None:
    token = access.issue("home-1")
    ends_ms = clock.wall_ms() + LIFE_MS
    assert access.ending() == {}
    clock.advance(LIFE_MS / 1000 - 86_400)
    assert (access.gateway(token), access.ending()) == ("home-1", {"home-1": ends_ms})
    clock.advance(86_400)
    assert (access.gateway(token), access.ending()) == (None, {"home-1": ends_ms})
    access.issue("home-1")
    assert access.ending() == {}


def test_one_that_was_replaced_is_good_for_a_fortnight_more_and_others_go_on(
    access: GatewayAccess, clock: FakeClock
) -> None:
    old, other = access.issue("home-1"), access.issue("home-2")
    clock.advance(60 * 86_400)
    new = access.issue("home-1")
    clock.advance(REPLACED_LASTS_MS / 1000 - 1)
    assert access.gateway(old) == access.gateway(new) == "home-1"
    clock.advance(1)
    assert [access.gateway(each) for each in (old, new, other)] == [None, "home-1", "home-2"]


def test_one_whose_replacement_never_reached_the_gateway_stays_good_until_that_comes(
    access: GatewayAccess, clock: FakeClock
) -> None:
    old = access.issue("home-1")
    clock.advance(60 * 86_400)
    lost = access.issue("home-1")
    clock.advance(REPLACED_LASTS_MS / 1000 + 1)
    assert access.gateway(old) == "home-1"
    assert access.gateway(lost) == "home-1"
    assert access.gateway(old) is None


def test_one_whose_replacement_was_revoked_is_good_again_for_its_own_time(
    access: GatewayAccess, store: FakeCredentialStore, clock: FakeClock
) -> None:
    old = access.issue("home-1")
    clock.advance(1)
    new = access.issue("home-1")
    access.gateway(new)
    store.kept[token_hash(new)] = replace(store.kept[token_hash(new)], revoked_ms=1)
    clock.advance(REPLACED_LASTS_MS / 1000)
    assert access.gateway(old) == "home-1"


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
