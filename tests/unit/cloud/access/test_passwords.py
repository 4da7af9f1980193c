"""Which passwords are taken, and that what cannot be one costs nothing."""

import pytest

from cloud.access.argon2 import Argon2id
from cloud.access.errors import CrowdedError, UnfitError
from cloud.access.hashing_room import HashingRoom, Lane
from cloud.access.passwords import fit_password, readable_password
from tests.fakes.sign_in_books import FakeHasher
from vitals.errors import DamagedError

GOOD = "four plain garden words"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "too short"),
        ("elevenchars", "too short"),
        ("abababababababab", "same few letters"),
        ("password123456", "many people"),
        ("Correct Horse Battery Staple", "many people"),
        ("sunshinesunshine", "many people"),
        ("!!!Manchester!2026", "many people"),
        ("lin.zhang-rocks-here", "holds your name"),
        ("a\0" + GOOD, "no keyboard"),
        ("\ud800" + GOOD, "no keyboard"),
        ("x" * 1_000_000, "too long"),
    ],
)
def test_what_is_tried_first_or_cannot_be_typed_is_refused(password: str, says: str) -> None:
    with pytest.raises(UnfitError, match=says):
        fit_password(password, "lin.zhang")


@pytest.mark.parametrize(
    "password", [GOOD, "ünïcödé passphrase", "密码是一个很长的句子啊朋友", "aB3$kq9!xZ2w"]
)
def test_long_ones_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert fit_password(password, "lin.zhang", "Lin")


def test_every_way_to_write_a_password_is_the_same_password() -> None:
    assert readable_password("cafe\u0301 au lait") == readable_password("café au lait")
    assert readable_password("ｐａｓｓｗｏｒｄ") == "password"  # noqa: RUF001 - full-width, as a Chinese keyboard writes


def test_argon2_keeps_no_password_and_knows_it_again() -> None:
    cheap, dearer = Argon2id(memory_mib=1, passes=1), Argon2id(memory_mib=2, passes=1)
    encoded = cheap.hashed(GOOD)
    assert encoded.startswith("$argon2id$")
    assert GOOD not in encoded
    assert encoded != cheap.hashed(GOOD)
    assert cheap.matches(encoded, GOOD)
    assert not cheap.matches(encoded, GOOD + "x")
    assert dearer.matches(encoded, GOOD)
    assert dearer.is_outdated(encoded)
    assert not cheap.is_outdated(encoded)
    with pytest.raises(DamagedError):
        cheap.matches("no hash", GOOD)


def test_a_password_of_nobody_takes_as_much_work_and_is_wrong() -> None:
    hasher = FakeHasher()
    room = HashingRoom(hasher=hasher)
    room.prepare()
    encoded, worked = hasher.hashed(GOOD), []
    for kept, password in (
        (encoded, GOOD),
        (encoded, "wrong"),
        (None, GOOD),
        (None, "the password of nobody"),
    ):
        before = hasher.worked
        assert room.matches(kept, password, is_known=False) is (kept is not None and password == GOOD)
        worked.append(hasher.worked - before)
    assert worked == [1, 1, 1, 1]


def test_a_flood_of_strangers_is_turned_away_and_holds_up_no_known_device() -> None:
    hasher = FakeHasher()
    room = HashingRoom(hasher=hasher, strangers=Lane(most_waiting=0, patience_s=0.01))
    encoded = hasher.hashed(GOOD)

    def meanwhile() -> None:
        with pytest.raises(CrowdedError):
            room.matches(encoded, GOOD, is_known=False)
        assert room.matches(encoded, GOOD, is_known=True)

    room.strangers.do(meanwhile)
    assert room.matches(encoded, GOOD, is_known=False)


def test_who_waits_too_long_is_told_so() -> None:
    lane = Lane(most_waiting=1, patience_s=0.01)

    def meanwhile() -> None:
        with pytest.raises(CrowdedError):
            lane.do(lambda: None)

    lane.do(meanwhile)
    lane.do(lambda: None)
