"""Letting somebody in: once, in time, with no more than the right of whoever invites."""

from dataclasses import replace

import pytest

from cloud.access.door import Visitor
from cloud.access.errors import DeadLinkError, NotSignedInError, NotVisibleError, UnfitError, WrongSignInError
from cloud.access.invitations import INVITABLE, Chosen
from cloud.ports import Deed, Person, Role, SignInWay
from tests.contracts.sign_in_ways import IDENTITY, PASSKEY, TOKEN
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, FakeCloud
from tests.unit.cloud.access.test_door import HOME, NAME, enters, entrance_with_lin
from tests.unit.cloud.access.test_passwords import GOOD

CHOSEN = Chosen(display_name="Ana Silva", handle="ana@example.org", password=GOOD)


@pytest.mark.parametrize("by", [OWNER, CARER, DOCTOR, ADMIN])
@pytest.mark.parametrize("role", list(Role))
def test_nobody_invites_more_than_their_own_right(cloud: FakeCloud, by: Person, role: Role) -> None:
    people = len(cloud.directory.people)
    if role in INVITABLE[by.role]:
        assert cloud.entrance.invitations.invite("Ana", role, by)[0].role is role
    else:
        with pytest.raises(NotVisibleError):
            cloud.entrance.invitations.invite("Ana", role, by)
        assert len(cloud.directory.people) == people


def test_no_role_invites_an_administrator_but_their_own() -> None:
    assert [role for role in Role if Role.ADMINISTRATOR in INVITABLE[role]] == [Role.ADMINISTRATOR]
    assert INVITABLE[Role.PATIENT] == {Role.CAREGIVER}


def test_the_invited_chooses_once_and_signs_in_by_it(cloud: FakeCloud) -> None:
    invitations = cloud.entrance.invitations
    person, token = invitations.invite("Ana", Role.CAREGIVER, OWNER)
    assert invitations.invited(token)[0] == person
    entered = invitations.accept(token, CHOSEN, HOME)
    viewer = cloud.sessions.viewer(entered.token)
    assert viewer is not None
    assert (viewer.person.id, viewer.person.display_name) == (person.id, "Ana Silva")
    assert enters(cloud.entrance, HOME, name="ANA@Example.ORG ").person_id == person.id
    with pytest.raises(DeadLinkError):
        invitations.accept(token, CHOSEN, HOME)
    with pytest.raises(DeadLinkError):
        invitations.invited(token)


def test_used_expired_revoked_and_unknown_links_are_one_answer(cloud: FakeCloud) -> None:
    invitations = cloud.entrance.invitations
    used, revoked = (invitations.invite(name, Role.CAREGIVER) for name in ("Ana", "Ida"))
    invitations.accept(used[1], CHOSEN, HOME)
    cloud.links.revoke_links(revoked[0].id)
    expired = invitations.invite("Ben", Role.CAREGIVER)[1]
    assert isinstance(cloud.clock, FakeClock)
    cloud.clock.advance(7 * 86_400)
    plain = cloud.sessions.invite(CARER.id)
    said = set()
    for token in (used[1], revoked[1], expired, plain, "guess", ""):
        with pytest.raises(DeadLinkError) as refused:
            invitations.accept(token, CHOSEN, HOME)
        said.add(str(refused.value))
    assert len(said) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"password": "short"}, "too short"),
        ({"handle": ""}, "choose a name"),
        ({"handle": "two words"}, "spaces"),
        ({"handle": "a\u200bna@example.org"}, "cannot be seen"),
        ({"handle": "x" * 5_000}, "too long"),
        ({"handle": NAME.upper()}, "somebody else"),
        ({"display_name": "\u202e"}, "others can read"),
    ],
)
def test_what_cannot_be_taken_leaves_the_link_good(
    cloud: FakeCloud, changes: dict[str, str], says: str
) -> None:
    entrance_with_lin(cloud)
    _, token = cloud.entrance.invitations.invite("Ana", Role.CAREGIVER)
    chosen = {"display_name": "Ana", "handle": "ana@example.org", "password": GOOD} | changes
    with pytest.raises(UnfitError, match=says):
        cloud.entrance.invitations.accept(token, Chosen(**chosen), HOME)
    assert cloud.entrance.invitations.invited(token)


