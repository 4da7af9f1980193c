import copy
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.access.attempts import LIFE_MS, Attempts
from cloud.access.passkey_answers import PasskeyRefusal, PasskeyRefusedError
from cloud.access.passkeys import MOST_PASSKEYS, Passkeys
from cloud.access.site import site
from cloud.access.ways_in import WaysIn
from cloud.ports import SERVICE, Deed, Errand, LinkedIdentity
from tests.fakes.authenticator import FakeAuthenticator, b64url
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, OWNER, CountedRandomness
from tests.fakes.ledger import FakeLedger
from tests.fakes.sign_in_ways import FakeSignInWays

HOME = "http://localhost:8080"
ISSUER = "https://id.example.org"


@dataclass(slots=True)
class Desk:
    """The passkeys of a service at `url`."""

    url: str = HOME
    clock: FakeClock = field(default_factory=FakeClock)
    ways: FakeSignInWays = field(default_factory=FakeSignInWays)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    has_password: bool = False
    ended: list[str] = field(default_factory=list)
    passkeys: Passkeys = field(init=False)

    def __post_init__(self) -> None:
        self.passkeys = Passkeys(
            book=self.ways.passkeys,
            attempts=Attempts(
                book=self.ways.attempts, clock=self.clock, randomness=CountedRandomness("attempts")
            ),
            ledger=self.ledger,
            together=nullcontext,
            ways_in=WaysIn(
                passkeys=self.ways.passkeys,
                identities=self.ways.linked_identities,
                issuer=ISSUER,
                has_password=lambda _: self.has_password,
            ),
            end_sessions=self.ended.append,
            site=site(self.url),
            clock=self.clock,
        )

    def added(self, authenticator: FakeAuthenticator, person=CARER, label: str = "telephone"):
        key, options = self.passkeys.offer(person)
        return self.passkeys.add(person, key, authenticator.create(options), label)

    def signed_in(self, authenticator: FakeAuthenticator) -> str:
        key, options = self.passkeys.ask()
        return self.passkeys.known(key, authenticator.get(options))

    def told(self) -> list[tuple[str, dict[str, str]]]:
        return [(note.actor, dict(note.about)) for note in self.ledger.of(Deed.ACCOUNT_CHANGED)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def refused(act: Callable[[], object]) -> PasskeyRefusal:
    with pytest.raises(PasskeyRefusedError) as caught:
        act()
    return caught.value.refusal


def test_a_passkey_that_was_added_signs_its_person_in_without_a_name(desk: Desk) -> None:
    authenticator = FakeAuthenticator()
    desk.added(authenticator)
    desk.clock.advance(1.0)
    assert desk.signed_in(authenticator) == desk.signed_in(authenticator) == CARER.id
    (kept,) = desk.passkeys.of(CARER)
    assert (kept.label, kept.count, kept.used_ms) == ("telephone", 2, desk.clock.wall_ms())
    assert desk.told() == [(CARER.id, {"person": CARER.id, "what": "passkey-added"})]


def test_what_is_asked_for_is_verification_a_discoverable_key_and_no_attestation(desk: Desk) -> None:
    _, options = desk.passkeys.offer(CARER)
    assert options["rp"] == {"id": "localhost", "name": "Carewire"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    _, asked = desk.passkeys.ask()
    assert asked["userVerification"] == "required"
    assert asked["allowCredentials"] == []


def test_who_asks_to_sign_in_learns_nothing_about_anyone(desk: Desk) -> None:
    _, before = desk.passkeys.ask()
    desk.added(FakeAuthenticator())
    _, after = desk.passkeys.ask()
    assert before.pop("challenge") != after.pop("challenge")
    assert before == after


def test_an_authenticator_is_told_no_name_or_id_by_which_others_know_a_person(desk: Desk) -> None:
    _, options = desk.passkeys.offer(CARER)
    assert CARER.id not in options["user"]["id"]
    assert b64url(CARER.id.encode()) not in options["user"]["id"]


def test_one_person_has_one_handle_and_is_not_offered_a_key_twice(desk: Desk) -> None:
    first = desk.added(FakeAuthenticator(id=b"one"))
    _, options = desk.passkeys.offer(CARER)
    assert [each["id"] for each in options["excludeCredentials"]] == [b64url(b"one")]
    second = desk.added(FakeAuthenticator(id=b"two"))
    assert first.handle == second.handle
    assert desk.added(FakeAuthenticator(id=b"three"), OWNER).handle != first.handle


LIES: dict[str, Callable[[FakeAuthenticator], None]] = {
    "of another site": lambda one: setattr(one, "origin", "https://evil.example.org"),
    "of another port of this machine": lambda one: setattr(one, "origin", "http://localhost:8081"),
    "of plain http where it is https": lambda one: setattr(one, "origin", "https://localhost:8080"),
    "for another name": lambda one: one.lies.update(domain="evil.example.org"),
    "in a frame of another site": lambda one: one.lies.update(client={"crossOrigin": True}),
    "by nobody verified": lambda one: setattr(one, "is_verified", False),
    "of the other ceremony": lambda one: one.lies.update(client={"type": "payment.get"}),
    "to another challenge": lambda one: one.lies.update(client={"challenge": b64url(b"x" * 32)}),
}


@pytest.mark.parametrize("lie", LIES)
def test_no_passkey_is_kept_of_an_answer(desk: Desk, lie: str) -> None:
    authenticator = FakeAuthenticator()
    LIES[lie](authenticator)
    assert refused(lambda: desk.added(authenticator)) is PasskeyRefusal.NOT_KNOWN
    assert desk.ways.passkeys.kept == {}
    assert desk.told() == []


@pytest.mark.parametrize("lie", LIES)
def test_nobody_is_signed_in_by_an_answer(desk: Desk, lie: str) -> None:
    authenticator = FakeAuthenticator()
    desk.added(authenticator)
    LIES[lie](authenticator)
    assert refused(lambda: desk.signed_in(authenticator)) is PasskeyRefusal.NOT_KNOWN
    (kept,) = desk.passkeys.of(CARER)
    assert (kept.count, kept.used_ms, kept.refused_ms) == (0, None, None)


def test_an_assertion_is_good_once_and_in_the_browser_that_was_asked(desk: Desk) -> None:
    authenticator = FakeAuthenticator(step=0)
    desk.added(authenticator)
    key, options = desk.passkeys.ask()
    answer = authenticator.get(options)
    elsewhere, _ = desk.passkeys.ask()
    assert refused(lambda: desk.passkeys.known(elsewhere, answer)) is PasskeyRefusal.NOT_KNOWN
    assert desk.passkeys.known(key, answer) == CARER.id
    for stolen in (key, None, "made-up"):
        assert refused(lambda stolen=stolen: desk.passkeys.known(stolen, answer)) is PasskeyRefusal.OVER


def test_a_challenge_is_over_after_five_minutes(desk: Desk) -> None:
    authenticator = FakeAuthenticator()
    desk.added(authenticator)
    key, options = desk.passkeys.ask()
    desk.clock.advance(LIFE_MS / 1000)
    assert refused(lambda: desk.passkeys.known(key, authenticator.get(options))) is PasskeyRefusal.OVER


def test_what_was_offered_to_one_adds_nothing_to_another_and_signs_nobody_in(desk: Desk) -> None:
    authenticator = FakeAuthenticator()
    key, options = desk.passkeys.offer(CARER)
    answer = authenticator.create(options)
    assert refused(lambda: desk.passkeys.add(OWNER, key, answer, "mine now")) is PasskeyRefusal.OVER
    desk.added(authenticator)
    key, options = desk.passkeys.offer(CARER)
    assert refused(lambda: desk.passkeys.known(key, authenticator.get(options))) is PasskeyRefusal.OVER


def test_a_key_known_already_becomes_nobody_elses(desk: Desk) -> None:
    desk.added(FakeAuthenticator())
    thief = FakeAuthenticator()
    assert refused(lambda: desk.added(thief, OWNER)) is PasskeyRefusal.KNOWN_ALREADY
    assert desk.passkeys.of(OWNER) == ()


def test_another_persons_key_does_not_open_what_an_id_names(desk: Desk) -> None:
    desk.added(FakeAuthenticator(id=b"hers"))
    his = FakeAuthenticator(id=b"his")
    desk.added(his, OWNER)
    his.id = b"hers"
    assert refused(lambda: desk.signed_in(his)) is PasskeyRefusal.NOT_KNOWN
    his.id, his.lies["handle"] = b"his", desk.passkeys.of(CARER)[0].handle
    assert refused(lambda: desk.signed_in(his)) is PasskeyRefusal.NOT_KNOWN
    assert desk.signed_in(
        FakeAuthenticator(id=b"his", key=his.key, handle=his.handle, domain="localhost", count=9)
    ) == (OWNER.id)


def test_an_unknown_key_is_refused_as_a_wrong_one_is(desk: Desk) -> None:
    stranger = FakeAuthenticator(domain="localhost")
    assert refused(lambda: desk.signed_in(stranger)) is PasskeyRefusal.NOT_KNOWN


@pytest.mark.parametrize("count", [0, 3, 4])
def test_a_copy_is_noticed_and_neither_key_opens_anything_from_then_on(desk: Desk, count: int) -> None:
    original = FakeAuthenticator()
    desk.added(original)
    for _ in range(5):
        desk.signed_in(original)
    copied = copy.copy(original)
    copied.count = count
    assert refused(lambda: desk.signed_in(copied)) is PasskeyRefusal.COPIED
    desk.clock.advance(60.0)
    assert refused(lambda: desk.signed_in(original)) is PasskeyRefusal.COPIED
    assert desk.passkeys.of(CARER)[0].refused_ms == desk.clock.wall_ms() - 60_000
    assert desk.told()[1:] == [(SERVICE, {"person": CARER.id, "what": "passkey-copied"})]
    assert desk.ended == [CARER.id]


def test_nobody_without_the_key_has_it_taken_for_copied(desk: Desk) -> None:
    original = FakeAuthenticator()
    desk.added(original)
    desk.signed_in(original)
    forged = FakeAuthenticator(domain="localhost", handle=original.handle, step=0)
    assert refused(lambda: desk.signed_in(forged)) is PasskeyRefusal.NOT_KNOWN
    assert desk.signed_in(original) == CARER.id


def test_a_synced_key_never_counts_and_is_no_copy(desk: Desk) -> None:
    synced = FakeAuthenticator(step=0, is_synced=True)
    assert desk.added(synced).is_synced
    assert [desk.signed_in(synced) for _ in range(3)] == [CARER.id] * 3


def test_a_passkey_is_removed_by_its_person_and_opens_nothing_more(desk: Desk) -> None:
    authenticator, other = FakeAuthenticator(), FakeAuthenticator(id=b"other")
    desk.added(authenticator)
    desk.added(other)
    assert not desk.passkeys.remove(OWNER, authenticator.id)
    assert not desk.passkeys.remove(CARER, b"unheard-of")
    assert desk.passkeys.remove(CARER, authenticator.id)
    assert refused(lambda: desk.signed_in(authenticator)) is PasskeyRefusal.NOT_KNOWN
    assert desk.told()[-1] == (CARER.id, {"person": CARER.id, "what": "passkey-removed"})


def test_the_last_way_in_stays(desk: Desk) -> None:
    authenticator = FakeAuthenticator()
    desk.added(authenticator)
    assert refused(lambda: desk.passkeys.remove(CARER, authenticator.id)) is PasskeyRefusal.LAST_WAY_IN
    desk.has_password = True
    assert desk.passkeys.remove(CARER, authenticator.id)
    desk.has_password = False
    desk.added(authenticator)
    for issuer, is_enough in (("https://elsewhere.example.org", False), (ISSUER, True)):
        desk.ways.linked_identities.link(
            LinkedIdentity(issuer=issuer, subject="A1", person_id=CARER.id, linked_ms=0)
        )
        if not is_enough:
            assert (
                refused(lambda: desk.passkeys.remove(CARER, authenticator.id)) is PasskeyRefusal.LAST_WAY_IN
            )
    assert desk.passkeys.remove(CARER, authenticator.id)


def test_a_refused_passkey_is_no_way_in_and_can_go(desk: Desk) -> None:
    broken, good = FakeAuthenticator(id=b"broken"), FakeAuthenticator(id=b"good")
    desk.added(broken)
    desk.added(good)
    desk.ways.passkeys.refuse_passkey(broken.id, 1)
    assert refused(lambda: desk.passkeys.remove(CARER, good.id)) is PasskeyRefusal.LAST_WAY_IN
    assert desk.passkeys.remove(CARER, broken.id)


def test_nobody_keeps_more_than_plenty(desk: Desk) -> None:
    for number in range(MOST_PASSKEYS):
        desk.added(FakeAuthenticator(id=b"%d" % number))
    assert refused(lambda: desk.passkeys.offer(CARER)) is PasskeyRefusal.TOO_MANY


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "https://192.0.2.7", "http://[::1]:8080"])
def test_where_people_come_by_a_number_there_are_no_passkeys(url: str) -> None:
    desk = Desk(url=url)
    assert not desk.passkeys.is_possible
    for act in (desk.passkeys.ask, lambda: desk.passkeys.offer(CARER)):
        assert refused(act) is PasskeyRefusal.NO_DOMAIN
    assert desk.ways.attempts.kept == {}


