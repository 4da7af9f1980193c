import pytest

from cloud.access.sessions import HOUR_MS, LINK_LIFE_MS
from cloud.access.tokens import new_token, token_hash
from cloud.ports import Deed, SignInWay
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.session_store import FakeSessionStore
from vitals.errors import StorageError


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


@pytest.mark.parametrize("stays", [False, True])
def test_a_session_ends_when_it_is_not_used(cloud: FakeCloud, *, stays: bool) -> None:
    lives = cloud.sessions.lives
    idle_s = (lives.kept_idle_ms if stays else lives.idle_ms) / 1000
    token = cloud.sessions.begin(CARER.id, SignInWay.PASSWORD, stays=stays)
    _clock(cloud).advance(idle_s - 1)
    assert cloud.sessions.viewer(token) is not None
    _clock(cloud).advance(idle_s - 1)
    assert cloud.sessions.viewer(token) is not None
    _clock(cloud).advance(idle_s)
    assert cloud.sessions.viewer(token) is None


@pytest.mark.parametrize("stays", [False, True])
def test_a_session_ends_in_the_end_however_much_it_is_used(cloud: FakeCloud, *, stays: bool) -> None:
    lives = cloud.sessions.lives
    token = cloud.sessions.begin(CARER.id, SignInWay.PASSWORD, stays=stays)
    hours = 0
    while cloud.sessions.viewer(token) is not None:
        _clock(cloud).advance(HOUR_MS / 1000)
        hours += 1
    assert hours * HOUR_MS == (lives.kept_most_ms if stays else lives.most_ms)


def test_a_use_is_written_down_once_a_minute_and_its_failure_locks_nobody_out(
    cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = cloud.token(CARER)
    noted: list[int] = []

    def refuse(_: FakeSessionStore, token_hash: bytes, used_ms: int) -> None:
        assert token_hash in cloud.store.sessions
        noted.append(used_ms)
        raise StorageError("the disk is full: make room")

    monkeypatch.setattr(FakeSessionStore, "note_session_used", refuse)
    assert cloud.sessions.viewer(token) is not None
    assert noted == []
    _clock(cloud).advance(60)
    assert cloud.sessions.viewer(token) is not None
    assert noted == [cloud.clock.wall_ms()]


def test_a_sign_in_is_on_the_ledger_with_its_way_and_no_secret(cloud: FakeCloud) -> None:
    token = cloud.sessions.begin(CARER.id, SignInWay.PASSKEY, device="Safari on iPhone")
    (note,) = cloud.ledger.of(Deed.SIGNED_IN)
    assert (note.actor, dict(note.about)) == (CARER.id, {"way": "passkey"})
    viewer = cloud.sessions.viewer(token)
    assert viewer is not None
    assert (viewer.way, viewer.proved_ms, viewer.limits) == (SignInWay.PASSKEY, cloud.clock.wall_ms(), None)


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
    assert set(cloud.links.links) == {token_hash(link)}
    assert set(cloud.store.sessions) == {token_hash(session)}
    assert link.encode() not in token_hash(link)


def test_a_person_who_is_gone_is_signed_out(cloud: FakeCloud) -> None:
    token = cloud.token(CARER)
    del cloud.directory.people[CARER.id]
    assert cloud.sessions.viewer(token) is None


def test_a_viewer_is_known_again_only_while_signed_in(cloud: FakeCloud) -> None:
    token = cloud.token(CARER)
    viewer = cloud.sessions.viewer(token)
    assert viewer is not None
    assert cloud.sessions.again(viewer) == viewer
    cloud.sessions.end(token)
    assert cloud.sessions.again(viewer) is None


def test_a_secret_has_256_bits_and_is_safe_in_a_url() -> None:
    token = new_token(lambda length: bytes([251]) * length)
    assert len(token) == 43
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