def test_a_reset_keeps_the_name_and_ends_everything_of_before(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    stolen = enters(entrance, HOME).token
    token = entrance.invitations.reset(CARER.id, ADMIN)
    assert enters(entrance, HOME)
    chosen = Chosen(display_name="", handle="", password="quite another passphrase")  # noqa: S106 - a test's
    entrance.invitations.accept(token, chosen, HOME)
    assert cloud.sessions.viewer(stolen) is None
    with pytest.raises(WrongSignInError):
        enters(entrance, HOME)
    assert enters(entrance, HOME, "quite another passphrase")


def test_a_reset_leaves_no_passkey_log_in_or_program_to_whoever_was_in_before(cloud: FakeCloud) -> None:
    entrance, ways, now_ms = entrance_with_lin(cloud), cloud.ways, cloud.clock.wall_ms()
    other = replace(PASSKEY, id=b"other", person_id=DOCTOR.id)
    for passkey in (replace(PASSKEY, person_id=CARER.id), other):
        ways.passkeys.add_passkey(passkey)
    ways.linked_identities.link(replace(IDENTITY, person_id=CARER.id))
    ways.api_tokens.add_token(replace(TOKEN, person_id=CARER.id, expires_ms=now_ms + 1))
    token = entrance.invitations.reset(CARER.id, ADMIN)
    assert ways.passkeys.passkeys_of(CARER.id)
    chosen = Chosen(display_name="", handle="", password="quite another passphrase")  # noqa: S106 - a test's
    entrance.invitations.accept(token, chosen, HOME)
    assert (ways.passkeys.passkeys_of(CARER.id), ways.linked_identities.links_of(CARER.id)) == ((), ())
    assert [each.is_good(now_ms) for each in ways.api_tokens.tokens_of(CARER.id)] == [False]
    assert ways.passkeys.passkeys_of(DOCTOR.id) == (other,)


def test_the_first_administrators_link_dies_when_there_is_one(cloud: FakeCloud) -> None:
    del cloud.directory.people[ADMIN.id]
    invitations = cloud.entrance.invitations
    first, second = invitations.first_administrator(), invitations.first_administrator()
    with pytest.raises(DeadLinkError):
        invitations.accept(first, CHOSEN, HOME)
    _, other = invitations.invite("Eve", Role.ADMINISTRATOR)
    invitations.accept(other, Chosen(display_name="Eve", handle="eve@example.org", password=GOOD), HOME)
    for attempt in (lambda: invitations.accept(second, CHOSEN, HOME), invitations.first_administrator):
        with pytest.raises(DeadLinkError):
            attempt()


def test_a_closed_account_is_shut_in_every_way(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    session, link = enters(entrance, HOME).token, cloud.sessions.invite(CARER.id)
    entrance.own_account.close(CARER, ADMIN)
    assert cloud.sessions.viewer(session) is None
    assert cloud.sessions.redeem(link) is None
    with pytest.raises(WrongSignInError):
        enters(entrance, HOME)
    with pytest.raises(NotSignedInError):
        cloud.sessions.begin(CARER.id, SignInWay.PASSKEY)
    with pytest.raises(NotVisibleError):
        entrance.invitations.reset(CARER.id)


def test_the_ledger_knows_of_changes_and_of_no_name_or_password(cloud: FakeCloud) -> None:
    _, token = cloud.entrance.invitations.invite("Ana", Role.CAREGIVER, OWNER)
    cloud.entrance.invitations.accept(token, CHOSEN, Visitor(words="Firefox on Linux"))
    notes = [*cloud.ledger.of(Deed.ACCOUNT_CHANGED), *cloud.ledger.of(Deed.SIGNED_IN)]
    assert len(notes) == 3
    assert not any(word in repr(notes) for word in ("Ana", "ana@", GOOD, token))


def test_the_password_is_worked_on_again_when_its_cost_rises_and_nobody_is_signed_out(
    cloud: FakeCloud,
) -> None:
    entrance = entrance_with_lin(cloud)
    session, since_ms = enters(entrance, HOME).token, cloud.accounts.account(CARER.id).password_ms
    cloud.hasher.cost = 2
    assert enters(entrance, HOME)
    account = cloud.accounts.account(CARER.id)
    assert account.password is not None
    assert account.password.startswith("fake$2$")
    assert account.password_ms == since_ms
    assert cloud.sessions.viewer(session) is not None


def test_an_unknown_name_a_closed_account_and_a_wrong_password_take_the_same_work(cloud: FakeCloud) -> None:
    entrance = entrance_with_lin(cloud)
    entrance.sign_in.room.prepare()
    viewer = cloud.sessions.viewer(cloud.token(DOCTOR))
    assert viewer is not None
    entrance.own_account.set_password(viewer, "mei", GOOD)
    entrance.own_account.close(DOCTOR)
    answers = []
    for name, password in ((NAME, "wrong guess number"), ("mei", GOOD), ("nobody@example.org", GOOD)):
        before = cloud.hasher.worked
        with pytest.raises(WrongSignInError) as refused:
            enters(entrance, Visitor(network="10.0.0.0/24"), password, name)
        answers.append((str(refused.value), cloud.hasher.worked - before))
    assert answers == [("the name or the password is wrong", 1)] * 3
