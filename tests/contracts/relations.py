"""What every store of relations keeps to: nothing is lost of what was granted, and each change is noticed."""

from collections.abc import Callable

import pytest

from cloud.access.gatekeeper import Gatekeeper
from cloud.ports import Person, Role, Scope
from cloud.storage.relational.opening import Relational
from tests.fakes.clock import FakeClock
from tests.fakes.relations import a_grant
from vitals.errors import StorageError

VITALS = frozenset({Scope.VITALS})
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
