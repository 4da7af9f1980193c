"""Who may do what, decided from ties alone."""

from dataclasses import replace
from typing import Final

import pytest

from cloud.access.policies import POLICIES, Policy
from cloud.access.relations import GLASS_SCOPES, Need, Picture, Tie, Verdict, decide
from cloud.ports import (
    EVERYTHING,
    Basis,
    GlassBreak,
    Guardianship,
    Limits,
    Membership,
    Person,
    Proxy,
    Related,
    Role,
    Scope,
)
from tests.fakes.relations import a_grant

LIN: Final = Person(id="lin", display_name="Lin", role=Role.CAREGIVER)
MEI: Final = Person(id="mei", display_name="Mei", role=Role.CLINICIAN)
ADA: Final = Person(id="ada", display_name="Ada", role=Role.ADMINISTRATOR)
WEI: Final = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id="wei")
EVERYONE: Final = (LIN, MEI, ADA, WEI)
VITALS: Final = frozenset({Scope.VITALS})


def tie(basis: Basis = Basis.GRANT, scopes: frozenset[Scope] = EVERYTHING) -> Tie:
    return Tie(basis, scopes, 0, None)


def bases(related: Related, person: Person, patient_id: str, now_ms: int) -> list[Basis]:
    picture = Picture.of(replace(related, people=EVERYONE))
    return [one.basis for one in picture.in_force(person.id, patient_id, now_ms)]


def seen_at(related: Related, person: Person, *times_ms: int) -> list[bool]:
    return [bases(related, person, "wei", now_ms) != [] for now_ms in times_ms]


def test_nobody_is_tied_to_anybody_but_themselves() -> None:
    nothing = Related(epoch=1)
    assert bases(nothing, WEI, "wei", 1) == [Basis.SELF]
    assert [bases(nothing, one, "wei", 1) for one in (LIN, MEI, ADA)] == [[], [], []]
    assert bases(nothing, WEI, "ana", 1) == []


def test_a_grant_ties_for_its_time_and_not_once_it_is_taken_back() -> None:
    grant = a_grant("lin", "wei", 100, 200)
    assert seen_at(Related(epoch=1, grants=[grant]), LIN, 99, 100, 199, 200) == [False, True, True, False]
    assert seen_at(Related(epoch=1, grants=[replace(grant, revoked_ms=150)]), LIN, 120, 160) == [False] * 2
    assert bases(Related(epoch=1, grants=[grant]), LIN, "ana", 150) == []


def test_a_member_sees_what_is_granted_to_the_team_while_both_hold() -> None:
    member = Membership(id="m", team_id="night", person_id="lin", from_ms=50, until_ms=150, added_by="ada")
    grant = a_grant(None, "wei", 100, 200, team_id="night", scopes=VITALS)
    related = Related(epoch=1, grants=[grant], memberships=[member])
    assert seen_at(related, LIN, 60, 99, 100, 149, 150) == [False, False, True, True, False]
    assert seen_at(replace(related, memberships=[replace(member, until_ms=None)]), LIN, 199, 200) == [
        True,
        False,
    ]
    assert not any(seen_at(replace(related, memberships=[replace(member, team_id="day")]), LIN, 120))
    assert not any(seen_at(replace(related, grants=[replace(grant, revoked_ms=1)]), LIN, 120))
    assert not any(seen_at(related, MEI, 120))


def test_a_proxy_acts_until_the_day_that_ends_it() -> None:
    parent = Proxy(
        id="x",
        patient_id="wei",
        person_id="lin",
        kind=Guardianship.PARENT,
        from_ms=0,
        until_ms=18,
        made_by="operator",
    )
    related = Related(epoch=1, proxies=[parent])
    assert seen_at(related, LIN, 0, 17, 18) == [True, True, False]
    assert not any(seen_at(replace(related, proxies=[replace(parent, revoked_ms=3)]), LIN, 5))


def test_broken_glass_ties_for_its_time_and_opens_no_genes() -> None:
    broken = GlassBreak(
        id="b", patient_id="wei", person_id="mei", reason="unconscious", from_ms=10, until_ms=20
    )
    related = Related(epoch=1, broken=[broken])
    assert seen_at(related, MEI, 9, 10, 19, 20) == [False, True, True, False]
    (only,) = Picture.of(replace(related, people=EVERYONE)).in_force("mei", "wei", 15)
    assert Scope.GENOME not in only.scopes


def test_who_is_no_longer_known_is_tied_to_nobody() -> None:
    related = Related(epoch=1, people=[MEI], grants=[a_grant("lin", "wei")])
    assert Picture.of(related).in_force("lin", "wei", 5) == []
    assert Picture.of(related).people_tied_to("wei") == ()


