"""What every book of erasures keeps, and what asking for one does besides, all of it or nothing.

A test module's class gives a `book`, or an open `store`.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cloud.access.sharing import Sharing
from cloud.alerts.erasure_told import ERASURE_ASKED, ErasureTold
from cloud.bootstrap.access import RelationDesks, relation_desks_over
from cloud.bootstrap.erasing import erasure_desk_over
from cloud.erasing.desk import LATE_MS, WAITING_MS, ErasureDesk
from cloud.ports import (
    OPERATOR,
    AlertState,
    Erasure,
    ErasureBook,
    ErasureState,
    Guardianship,
    OvertakenError,
)
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import CARER, WEI_HERSELF, people
from tests.contracts.relations import deeds
from tests.fakes.clock import FakeClock
from vitals.errors import StorageError

__all__ = ["people"]

ASKED = Erasure(reference="ref-1", patient_id="wei", asked_by="p-wei", asked_ms=1, due_ms=10)


class ErasureBookContract:
    """One erasure of a patient is open at a time; what ended is known by its reference and names nobody."""

    def test_asked_for_twice_it_is_one(self, book: ErasureBook) -> None:
        assert book.ask(ASKED) == ASKED
        assert book.ask(replace(ASKED, reference="ref-2")) == ASKED
        assert book.of("wei") == book.by_reference("ref-1") == ASKED
        assert book.by_reference("ref-2") is None

    def test_what_waits_is_due_at_its_time_and_what_has_begun_comes_first(self, book: ErasureBook) -> None:
        book.ask(ASKED)
        book.ask(replace(ASKED, reference="ref-2", patient_id="ana", due_ms=5))
        assert [one.reference for one in book.due(9)] == ["ref-2"]
        assert book.begin("ref-1")
        assert [one.reference for one in book.due(10)] == ["ref-1", "ref-2"]

    def test_what_was_called_off_is_over_and_the_patient_may_be_asked_for_anew(
        self, book: ErasureBook
    ) -> None:
        book.ask(ASKED)
        assert book.call_off("ref-1", ErasureState.WITHHELD, 7)
        assert not book.call_off("ref-1", ErasureState.CANCELLED, 8)
        assert not book.begin("ref-1")
        assert (book.of("wei"), list(book.due(99))) == (None, [])
        ended = replace(ASKED, state=ErasureState.WITHHELD, ended_ms=7, patient_id=None)
        assert book.by_reference("ref-1") == ended
        assert book.ask(replace(ASKED, reference="ref-2")).reference == "ref-2"

    def test_what_was_put_off_is_due_later_and_what_has_begun_is_put_off_no_more(
        self, book: ErasureBook
    ) -> None:
        book.ask(ASKED)
        assert book.put_off("ref-1", 50)
        assert ([one.due_ms for one in book.due(50)], list(book.due(49))) == ([50], [])
        assert book.begin("ref-1")
        assert not book.put_off("ref-1", 60)
        assert [one.due_ms for one in book.due(50)] == [50]

    def test_what_has_begun_cannot_be_called_off_nor_begun_again(self, book: ErasureBook) -> None:
        book.ask(ASKED)
        assert book.begin("ref-1")
        assert not book.begin("ref-1")
        assert not book.call_off("ref-1", ErasureState.CANCELLED, 7)
        assert book.of("wei") == replace(ASKED, state=ErasureState.BEGUN)

    def test_what_went_adds_up_and_the_end_names_nobody(self, book: ErasureBook) -> None:
        book.ask(ASKED)
        book.begin("ref-1")
        book.note("ref-1", {"alert": 2}, ["porch"])
        book.note("ref-1", {"alert": 1, "strip": 4}, ["hallway", "porch"])
        book.end("ref-1", 20)
        done = book.by_reference("ref-1")
        assert done is not None
        assert (done.state, done.patient_id, done.ended_ms) == (ErasureState.DONE, None, 20)
        assert dict(done.rows) == {"alert": 3, "strip": 4}
        assert list(done.gateways) == ["hallway", "porch"]
        assert (book.of("wei"), list(book.due(99))) == (None, [])


class House:
    """The desk over a store, and the desks of who may see what."""

    def __init__(self, store: Relational) -> None:
        self.store = store
        self.clock = FakeClock()
        self.relations: RelationDesks = relation_desks_over(store, self.clock)
        self.desk: ErasureDesk = erasure_desk_over(store, self.clock, self.sharing.gatekeeper)

    @property
    def sharing(self) -> Sharing:
        return self.relations.sharing

    def alerts(self) -> dict[str, AlertState]:
        """Return how each alert about Wei's record stands."""
        found = self.store.alerts.alerts_of("wei", open_only=False, limit=9)
        return {one.condition: one.state for one in found}

    def due(self) -> Erasure:
        """Return what is due once the days have passed."""
        self.clock.advance(WAITING_MS / 1000)
        (due,) = self.store.erasures.due(self.clock.wall_ms())
        return due


