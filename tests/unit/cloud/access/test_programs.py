import re
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from cloud.access.api_token_form import PATTERN, is_api_token, looks_like_api_token, new_api_token
from cloud.access.programs import LONGEST_LIFE_MS, MOST_TOKENS, Programs, TokenWish, TokenWishError
from cloud.access.tokens import token_hash
from cloud.ports import Deed, Limits, Scope, SignInWay
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import AMA, CARER, OWNER, WEI, CountedRandomness
from tests.fakes.directory import FakeDirectory
from tests.fakes.ledger import FakeLedger
from tests.fakes.sign_in_books import FakeAccountStore
from tests.fakes.sign_in_ways import FakeApiTokenBook
from vitals.errors import StorageError

WISH = TokenWish(label="spreadsheet", scopes=frozenset({Scope.VITALS}), life_ms=86_400_000)


@dataclass(slots=True)
class ReadOnlyBook(FakeApiTokenBook):
    is_read_only: bool = False

    def note_token_used(self, token_hash: bytes, now_ms: int) -> None:
        if self.is_read_only:
            raise StorageError("the disk is read-only: remount it")
        FakeApiTokenBook.note_token_used(self, token_hash, now_ms)


@dataclass(slots=True)
class Desk:
    clock: FakeClock = field(default_factory=FakeClock)
    book: ReadOnlyBook = field(default_factory=ReadOnlyBook)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    accounts: FakeAccountStore = field(default_factory=FakeAccountStore)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    programs: Programs = field(init=False)

    def __post_init__(self) -> None:
        for patient in (WEI, AMA):
            self.directory.add_patient(patient)
        for person in (CARER, OWNER):
            self.directory.add_person(person)
        self.directory.grant(CARER.id, WEI.id, 0, None)
        self.programs = Programs(
            book=self.book,
            directory=self.directory,
            accounts=self.accounts,
            permissions=self.directory,
            ledger=self.ledger,
            together=nullcontext,
            clock=self.clock,
            randomness=CountedRandomness("programs"),
            new_id=lambda: f"t{len(self.book.kept)}",
        )

    def told(self) -> list[tuple[str, dict[str, str]]]:
        return [(note.actor, dict(note.about)) for note in self.ledger.of(Deed.ACCOUNT_CHANGED)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_program_speaks_for_its_person_within_its_limits(desk: Desk) -> None:
    wish = replace(
        WISH, scopes=frozenset({Scope.VITALS, Scope.ALERTS}), is_read_only=False, patient_id=WEI.id
    )
    secret, token = desk.programs.make(CARER, wish)
    viewer = desk.programs.viewer(secret)
    assert viewer is not None
    assert (viewer.person, viewer.session, viewer.way) == (CARER, token.token_hash, SignInWay.TOKEN)
    assert viewer.limits == Limits(scopes=wish.scopes, read_only=False, patient_id=WEI.id)
    assert viewer.proved_ms is None, "a program proves nothing that only a person can"
    assert desk.told() == [
        (CARER.id, {"what": "token-made", "token": "t0", "person": CARER.id, "scopes": "alerts vitals"})
    ]
    assert desk.ledger.notes[0].patient_id == WEI.id


def test_a_token_only_reads_unless_it_was_wished_otherwise(desk: Desk) -> None:
    _, token = desk.programs.make(CARER, WISH)
    assert token.limits == Limits(scopes=WISH.scopes, read_only=True, patient_id=None)


def test_a_secret_is_handed_out_once_and_only_its_hash_is_kept(desk: Desk) -> None:
    secret, token = desk.programs.make(CARER, WISH)
    assert token.token_hash == token_hash(secret)
    assert secret not in repr(desk.book.kept)
    assert secret not in repr(desk.ledger.notes)


def test_a_token_is_known_by_its_form_and_its_checksum() -> None:
    secret = new_api_token(CountedRandomness("form"))
    assert re.fullmatch(r"cw_[0-9a-f]{72}", secret)
    assert is_api_token(secret)
    assert PATTERN.search(f'token = "{secret}"')
    assert secret != new_api_token(CountedRandomness("form of another"))


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it[:-1],
        lambda it: it + "0",
        lambda it: it + "\n",
        lambda it: it.upper(),
        lambda it: it.replace("cw_", "cx_"),
        lambda it: it[:10] + ("0" if it[10] != "0" else "1") + it[11:],
        lambda it: it[:-1] + ("0" if it[-1] != "0" else "1"),
        lambda it: it[:3],
        lambda it: it[:0],
        lambda it: it[:3] + "\u0661" + it[4:],
    ],
)
def test_what_is_cut_off_or_mistyped_is_no_token_and_asks_no_database(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    secret, _ = desk.programs.make(CARER, WISH)
    assert desk.programs.viewer(secret) is not None
    monkeypatch.setattr(FakeApiTokenBook, "token", lambda *_: pytest.fail("the database was asked"))
    assert desk.programs.viewer(change(secret)) is None


def test_what_looks_like_a_token_is_meant_to_be_one() -> None:
    assert looks_like_api_token("cw_oops")
    assert not looks_like_api_token("session-secret")


def test_a_well_formed_token_that_was_never_given_opens_nothing(desk: Desk) -> None:
    assert desk.programs.viewer(new_api_token(CountedRandomness("made up"))) is None


def test_a_token_is_good_until_just_before_its_end(desk: Desk) -> None:
    secret, _ = desk.programs.make(CARER, WISH)
    desk.clock.advance(86_399.0)
    assert desk.programs.viewer(secret) is not None
    desk.clock.advance(1.0)
    assert desk.programs.viewer(secret) is None


def test_a_revoked_token_opens_nothing_however_often_it_is_shown(desk: Desk) -> None:
    secret, token = desk.programs.make(CARER, WISH)
    assert desk.programs.still(token.token_hash) is not None
    assert not desk.programs.revoke(token.id, person=OWNER, actor=OWNER.id)
    assert desk.programs.revoke(token.id, person=CARER, actor=CARER.id)
    assert not desk.programs.revoke(token.id, person=CARER, actor=CARER.id)
    for _ in range(3):
        assert desk.programs.viewer(secret) is None
        assert desk.programs.still(token.token_hash) is None
    assert desk.told()[1:] == [(CARER.id, {"what": "token-revoked", "token": token.id, "person": CARER.id})]


def test_the_operator_revokes_whoevers_it_is(desk: Desk) -> None:
    secret, token = desk.programs.make(CARER, WISH)
    assert desk.programs.revoke(token.id, person=None, actor="operator")
    assert desk.programs.viewer(secret) is None


def test_of_whose_account_is_closed_no_program_speaks(desk: Desk) -> None:
    secret, _ = desk.programs.make(CARER, WISH)
    desk.accounts.close_account(CARER.id, 1)
    assert desk.programs.viewer(secret) is None


def test_of_who_is_gone_no_program_speaks(desk: Desk) -> None:
    secret, _ = desk.programs.make(CARER, WISH)
    del desk.directory.people[CARER.id]
    assert desk.programs.viewer(secret) is None


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (replace(WISH, scopes=frozenset()), "scope"),
        (replace(WISH, life_ms=LONGEST_LIFE_MS + 1), "a year at most"),
        (replace(WISH, life_ms=0), "a year at most"),
        (replace(WISH, life_ms=-1), "a year at most"),
        (replace(WISH, patient_id=AMA.id), "not open to you"),
        (replace(WISH, patient_id="p-nobody"), "not open to you"),
    ],
)
def test_a_token_that_would_be_wrong_is_not_made(desk: Desk, wish: TokenWish, says: str) -> None:
    with pytest.raises(TokenWishError, match=says):
        desk.programs.make(CARER, wish)
    assert desk.book.kept == {}
    assert desk.ledger.notes == []


def test_one_token_too_many_is_refused_and_those_that_are_worthless_do_not_count(desk: Desk) -> None:
    for _ in range(MOST_TOKENS):
        desk.programs.make(CARER, WISH)
    with pytest.raises(TokenWishError, match="revoke one"):
        desk.programs.make(CARER, WISH)
    desk.programs.revoke("t0", person=CARER, actor=CARER.id)
    desk.programs.make(CARER, WISH)
    desk.clock.advance(86_400.0)
    desk.programs.make(CARER, WISH)


def test_the_last_use_is_noted_once_a_minute_and_a_full_disk_keeps_no_program_out(desk: Desk) -> None:
    secret, token = desk.programs.make(CARER, WISH)
    noted = []
    for seconds in (0.0, 30.0, 30.0):
        desk.clock.advance(seconds)
        desk.programs.viewer(secret)
        noted.append(desk.book.kept[token.token_hash].used_ms)
    began_ms = token.made_ms
    assert noted == [began_ms, began_ms, began_ms + 60_000]
    desk.clock.advance(60.0)
    desk.book.is_read_only = True
    assert desk.programs.viewer(secret) is not None
