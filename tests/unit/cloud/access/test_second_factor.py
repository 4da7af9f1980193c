"""Codes of the minute: once each, within a step of the clock, sealed at rest; and recovery codes."""

import base64
from pathlib import Path

import pyotp
import pytest

from cloud.access.door_key import DoorKey, door_key_at
from cloud.access.errors import TooManyTriesError, UnfitError, WrongSignInError
from cloud.access.second_factor import SecondFactor
from cloud.access.sessions import Viewer
from cloud.access.sign_in import CodeWanted, Entered
from cloud.ports import SignInWay
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, CountedRandomness, FakeCloud
from tests.fakes.sign_in_books import FakeAccountStore
from tests.unit.cloud.access.test_door import HOME, NAME, entrance_with_lin
from tests.unit.cloud.access.test_passwords import GOOD
from vitals.errors import ConfigurationError, DamagedError

RFC_SECRET = b"12345678901234567890"
RFC_CODES = ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130"))


def lin(cloud: FakeCloud) -> Viewer:
    viewer = cloud.sessions.viewer(cloud.token(CARER))
    assert viewer is not None
    return viewer


def enrolled(cloud: FakeCloud) -> tuple[pyotp.TOTP, list[str]]:
    """Give Lin a password and a second factor; return what makes her codes, and her recovery codes."""
    entrance_with_lin(cloud)
    account = cloud.entrance.own_account
    made = pyotp.TOTP(account.begin_second_factor(lin(cloud)))
    codes = account.confirm_second_factor(lin(cloud), made.at(cloud.clock.wall_ms() // 1000))
    return made, codes


def half_way(cloud: FakeCloud) -> str:
    outcome = cloud.entrance.sign_in.with_password(NAME, GOOD, HOME)
    assert isinstance(outcome, CodeWanted)
    return outcome.half_way


@pytest.mark.parametrize(("at_s", "code"), RFC_CODES)
def test_the_codes_are_those_of_rfc_6238(at_s: int, code: str) -> None:
    clock, store = FakeClock(wall=at_s * 1000.0), FakeAccountStore()
    factor = SecondFactor(
        store=store, key=DoorKey(secret=b"k" * 32), clock=clock, randomness=lambda n: (RFC_SECRET * 2)[:n]
    )
    factor.begun("lin")
    assert factor.confirmed(store.account("lin"), code)


def test_a_factor_counts_once_a_code_of_it_came_and_not_before(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    secret = entrance.own_account.begin_second_factor(lin(cloud))
    assert entrance.own_account.begin_second_factor(lin(cloud)) == secret
    assert isinstance(entrance.sign_in.with_password(NAME, GOOD, HOME), Entered)
    with pytest.raises(WrongSignInError):
        entrance.own_account.confirm_second_factor(lin(cloud), "000000")
    assert isinstance(entrance.sign_in.with_password(NAME, GOOD, HOME), Entered)
    entrance.own_account.confirm_second_factor(
        lin(cloud), pyotp.TOTP(secret).at(cloud.clock.wall_ms() // 1000)
    )
    assert isinstance(entrance.sign_in.with_password(NAME, GOOD, HOME), CodeWanted)


@pytest.mark.parametrize(("steps", "is_in"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_telephone_may_be_one_step_early_or_late(cloud: FakeCloud, steps: int, *, is_in: bool) -> None:
    made, _ = enrolled(cloud)
    assert isinstance(cloud.clock, FakeClock)
    cloud.clock.advance(300)
    code = made.at(cloud.clock.wall_ms() // 1000, counter_offset=steps)
    if is_in:
        assert cloud.entrance.sign_in.with_code(half_way(cloud), code, HOME).person_id == CARER.id
    else:
        with pytest.raises(WrongSignInError):
            cloud.entrance.sign_in.with_code(half_way(cloud), code, HOME)


def test_a_code_seen_over_a_shoulder_is_worthless_once_used(cloud: FakeCloud) -> None:
    made, _ = enrolled(cloud)
    assert isinstance(cloud.clock, FakeClock)
    cloud.clock.advance(60)
    code = made.at(cloud.clock.wall_ms() // 1000)
    assert cloud.entrance.sign_in.with_code(half_way(cloud), code, HOME)
    with pytest.raises(WrongSignInError):
        cloud.entrance.sign_in.with_code(half_way(cloud), code, HOME)


def test_a_recovery_code_lets_in_once_however_it_is_written(cloud: FakeCloud) -> None:
    _, codes = enrolled(cloud)
    assert len(set(codes)) == 10
    entered = cloud.entrance.sign_in.with_code(
        half_way(cloud), f" {codes[0].upper().replace('-', ' ')} ", HOME
    )
    viewer = cloud.sessions.viewer(entered.token)
    assert viewer is not None
    assert viewer.way is SignInWay.RECOVERY_CODE
    with pytest.raises(WrongSignInError):
        cloud.entrance.sign_in.with_code(half_way(cloud), codes[0], HOME)
    assert cloud.accounts.recovery_codes_left(CARER.id) == 9


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "12345x", "0" * 5_000, "\ud800"])  # noqa: RUF001
def test_what_is_no_code_lets_nobody_in(cloud: FakeCloud, code: str) -> None:
    enrolled(cloud)
    with pytest.raises(WrongSignInError):
        cloud.entrance.sign_in.with_code(half_way(cloud), code, HOME)


@pytest.mark.parametrize("given", ["", "e30=", "\u00fc", "A" * 5_000])
def test_nobody_makes_up_that_their_password_was_right(cloud: FakeCloud, given: str) -> None:
    made, _ = enrolled(cloud)
    with pytest.raises(WrongSignInError):
        cloud.entrance.sign_in.with_code(given, made.now(), HOME)


def test_who_is_half_way_in_is_out_after_five_minutes_or_a_new_password(cloud: FakeCloud) -> None:
    made, codes = enrolled(cloud)
    assert isinstance(cloud.clock, FakeClock)
    late = half_way(cloud)
    cloud.clock.advance(300)
    with pytest.raises(WrongSignInError):
        cloud.entrance.sign_in.with_code(late, made.at(cloud.clock.wall_ms() // 1000), HOME)
    before = half_way(cloud)
    cloud.clock.advance(1)
    cloud.entrance.own_account.set_password(lin(cloud), "", "four other garden words")
    with pytest.raises(WrongSignInError):
        cloud.entrance.sign_in.with_code(before, codes[0], HOME)


def test_codes_cannot_be_guessed_through(cloud: FakeCloud) -> None:
    enrolled(cloud)
    passed = half_way(cloud)
    heard = 0
    for number in range(100):
        try:
            cloud.entrance.sign_in.with_code(passed, f"{number:06d}", HOME)
        except WrongSignInError:
            heard += 1
        except TooManyTriesError:
            continue
    assert heard == 5


def test_removing_it_asks_for_it_and_ends_every_other_session(cloud: FakeCloud) -> None:
    _, codes = enrolled(cloud)
    elsewhere, here = cloud.token(CARER), lin(cloud)
    with pytest.raises(WrongSignInError):
        cloud.entrance.own_account.remove_second_factor(here, "000000")
    cloud.entrance.own_account.remove_second_factor(here, codes[3])
    assert cloud.sessions.viewer(elsewhere) is None
    assert isinstance(cloud.entrance.sign_in.with_password(NAME, GOOD, HOME), Entered)
    assert cloud.accounts.recovery_codes_left(CARER.id) == 0


def test_there_is_no_second_factor_to_no_password(cloud: FakeCloud) -> None:
    with pytest.raises(UnfitError, match="password first"):
        cloud.entrance.own_account.begin_second_factor(lin(cloud))
    with pytest.raises(UnfitError, match="no second factor"):
        cloud.entrance.own_account.renew_recovery_codes(lin(cloud))


def test_the_store_holds_no_secret_and_anothers_key_opens_nothing(cloud: FakeCloud) -> None:
    made, codes = enrolled(cloud)
    account = cloud.accounts.account(CARER.id)
    assert account.totp is not None
    assert base64.b32decode(made.secret) not in account.totp
    assert made.secret not in repr(account)
    assert not {code.encode() for code in codes} & cloud.accounts.codes[CARER.id]
    other = SecondFactor(
        store=cloud.accounts, key=DoorKey(secret=b"x" * 32), clock=cloud.clock, randomness=CountedRandomness()
    )
    with pytest.raises(DamagedError, match="key file"):
        other.is_good(account, "123456")


def test_the_door_key_is_made_once_for_its_owner_alone_and_refused_where_others_read_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "folder" / "door.key"
    key = door_key_at(file, CountedRandomness())
    assert file.stat().st_mode & 0o777 == 0o600
    assert door_key_at(file, CountedRandomness("another")) == key
    assert key.secret.hex() not in repr(key)
    assert list(file.parent.iterdir()) == [file]
    file.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        door_key_at(file, CountedRandomness())
    file.chmod(0o600)
    file.write_text("nonsense")
    with pytest.raises(ConfigurationError, match="no door key"):
        door_key_at(file, CountedRandomness())