def test_an_id_longer_than_any_authenticator_makes_is_not_kept(desk: Desk) -> None:
    assert refused(lambda: desk.added(FakeAuthenticator(id=b"x" * 1024))) is PasskeyRefusal.NOT_KNOWN
    assert desk.added(FakeAuthenticator(id=b"x" * 1023)).id == b"x" * 1023


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("e30") | st.just("/w"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = (
    "id",
    "rawId",
    "type",
    "authenticatorAttachment",
    "response",
    *("clientDataJSON", "attestationObject"),
    *("authenticatorData", "signature", "userHandle", "transports"),
)


@given(data=st.data())
@settings(max_examples=60, deadline=None, database=None)
def test_whatever_is_sent_in_place_of_an_answer_is_refused_and_breaks_nothing(data: st.DataObject) -> None:
    desk, known, new = _SHARED
    act = data.draw(st.sampled_from(["create", "get"]))
    key, options = desk.passkeys.offer(OWNER) if act == "create" else desk.passkeys.ask()
    answer: dict[str, Any] = new.create(options) if act == "create" else known.get(options)
    place = data.draw(st.sampled_from([answer, answer["response"]]))
    name = data.draw(st.sampled_from([each for each in _FIELDS if each in place]))
    true = place[name]
    place[name] = data.draw(_JSON.filter(lambda one: one != true and one is not None))
    if act == "create":
        assert refused(lambda: desk.passkeys.add(OWNER, key, answer, "x")) is PasskeyRefusal.NOT_KNOWN
    else:
        assert refused(lambda: desk.passkeys.known(key, answer)) is PasskeyRefusal.NOT_KNOWN


def _with_a_key() -> tuple[Desk, FakeAuthenticator, FakeAuthenticator]:
    desk, known = Desk(), FakeAuthenticator()
    desk.added(known)
    return desk, known, FakeAuthenticator(id=b"another")


_SHARED = _with_a_key()


def test_an_attempt_for_a_passkey_is_not_kept_once_it_is_ended(desk: Desk) -> None:
    desk.added(FakeAuthenticator())
    assert desk.ways.attempts.kept == {}
    desk.passkeys.ask()
    assert [each.errand for each in desk.ways.attempts.kept.values()] == [Errand.PASSKEY_SIGN_IN]
