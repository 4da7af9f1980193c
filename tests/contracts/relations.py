"""What every store of relations keeps to: nothing is lost of what was granted, and each change is noticed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from cloud.access.errors import NotOpenError
from cloud.access.gatekeeper import Gatekeeper
from cloud.access.glass import MOST_BREAKS, TooManyBrokenError
from cloud.access.relations import Need
from cloud.alerts.record_opened import RECORD_OPENED
from cloud.bootstrap.access import RelationDesks, relation_desks_over
from cloud.config import EmergencySettings
from cloud.ports import EVERYTHING, Guardianship, Person, Priority, Role, Scope
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.tables import ledger_waiting
from tests.fakes.clock import FakeClock
from tests.fakes.relations import a_grant
from vitals.errors import StorageError, ValidationError

VITALS = frozenset({Scope.VITALS})
CLOCK = FakeClock()
MEDIC = Person(id="medic", display_name="Mo", role=Role.CLINICIAN)
CARER = Person(id="carer", display_name="Sam", role=Role.CAREGIVER)


def seen_by(people: Relational, person: Person, now_ms: int) -> set[str]:
    """Return the patients whose vital signs are open to a person, as one decides who has just begun to."""
    gatekeeper = Gatekeeper(
        reader=people.relations, wall_ms=lambda: now_ms, monotonic_s=FakeClock().monotonic_s
    )
    patients = ("wei", "ana", "nobody")
    return {each for each in patients if gatekeeper.may_see(person, each, Scope.VITALS, now_ms)}


CHANGES: dict[str, Callable[[Relational], None]] = {
    "a grant": lambda store: store.relations.give(a_grant("carer", "wei")),
    "a person": lambda store: store.directory.add_person(CARER),
    "a patient forgotten": lambda store: store.forgetting.forget("wei") and None,
}


def deeds(people: Relational) -> list[tuple[str, str, str | None]]:
    """Return what was written down for the ledger: deed, actor and patient."""
    with people.database.read() as connection:
        rows = connection.execute(select(ledger_waiting).order_by(ledger_waiting.c.id))
        return [(row.deed, row.actor, row.patient_id) for row in rows]


def opened_to(desks: RelationDesks, person_id: str) -> frozenset[Scope]:
    """Return which scopes of Wei are open to somebody by the desks' own gatekeeper."""
    return desks.sharing.gatekeeper.decide(person_id, "wei", Need(), CLOCK.wall_ms()).scopes


