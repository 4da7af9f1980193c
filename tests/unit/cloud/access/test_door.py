"""The attack: whoever tries for somebody else gets a bounded number of tries, and locks nobody out."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import pytest

from cloud.access.door import DAY_MS, MOST_TRIES_A_DAY, Door, Visitor
from cloud.access.door_key import DoorKey
from cloud.access.entrance import Entrance
from cloud.access.errors import NotSignedInError, TooManyTriesError, WrongSignInError
from cloud.access.news import NEW_DEVICE
from cloud.access.sign_in import Entered
from cloud.ports import SignInWay, Toll, Words
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.session_store import FakeSessionStore
from tests.fakes.sign_in_books import FakeDoorBook
from tests.unit.cloud.access.test_passwords import GOOD

NAME = "lin@example.org"
HOME = Visitor(network="203.0.113.0/24", words="Firefox on Android")


def entrance_with_lin(cloud: FakeCloud) -> Entrance:
    viewer = cloud.sessions.viewer(cloud.token(CARER))
    assert viewer is not None
    cloud.entrance.own_account.set_password(viewer, NAME, GOOD)
    return cloud.entrance


def enters(entrance: Entrance, visitor: Visitor, password: str = GOOD, name: str = NAME) -> Entered:
    outcome = entrance.sign_in.with_password(name, password, visitor)
    assert isinstance(outcome, Entered)
    return outcome


def test_ten_thousand_strangers_try_and_the_owner_still_gets_in(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    known = enters(entrance, HOME)
    phone = Visitor(network="198.51.100.0/24", devices=known.devices)
    clock = cloud.clock
    assert isinstance(clock, FakeClock)
    heard = 0
    for number in range(10_000):
        clock.advance(86_400 / 10_000)
        network = f"10.{number % 250}.7.0/24"
        try:
            entrance.sign_in.with_password(NAME, "wrong guess number", Visitor(network=network))
        except WrongSignInError:
            heard += 1
        except TooManyTriesError:
            pass
    assert 100 < heard <= MOST_TRIES_A_DAY
    assert enters(entrance, phone)
    waited_s = 0
    while waited_s < 600:
        try:
            assert enters(entrance, Visitor(network="192.0.2.0/24"))
            break
        except TooManyTriesError as error:
            waited_s += error.again_s
            clock.advance(error.again_s)
    assert waited_s <= 120


def test_the_most_tries_a_day_are_as_written_down() -> None:
    assert MOST_TRIES_A_DAY == 856


def test_a_thousand_networks_at_once_get_no_more_than_the_first_thirty(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    heard = 0
    for number in range(1_000):
        try:
            enters(entrance, Visitor(network=f"10.{number // 250}.{number % 250}.0/24"), "wrong guess number")
        except WrongSignInError:
            heard += 1
        except TooManyTriesError:
            pass
    assert heard == 30


def test_one_network_has_five_tries_and_then_one_a_quarter_of_an_hour(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    thief = Visitor(network="10.0.0.0/24")
    for _ in range(5):
        with pytest.raises(WrongSignInError):
            enters(entrance, thief, "wrong guess number")
    with pytest.raises(TooManyTriesError) as refused:
        enters(entrance, thief, "wrong guess number")
    assert 0 < refused.value.again_s <= 900
    assert enters(entrance, HOME)


def test_whoever_knows_the_password_is_never_counted(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    assert all(enters(entrance, HOME) for _ in range(50))


def test_a_name_nobody_has_waits_like_any_other(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    outcomes = []
    for name in (NAME, "nobody@example.org"):
        for _ in range(7):
            try:
                enters(entrance, Visitor(network=f"10.1.{len(name)}.0/24"), "wrong guess number", name)
            except (WrongSignInError, TooManyTriesError) as error:
                outcomes.append(str(error))
    assert outcomes[:7] == outcomes[7:]


def test_what_was_tried_outlives_the_process() -> None:
    book, clock, key = FakeDoorBook(), FakeClock(), DoorKey(secret=b"k" * 32)
    for _ in range(5):
        Door(book=book, key=key, clock=clock).enter(b"name", "10.0.0.0/24")
    with pytest.raises(TooManyTriesError):
        Door(book=book, key=key, clock=clock).enter(b"name", "10.0.0.0/24")
    clock.advance(DAY_MS / 1000)
    assert not Door(book=book, key=key, clock=clock).enter(b"name", "10.0.0.0/24").is_known


def test_a_device_is_known_for_the_names_that_signed_in_on_it_and_no_others(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    cookie = enters(entrance, HOME).devices
    devices = entrance.sign_in.known_devices
    handle = cloud.accounts.account(CARER.id).handle
    assert handle is not None
    assert devices.known(cookie, handle) is not None
    assert devices.known(cookie, b"x" * 32) is None
    for forged in ("", "a.b.c", cookie[:-6] + "AAAAA=", "." * 5_000):
        assert devices.known(forged, handle) is None
    both = devices.remembering(cookie, b"x" * 32)
    assert devices.known(both, handle) is not None
    assert devices.known(both, b"x" * 32) is not None
    assert NAME not in cookie


def test_whoever_signs_in_on_a_new_device_is_told_and_on_a_known_one_is_not(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    told: list[tuple[str, Words]] = []
    arrivals = replace(entrance.arrivals, tell=lambda person_id, words: told.append((person_id, words)))
    sign_in = replace(entrance.sign_in, arrivals=arrivals)
    first = sign_in.with_password(NAME, GOOD, HOME)
    assert isinstance(first, Entered)
    assert told == [(CARER.id, NEW_DEVICE)]
    sign_in.with_password(NAME, GOOD, replace(HOME, devices=first.devices))
    assert len(told) == 1
    assert NAME not in NEW_DEVICE.body


@dataclass
class FakeBookInAHurry(FakeDoorBook):
    """Something else happens between the proof and what follows of it."""

    meanwhile: Callable[[], object] = int

    def give_back(self, tolls: Collection[Toll]) -> None:
        self.meanwhile()
        FakeDoorBook.give_back(self, tolls)


def test_who_signs_in_by_a_password_that_is_changed_meanwhile_stays_outside() -> None:
    book = FakeBookInAHurry()
    cloud = FakeCloud(door_book=book)
    entrance = entrance_with_lin(cloud)
    cloud.notices.clear()

    def reset() -> None:
        cloud.accounts.set_password(CARER.id, "another", cloud.clock.wall_ms() + 1)
        cloud.sessions.end_all(CARER.id)

    book.meanwhile = reset
    with pytest.raises(NotSignedInError, match="sign in anew"):
        entrance.sign_in.with_password(NAME, GOOD, HOME)
    assert cloud.sessions.open_sessions(CARER.id) == []
    assert cloud.notices == []


@dataclass
class FakeStoreInAHurry(FakeSessionStore):
    """Every session is ended right before one is to be renewed."""

    def end_session(self, token_hash: bytes) -> bool:
        self.sessions.clear()
        return FakeSessionStore.end_session(self, token_hash)


def test_a_proof_brings_no_session_back_that_was_ended_meanwhile() -> None:
    cloud = FakeCloud(store=FakeStoreInAHurry())
    with pytest.raises(NotSignedInError):
        cloud.sessions.prove(cloud.token(CARER), SignInWay.PASSWORD)
    assert cloud.sessions.open_sessions(CARER.id) == []
