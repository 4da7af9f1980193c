"""How gateways stand, what administrators must know of it, and what their families are told."""

from dataclasses import replace

import pytest

from cloud.gateways.authority import DAY_MS
from cloud.gateways.known_alarms import KnownAlarms
from cloud.gateways.overview import ENDING, TWINS, GatewayState, identities, known_alarms, troubles_of
from cloud.ports import GatewayCertificate, GatewayInvitation
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_book import FakeGatewayBook
from tests.fakes.identities import an_authority

NOW_MS = FakeClock().wall_ms()


@pytest.fixture
def book() -> FakeGatewayBook:
    return FakeGatewayBook()


def let_in(book: FakeGatewayBook, *, ends_in_ms: int = 60 * DAY_MS) -> None:
    book.let_in("hallway", NOW_MS - DAY_MS)
    book.add_certificate(
        GatewayCertificate(
            serial="a1",
            gateway="hallway",
            key_hash=b"k" * 32,
            der=b"",
            issued_ms=NOW_MS - DAY_MS,
            expires_ms=NOW_MS + ends_in_ms,
        )
    )


def invited(book: FakeGatewayBook, **more) -> None:
    made = GatewayInvitation(
        token_hash=b"t" * 32, gateway="hallway", made_by="ada", made_ms=NOW_MS, expires_ms=NOW_MS + DAY_MS
    )
    book.invite(replace(made, **more))


def state(book: FakeGatewayBook) -> GatewayState:
    (found,) = identities(book, NOW_MS)
    return found.state


def said(book: FakeGatewayBook) -> tuple[str, ...]:
    return troubles_of(identities(book, NOW_MS), an_authority(), NOW_MS)


def test_one_that_is_well_is_no_trouble(book: FakeGatewayBook) -> None:
    let_in(book)
    assert state(book) is GatewayState.ENROLLED
    assert said(book) == ()
    assert known_alarms(identities(book, NOW_MS)) == {"hallway": frozenset()}


def test_one_that_was_only_invited_waits(book: FakeGatewayBook) -> None:
    invited(book)
    assert state(book) is GatewayState.INVITED
    assert said(book) == ()


@pytest.mark.parametrize(
    ("ends_in_ms", "what"), [(13 * DAY_MS, GatewayState.ENROLLED), (0, GatewayState.EXPIRED)]
)
def test_one_that_did_not_renew_is_told_of_days_before_and_its_family_too(
    book: FakeGatewayBook, ends_in_ms: int, what: GatewayState
) -> None:
    let_in(book, ends_in_ms=ends_in_ms)
    assert state(book) is what
    assert "hallway's certificate ends 20" in said(book)[0]
    assert known_alarms(identities(book, NOW_MS)) == {"hallway": {ENDING}}


def test_one_that_was_revoked_is_no_trouble_any_more(book: FakeGatewayBook) -> None:
    let_in(book, ends_in_ms=DAY_MS)
    book.note_twins("hallway", NOW_MS)
    book.revoke("hallway", NOW_MS)
    assert state(book) is GatewayState.REVOKED
    assert said(book) == ()
    assert known_alarms(identities(book, NOW_MS)) == {"hallway": frozenset()}


def test_twins_are_told_of_for_a_day(book: FakeGatewayBook) -> None:
    let_in(book)
    book.note_twins("hallway", NOW_MS - DAY_MS + 1)
    assert "two computers use hallway's certificate" in said(book)[0]
    assert known_alarms(identities(book, NOW_MS)) == {"hallway": {TWINS}}
    book.note_twins("hallway", NOW_MS - DAY_MS)
    assert said(book) == ()


def test_whoever_came_with_a_used_code_is_told_of(book: FakeGatewayBook) -> None:
    let_in(book)
    invited(book, used_ms=NOW_MS, replays=1, replayed_ms=NOW_MS)
    assert "somebody came with a code for hallway" in said(book)[0]


def test_an_authority_that_ends_is_told_of_half_a_year_before() -> None:
    authority = an_authority()
    assert troubles_of((), authority, authority.expires_ms - 181 * DAY_MS) == ()
    (said,) = troubles_of((), authority, authority.expires_ms - 179 * DAY_MS)
    assert "carewire cloud authority renew" in said


def test_what_families_are_told_is_read_once_a_minute_and_outlives_a_book_that_is_away(
    book: FakeGatewayBook,
) -> None:
    clock = FakeClock()
    known = KnownAlarms(book=book, clock=clock, monotonic_s=clock.monotonic_s)
    assert known() == {}
    let_in(book, ends_in_ms=DAY_MS)
    assert known() == {}
    clock.advance(60)
    assert known() == {"hallway": {ENDING}}
    book.is_away = True
    clock.advance(60)
    assert known() == {"hallway": {ENDING}}