class ErasuresContract:
    """Asked for, taken back, and looked at once more when it is due: each told and entered, or not done."""

    @pytest.fixture
    def house(self, people: Relational) -> House:
        return House(people)

    def test_what_is_asked_for_is_entered_and_told_at_once_and_waits(self, house: House) -> None:
        asked = house.desk.ask("wei", WEI_HERSELF)
        assert asked.due_ms - asked.asked_ms == WAITING_MS
        assert house.desk.ask("wei", CARER) == asked
        assert house.desk.waiting("wei") == asked
        assert house.alerts() == {ERASURE_ASKED: AlertState.LATCHED}
        assert sorted(deeds(house.store)) == [
            ("alert-decided", "service", "wei"),
            ("erasure-asked", "p-wei", "wei"),
        ]
        (alert,) = house.store.alerts.alerts_of("wei", open_only=True, limit=9)
        assert (alert.explanation["reason"], alert.explanation["hold_s"]) == ("patient", 7 * 86_400)
        assert [one.alert_id for one in house.store.alerts.due(house.clock.wall_ms())] == [alert.id]

    def test_taken_back_it_is_over_for_everybody_who_was_told(self, house: House) -> None:
        house.relations.proxies.make("wei", CARER.id, Guardianship.GUARDIAN, None, OPERATOR)
        house.desk.ask("wei", WEI_HERSELF)
        assert house.desk.take_back("wei", CARER)
        assert not house.desk.take_back("wei", CARER)
        assert house.desk.waiting("wei") is None
        assert house.alerts() == {ERASURE_ASKED: AlertState.RESOLVED}
        assert ("erasure-taken-back", CARER.id, "wei") in deeds(house.store)
        house.clock.advance(WAITING_MS / 1000)
        assert list(house.store.erasures.due(house.clock.wall_ms())) == []

    @pytest.mark.parametrize("what", ["told", "entered"])
    def test_what_cannot_be_told_or_entered_is_not_asked_for(
        self, house: House, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise StorageError("the disk is full")

        target = (ErasureTold, "_change") if what == "told" else (type(house.store.ledger), "append")
        with monkeypatch.context() as patched:
            patched.setattr(*target, refuse)
            with pytest.raises(StorageError):
                house.desk.ask("wei", WEI_HERSELF)
        assert house.desk.waiting("wei") is None
        assert (house.alerts(), deeds(house.store)) == ({}, [])

    def test_whoever_judges_the_patient_meanwhile_does_not_keep_it_from_being_told(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commit, overtaken = type(house.store.alerts).commit, iter([OvertakenError("changed")])

        def commit_late(*given: object, **named: object) -> None:
            for error in overtaken:
                raise error
            commit(*given, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(type(house.store.alerts), "commit", commit_late)
        house.desk.ask("wei", WEI_HERSELF)
        assert house.alerts() == {ERASURE_ASKED: AlertState.LATCHED}
        assert [deed for deed, _, _ in deeds(house.store)].count("erasure-asked") == 1

    @pytest.mark.parametrize("how", ["the proxy was ended", "the account was closed"])
    def test_due_and_asked_for_by_somebody_who_may_no_longer_ask_it_is_not_done_but_told(
        self, house: House, how: str
    ) -> None:
        proxy = house.relations.proxies.make("wei", CARER.id, Guardianship.GUARDIAN, None, OPERATOR)
        asked = house.desk.ask("wei", CARER)
        lose: dict[str, Callable[[], object]] = {
            "the proxy was ended": lambda: house.relations.proxies.end(proxy, OPERATOR),
            "the account was closed": lambda: house.store.accounts.close_account(
                CARER.id, house.clock.wall_ms()
            ),
        }
        lose[how]()
        assert house.desk.withheld(house.due())
        ended = house.desk.by_reference(asked.reference)
        assert ended is not None
        assert (ended.state, ended.patient_id) == (ErasureState.WITHHELD, None)
        assert house.alerts() == {
            ERASURE_ASKED: AlertState.RESOLVED,
            "erasure-withheld": AlertState.LATCHED,
        }
        assert ("erasure-withheld", "service", "wei") in deeds(house.store)
        assert house.store.directory.patient("wei") is not None

    def test_due_and_asked_for_by_the_patient_or_who_still_acts_for_them_it_is_done(
        self, house: House
    ) -> None:
        house.desk.ask("wei", WEI_HERSELF)
        assert not house.desk.withheld(house.due())
        house.desk.take_back("wei", WEI_HERSELF)
        house.relations.proxies.make("wei", CARER.id, Guardianship.GUARDIAN, None, OPERATOR)
        house.desk.ask("wei", CARER)
        assert not house.desk.withheld(house.due())

    def test_long_past_due_when_it_is_found_as_after_a_restore_it_waits_anew_and_is_told(
        self, house: House
    ) -> None:
        asked = house.desk.ask("wei", WEI_HERSELF)
        (told,) = house.store.alerts.alerts_of("wei", open_only=True, limit=9)
        house.clock.advance((WAITING_MS + LATE_MS) / 1000 + 1)
        (due,) = house.store.erasures.due(house.clock.wall_ms())
        assert house.desk.withheld(due)
        anew = house.desk.waiting("wei")
        assert anew == replace(asked, due_ms=house.clock.wall_ms() + WAITING_MS)
        assert house.alerts() == {ERASURE_ASKED: AlertState.LATCHED}
        assert told.id in {one.alert_id for one in house.store.alerts.due(house.clock.wall_ms())}
        assert not house.desk.withheld(house.due())

    def test_the_operator_takes_over_what_somebody_asked_for_who_may_ask_no_more(self, house: House) -> None:
        proxy = house.relations.proxies.make("wei", CARER.id, Guardianship.GUARDIAN, None, OPERATOR)
        asked = house.desk.ask("wei", CARER)
        house.relations.proxies.end(proxy, OPERATOR)
        now_ms = house.clock.wall_ms()
        mine = replace(asked, reference="mine", asked_by=OPERATOR, due_ms=now_ms)
        assert house.store.erasures.ask_now(mine) == replace(asked, asked_by=OPERATOR, due_ms=now_ms)
        (due,) = house.store.erasures.due(now_ms)
        assert not house.desk.withheld(due)
