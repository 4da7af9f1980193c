"""Who gets in: the right code, a cookie of ours, a form of our own page; and nobody by trying."""

import pytest

from edge.page.access import COOKIE_LIFE_S, Entry, Gatekeeper
from tests.fakes.clock import FakeClock

CODE = "blue-lamp-29"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def keeper(clock: FakeClock, *, code: str = CODE, secret: bytes = b"s" * 32) -> Gatekeeper:
    return Gatekeeper(
        code=code, secret=secret, wall_s=lambda: clock.wall_ms() / 1000, monotonic_s=clock.monotonic_s
    )


def test_the_code_opens_and_another_does_not(clock: FakeClock) -> None:
    gate = keeper(clock)
    assert gate.enter(CODE, peer="a") is Entry.RIGHT
    for wrong in ("", "blue-lamp-2", "blue-lamp-299", "BLUE-LAMP-29", "blüe"):
        assert gate.enter(wrong, peer=wrong) is Entry.WRONG


def test_after_five_wrong_codes_even_the_right_one_waits_a_minute(clock: FakeClock) -> None:
    gate = keeper(clock)
    for _ in range(5):
        assert gate.enter("wrong", peer="a") is Entry.WRONG
    assert gate.enter(CODE, peer="a") is Entry.TOO_MANY
    assert gate.enter(CODE, peer="b") is Entry.RIGHT
    clock.advance(59)
    assert gate.enter(CODE, peer="a") is Entry.TOO_MANY
    clock.advance(1)
    assert gate.enter(CODE, peer="a") is Entry.RIGHT


def test_many_who_try_a_little_each_are_one(clock: FakeClock) -> None:
    gate = keeper(clock)
    tries = [gate.enter("wrong", peer=f"peer-{number}") for number in range(40)]
    assert tries == [Entry.WRONG] * 20 + [Entry.TOO_MANY] * 20


def test_a_cookie_outlives_a_restart_and_ends_after_thirty_days(clock: FakeClock) -> None:
    cookie = keeper(clock).cookie()
    assert keeper(clock).knows(cookie)
    clock.advance(COOKIE_LIFE_S - 1)
    assert keeper(clock).knows(cookie)
    clock.advance(1)
    assert not keeper(clock).knows(cookie)


def test_a_new_code_or_another_gateway_ends_every_cookie(clock: FakeClock) -> None:
    cookie = keeper(clock).cookie()
    assert not keeper(clock, code="red-lamp-2900").knows(cookie)
    assert not keeper(clock, secret=b"t" * 32).knows(cookie)


@pytest.mark.parametrize("forged", [None, "", ".", "9999999999", "9999999999.", "x.y", "9999999999.é"])
def test_what_is_no_cookie_of_ours_is_not_known(clock: FakeClock, forged: str | None) -> None:
    assert not keeper(clock).knows(forged)


def test_a_cookies_end_cannot_be_moved(clock: FakeClock) -> None:
    until, _, signature = keeper(clock).cookie().partition(".")
    assert not keeper(clock).knows(f"{int(until) + 1}.{signature}")


def test_a_form_belongs_to_one_cookie(clock: FakeClock) -> None:
    gate = keeper(clock)
    cookie = gate.cookie()
    clock.advance(1)
    assert gate.is_own_form(cookie, gate.token(cookie))
    assert not gate.is_own_form(cookie, gate.token(gate.cookie()))
    assert not gate.is_own_form(cookie, "")
    assert not gate.knows(f"{cookie.partition('.')[0]}.{gate.token(cookie)}")
