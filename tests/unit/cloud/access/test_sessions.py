import pytest

from cloud.access.sessions import LINK_LIFE_MS, SESSION_LIFE_MS
from cloud.access.tokens import new_token, token_hash
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, WEI, FakeCloud


def _clock(cloud: FakeCloud) -> FakeClock:
    assert isinstance(cloud.clock, FakeClock)
    return cloud.clock


def test_a_link_signs_its_person_in_once_and_never_again(cloud: FakeCloud) -> None:
    link = cloud.sessions.invite(CARER.id)
    session = cloud.sessions.redeem(link)
    assert session is not None
    viewer = cloud.sessions.viewer(session)
    assert viewer is not None
    assert viewer.person == CARER
    assert cloud.sessions.redeem(link) is None


def test_a_link_is_worthless_after_its_life(cloud: FakeCloud) -> None:
    link = cloud.sessions.invite(CARER.id)
    _clock(cloud).advance(LINK_LIFE_MS / 1000)
    assert cloud.sessions.redeem(link) is None


def test_a_session_ends_at_its_expiry(cloud: FakeCloud) -> None:
    token = cloud.token(CARER)
    _clock(cloud).advance(SESSION_LIFE_MS / 1000 - 1)
    assert cloud.sessions.viewer(token) is not None
    _clock(cloud).advance(1)
    assert cloud.sessions.viewer(token) is None


def test_signing_out_makes_the_secret_worthless(cloud: FakeCloud) -> None:
    token = cloud.token(CARER)
    cloud.sessions.end(token)
    assert cloud.sessions.viewer(token) is None


@pytest.mark.parametrize("token", ["", "guess", "\udc80", "x" * 10_000])
def test_what_is_no_secret_of_ours_signs_nobody_in(cloud: FakeCloud, token: str) -> None:
    assert cloud.sessions.viewer(token) is None
    assert cloud.sessions.redeem(token) is None


def test_the_store_sees_hashes_only(cloud: FakeCloud) -> None:
    link = cloud.sessions.invite(CARER.id)
    session = cloud.token(CARER)
    assert set(cloud.store.links) == {token_hash(link)}
    assert set(cloud.store.sessions) == {token_hash(session)}
    assert link.encode() not in token_hash(link)


def test_a_person_who_is_gone_is_signed_out(cloud: FakeCloud) -> None:
    token = cloud.token(CARER)
    del cloud.directory.people[CARER.id]
    assert cloud.sessions.viewer(token) is None


def test_a_viewer_may_go_on_only_while_signed_in_and_granted(cloud: FakeCloud) -> None:
    token = cloud.token(CARER)
    viewer = cloud.sessions.viewer(token)
    assert viewer is not None
    assert cloud.sessions.may_still_see(viewer, frozenset({WEI.id}))
    cloud.directory.grant(CARER.id, WEI.id, 0, cloud.clock.wall_ms())
    assert not cloud.sessions.may_still_see(viewer, frozenset({WEI.id}))
    cloud.directory.grant(CARER.id, WEI.id, 0, None)
    cloud.sessions.end(token)
    assert not cloud.sessions.may_still_see(viewer, frozenset({WEI.id}))


def test_a_secret_has_256_bits_and_is_safe_in_a_url() -> None:
    token = new_token(lambda length: bytes([251]) * length)
    assert len(token) == 43
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