class RelationsContract:
    """Grants are in force for their time, are taken back for good, and stay on record."""

    def test_without_a_grant_nobody_is_seen_but_by_themselves(self, people: Relational) -> None:
        everyone = people.relations.related(1).people
        assert {one.id: seen_by(people, one, 1) for one in everyone} == {
            one.id: {one.patient_id} - {None} for one in everyone
        }

    def test_a_grant_holds_from_its_start_until_just_before_its_end(self, people: Relational) -> None:
        people.relations.give(a_grant("carer", "wei", 100, 200))
        assert [seen_by(people, CARER, t) for t in (99, 100, 199, 200)] == [set(), {"wei"}, {"wei"}, set()]

    def test_a_grant_without_an_end_holds(self, people: Relational) -> None:
        people.relations.give(a_grant("carer", "wei", 100, None))
        people.relations.give(a_grant("carer", "ana", 100, None))
        assert seen_by(people, CARER, 10**13) == {"wei", "ana"}

    def test_what_was_taken_back_opens_nothing_and_stays_on_record(self, people: Relational) -> None:
        first, second = a_grant("carer", "wei", 1, 9, scopes=VITALS), a_grant("carer", "wei", 2)
        people.relations.give(first)
        people.relations.give(second)
        assert people.relations.revoke(second, 50, "p-wei")
        assert not people.relations.revoke(second, 60, "somebody else")
        assert seen_by(people, CARER, 40) == set()
        newest, oldest = people.relations.grants_of("wei")
        assert (newest.id, newest.revoked_ms, newest.revoked_by) == (second.id, 50, "p-wei")
        assert oldest == first

    def test_the_newer_of_two_grants_takes_nothing_from_the_older(self, people: Relational) -> None:
        people.relations.give(a_grant("carer", "wei", 0, None))
        people.relations.give(a_grant("carer", "wei", 0, 10))
        assert seen_by(people, CARER, 50) == {"wei"}

    @pytest.mark.parametrize(("person", "patient"), [("nobody", "wei"), ("carer", "nobody"), (None, "wei")])
    def test_a_grant_to_or_of_a_stranger_is_refused(
        self, people: Relational, person: str | None, patient: str
    ) -> None:
        before = people.relations.epoch()
        with pytest.raises(StorageError):
            people.relations.give(a_grant(person, patient))
        assert people.relations.epoch() == before

    @pytest.mark.parametrize("change", CHANGES)
    def test_every_change_raises_the_epoch(self, people: Relational, change: str) -> None:
        before = people.relations.epoch()
        CHANGES[change](people)
        assert people.relations.epoch() > before
        assert people.relations.related(1).epoch == people.relations.epoch()

    def test_who_is_over_or_taken_back_is_not_read_for_decisions(self, people: Relational) -> None:
        over, back, later = (
            a_grant("carer", "wei", 0, 10),
            a_grant("carer", "wei"),
            a_grant("carer", "wei", 99),
        )
        for one in (over, back, later):
            people.relations.give(one)
        people.relations.revoke(back, 5, "p-wei")
        assert [one.id for one in people.relations.related(10).grants] == [later.id]

    def test_what_is_given_and_taken_back_by_a_desk_is_in_force_at_once_and_on_the_ledger(
        self, people: Relational
    ) -> None:
        desks = relation_desks_over(people, CLOCK)
        grant = desks.sharing.give("wei", person_id="carer", scopes=VITALS, by="p-wei")
        assert opened_to(desks, "carer") == VITALS
        assert desks.sharing.take_back(grant, "p-wei")
        assert not desks.sharing.take_back(grant, "p-wei")
        assert opened_to(desks, "carer") == frozenset()
        assert deeds(people) == [("granted", "p-wei", "wei"), ("revoked", "p-wei", "wei")]

    def test_a_link_opens_what_it_offers_once_to_whoever_takes_it_up(self, people: Relational) -> None:
        desks = relation_desks_over(people, CLOCK)
        token = desks.offers.make("wei", VITALS, None, "p-wei")
        assert desks.offers.take_up("guessed", "carer") is None
        assert desks.offers.take_up(token, "carer") is not None
        assert desks.offers.take_up(token, "admin") is None
        assert (opened_to(desks, "carer"), opened_to(desks, "admin")) == (VITALS, frozenset())
        assert desks.offers.waiting("wei") == []

    def test_a_link_that_was_taken_back_or_whose_maker_may_share_no_more_opens_nothing(
        self, people: Relational
    ) -> None:
        desks = relation_desks_over(people, CLOCK)
        taken_back = desks.offers.make("wei", VITALS, None, "p-wei")
        (waiting,) = desks.offers.waiting("wei")
        assert not desks.offers.take_back("ana", waiting.id)
        assert desks.offers.take_back("wei", waiting.id)
        assert desks.offers.take_up(taken_back, "carer") is None
        by_a_former_proxy = desks.offers.make("wei", VITALS, None, "admin")
        assert desks.offers.take_up(by_a_former_proxy, "carer") is None
        assert people.relations.grants_of("wei") == []

    def test_who_acts_for_a_patient_until_a_day_gives_themselves_nothing_that_lasts_beyond_it(
        self, people: Relational
    ) -> None:
        desks = relation_desks_over(people, CLOCK)
        desks.proxies.make("wei", "carer", Guardianship.PARENT, CLOCK.wall_ms() + 1, "operator")
        token = desks.offers.make("wei", EVERYTHING, None, "carer")
        with pytest.raises(NotOpenError, match="hand it"):
            desks.offers.take_up(token, "carer")
        assert people.relations.grants_of("wei") == []
        assert desks.offers.take_up(token, "admin") is not None

    def test_who_joins_a_team_sees_what_is_open_to_it_and_who_leaves_does_not(
        self, people: Relational
    ) -> None:
        desks = relation_desks_over(people, CLOCK)
        team = desks.teams.make("Night", "admin")
        desks.sharing.give("wei", team_id=team.id, scopes=VITALS, by="p-wei")
        with pytest.raises(ValidationError, match="nobody puts themselves"):
            desks.teams.add(team, "admin", "admin")
        member = desks.teams.add(team, "carer", "admin")
        with pytest.raises(ValidationError, match="already"):
            desks.teams.add(team, "carer", "admin")
        assert opened_to(desks, "carer") == VITALS
        assert desks.teams.remove(member, "admin")
        assert not desks.teams.remove(member, "admin")
        assert opened_to(desks, "carer") == frozenset()
        assert [one.person_id for one in desks.teams.members(team.id)] == ["carer"]
        assert deeds(people).count(("team-changed", "admin", "wei")) == 2

    def test_a_team_that_was_ended_is_empty_and_nobody_joins_it(self, people: Relational) -> None:
        desks = relation_desks_over(people, CLOCK)
        team = desks.teams.make("Night", "admin")
        desks.sharing.give("wei", team_id=team.id, scopes=VITALS, by="p-wei")
        desks.teams.add(team, "carer", "admin")
        assert desks.teams.patients(team.id) == ["wei"]
        assert desks.teams.end(team, "admin")
        assert not desks.teams.end(team, "admin")
        assert opened_to(desks, "carer") == frozenset()
        with pytest.raises(ValidationError, match="was ended"):
            desks.teams.add(team, "carer", "admin")
        assert (desks.teams.all(), desks.teams.current(team.id)) == ([], [])
        assert [one.ended_by for one in [desks.teams.team(team.id)] if one] == ["admin"]

    def test_a_proxy_acts_for_the_patient_until_it_is_ended(self, people: Relational) -> None:
        desks = relation_desks_over(people, CLOCK)
        with pytest.raises(ValidationError, match="18th birthday"):
            desks.proxies.make("wei", "carer", Guardianship.PARENT, None, "operator")
        proxy = desks.proxies.make("wei", "carer", Guardianship.GUARDIAN, None, "operator")
        assert desks.sharing.may_share("carer", "wei")
        assert desks.proxies.end(proxy, "operator")
        assert not desks.proxies.end(proxy, "operator")
        assert not desks.sharing.may_share("carer", "wei")
        assert [one.revoked_by for one in desks.proxies.of("wei")] == ["operator"]

    def test_broken_glass_opens_tells_and_is_written_down_together_or_not_at_all(
        self, people: Relational
    ) -> None:
        people.directory.add_person(MEDIC)
        desks = relation_desks_over(people, CLOCK)
        with pytest.raises(StorageError):
            desks.glass.break_("nobody", MEDIC, "found unconscious", 30)
        assert (deeds(people), people.glass.breaks(9)) == ([], [])
        broken = desks.glass.break_("wei", MEDIC, "found unconscious", 30)
        assert opened_to(desks, MEDIC.id) == EVERYTHING - {Scope.GENOME}
        (alert,) = people.alerts.alerts_of("wei", open_only=True, limit=9)
        assert (alert.condition, alert.priority) == (RECORD_OPENED, Priority.HIGH)
        assert [one.alert_id for one in people.alerts.due(CLOCK.wall_ms())] == [alert.id]
        assert sorted(deeds(people)) == [
            ("alert-decided", "service", "wei"),
            ("broke-glass", MEDIC.id, "wei"),
        ]
        assert people.glass.breaks_of("wei") == [broken]
        assert desks.glass.answers_for_themselves(MEDIC.id, "wei", alert.began_ms)
        assert not desks.glass.answers_for_themselves("carer", "wei", alert.began_ms)

    def test_each_time_the_glass_is_broken_is_told_and_no_more_than_a_few_are_open_at_once(
        self, people: Relational
    ) -> None:
        people.directory.add_person(MEDIC)
        desks = relation_desks_over(people, CLOCK)
        for _ in range(MOST_BREAKS):
            desks.glass.break_("wei", MEDIC, "found unconscious", 30)
        with pytest.raises(TooManyBrokenError, match="end one first"):
            desks.glass.break_("wei", MEDIC, "found unconscious", 30)
        assert len(people.alerts.alerts_of("wei", open_only=True, limit=9)) == MOST_BREAKS

    def test_no_more_are_open_at_once_though_many_are_broken_in_the_same_moment(
        self, people: Relational
    ) -> None:
        people.directory.add_person(MEDIC)
        glass = relation_desks_over(people, CLOCK).glass
        start = threading.Barrier(MOST_BREAKS + 2)

        def broken(patient_id: str) -> bool:
            start.wait()
            try:
                glass.break_(patient_id, MEDIC, "found unconscious", 30)
            except TooManyBrokenError:
                return False
            return True

        with ThreadPoolExecutor(MOST_BREAKS + 2) as pool:
            wanted = ["wei", "ana"] * MOST_BREAKS
            done = [*pool.map(broken, wanted[: MOST_BREAKS + 2])]
        assert sum(done) == len(glass.by(MEDIC.id)) == MOST_BREAKS

    @pytest.mark.parametrize(
        ("reason", "minutes"), [("x", 30), ("          ", 30), ("an emergency", 0), ("an emergency", 241)]
    )
    def test_glass_is_not_broken_without_a_reason_or_for_longer_than_may_be(
        self, people: Relational, reason: str, minutes: int
    ) -> None:
        people.directory.add_person(MEDIC)
        with pytest.raises(ValidationError):
            relation_desks_over(people, CLOCK).glass.break_("wei", MEDIC, reason, minutes)
        assert people.glass.breaks(9) == []

    def test_what_was_broken_is_reviewed_by_somebody_else_once_those_who_wait_first(
        self, people: Relational
    ) -> None:
        people.directory.add_person(MEDIC)
        glass = relation_desks_over(people, CLOCK).glass
        first = glass.break_("wei", MEDIC, "found unconscious", 30)
        second = glass.break_("ana", MEDIC, "does not answer", 30)
        with pytest.raises(ValidationError, match="ask another"):
            glass.review(first, MEDIC.id)
        assert glass.review(first, "admin")
        assert not glass.review(first, "admin")
        assert [one.id for one in glass.all(9)] == [second.id, first.id]
        assert glass.review(first, "carer", for_owner=True)
        assert not glass.review(first, "carer", for_owner=True)
        kept = glass.broken(first.id)
        assert kept is not None
        assert (kept.reviewed_by, kept.owner_reviewed_by) == ("admin", "carer")
        assert deeds(people).count(("reviewed-glass", "admin", "wei")) == 1

    def test_so_many_are_opened_in_a_day_and_then_no_more(self, people: Relational) -> None:
        people.directory.add_person(MEDIC)
        clock = FakeClock()
        few = EmergencySettings(most_a_day=2, call="the duty manager")
        glass = relation_desks_over(people, clock, emergency=few).glass
        for _ in range(2):
            broken = glass.break_("wei", MEDIC, "found unconscious", 30)
            clock.advance(1)
            assert glass.end(broken)
        with pytest.raises(TooManyBrokenError, match="call the duty manager"):
            glass.break_("ana", MEDIC, "found unconscious", 30)
        clock.advance(24 * 3_600)
        assert glass.break_("ana", MEDIC, "found unconscious", 30)