def test_a_picture_knows_who_is_tied_to_whom_both_ways() -> None:
    grants = [a_grant("mei", "wei"), a_grant("lin", "wei"), a_grant("lin", "ana")]
    picture = Picture.of(Related(epoch=1, people=EVERYONE, grants=grants))
    assert [one.id for one in picture.people_tied_to("wei")] == ["lin", "mei", "u-wei"]
    assert sorted(picture.patients_tied_to("lin")) == ["ana", "wei"]
    assert picture.people_tied_to("nobody") == ()
    assert not picture.patients_tied_to("nobody")


@pytest.mark.parametrize(
    ("ties", "role", "need", "verdict"),
    [
        ([], Role.ADMINISTRATOR, Need(), Verdict.NO_RELATION),
        ([tie(scopes=frozenset())], Role.CAREGIVER, Need(), Verdict.NO_RELATION),
        ([tie(scopes=VITALS)], Role.CAREGIVER, Need(), Verdict.ALLOWED),
        ([tie(scopes=VITALS)], Role.CAREGIVER, Need(scopes=VITALS), Verdict.ALLOWED),
        ([tie(scopes=VITALS)], Role.CAREGIVER, Need(scopes=EVERYTHING), Verdict.NOT_IN_SCOPE),
        (
            [tie(scopes=frozenset({one})) for one in Scope],
            Role.CAREGIVER,
            Need(scopes=EVERYTHING),
            Verdict.ALLOWED,
        ),
        (
            [tie(Basis.GLASS)],
            Role.CLINICIAN,
            Need(bases=frozenset({Basis.GRANT})),
            Verdict.NOT_BY_SUCH_A_RELATION,
        ),
        (
            [tie(Basis.GLASS), tie(Basis.GRANT, VITALS)],
            Role.CLINICIAN,
            Need(scopes=frozenset({Scope.ALERTS}), bases=frozenset({Basis.GRANT})),
            Verdict.NOT_BY_SUCH_A_RELATION,
        ),
        ([tie()], Role.CAREGIVER, Need(roles=frozenset({Role.CLINICIAN})), Verdict.NOT_IN_SUCH_A_ROLE),
        ([tie()], None, Need(), Verdict.NOT_IN_SUCH_A_ROLE),
    ],
)
def test_a_decision_says_why(ties: list[Tie], role: Role | None, need: Need, verdict: Verdict) -> None:
    assert decide(ties, role, need).verdict is verdict


def test_limits_take_away_and_give_nothing() -> None:
    vitals_only = Limits(scopes=VITALS, read_only=False)
    reading_only = Limits(scopes=EVERYTHING)
    alerts = Need(scopes=frozenset({Scope.ALERTS}))
    change = Need(changes=True)
    assert decide([tie()], Role.CAREGIVER, alerts, vitals_only).verdict is Verdict.NOT_IN_SCOPE
    assert decide([tie(scopes=alerts.scopes)], Role.CAREGIVER, Need(), vitals_only).verdict is (
        Verdict.NO_RELATION
    )
    assert decide([], Role.CAREGIVER, Need(), reading_only).verdict is Verdict.NO_RELATION
    assert decide([tie()], Role.CAREGIVER, change, reading_only).verdict is Verdict.READ_ONLY
    assert decide([tie()], Role.CAREGIVER, Need(), reading_only).is_allowed
    assert decide([tie()], Role.CAREGIVER, change, vitals_only).scopes == VITALS


def test_a_token_for_one_patient_is_good_for_no_other() -> None:
    picture = Picture.of(
        Related(epoch=1, people=EVERYONE, grants=[a_grant("lin", "wei"), a_grant("lin", "ana")])
    )
    of_wei = Limits(scopes=EVERYTHING, patient_id="wei")
    verdicts = [picture.decide("lin", each, Need(), 5, of_wei).verdict for each in ("wei", "ana")]
    assert verdicts == [Verdict.ALLOWED, Verdict.NO_RELATION]


def test_broken_glass_opens_nothing_to_who_is_a_clinician_no_longer() -> None:
    broken = GlassBreak(id="b", patient_id="wei", person_id="lin", reason="x", from_ms=0, until_ms=9)
    assert Picture.of(Related(epoch=1, people=EVERYONE, broken=[broken])).in_force("lin", "wei", 5) == []


def test_what_broken_glass_opens_is_for_looking_and_answering_and_changes_nothing_that_lasts() -> None:
    by_glass = [tie(Basis.GLASS, GLASS_SCOPES)]
    allowed = {
        policy
        for policy, row in POLICIES.items()
        if row.need is not None and decide(by_glass, Role.CLINICIAN, row.need).is_allowed
    }
    assert {Policy.PATIENT_VITALS, Policy.PATIENT_WAVEFORMS, Policy.PATIENT_ALERTS} <= allowed
    assert not allowed & {Policy.PATIENT_TREATED, Policy.PATIENT_ALERTS_SET}
