"""What every book of facts keeps. An adapter's test module derives the class and gives it `facts`."""

import threading
from dataclasses import fields, replace
from typing import Any

import pytest

from cloud.ports import FactBook, FactNote
from cloud.storage.relational.database import insert_numbered
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.tables import fact_note


def said(name: str = "consciousness", value: object = "alert", **changes: Any) -> FactNote:
    fields: dict[str, Any] = {
        "patient_id": "wei",
        "from_ms": 10,
        "until_ms": None,
        "author_id": "u-doctor",
        "made_ms": 20,
    }
    return FactNote(name=name, value=value, **fields | changes)


class FactBookContract:
    """Notes are kept as they were said, in their order, for ever."""

    def test_a_note_comes_back_as_it_was_said_with_a_number(self, facts: FactBook) -> None:
        note = facts.note(said(until_ms=99))
        assert note == said(until_ms=99, number=note.number)
        assert note.number > 0
        assert facts.of(["wei"]) == {"wei": [note]}

    @pytest.mark.parametrize("value", [True, False, "confused", "1948-03-21", 2, 1.5, None])
    def test_every_json_value_is_kept_as_it_is(self, facts: FactBook, value: object) -> None:
        facts.note(said(value=value))
        (kept,) = facts.of(["wei"])["wei"]
        assert kept.value == value
        assert type(kept.value) is type(value)

    def test_what_is_said_later_comes_after_and_changes_nothing_said_before(self, facts: FactBook) -> None:
        first, second = facts.note(said()), facts.note(said(value="voice", made_ms=15))
        assert facts.of(["wei"]) == {"wei": [first, second]}
        assert first.number < second.number

    def test_the_notes_of_each_are_told_and_nothing_of_others(self, facts: FactBook) -> None:
        of_wei, of_ana = facts.note(said()), facts.note(replace(said(), patient_id="ana"))
        assert facts.of(["wei", "ana", "nobody"]) == {"wei": [of_wei], "ana": [of_ana]}
        assert facts.of(["nobody"]) == facts.of([]) == {}

    def test_more_patients_than_one_question_holds_are_all_told(self, facts: FactBook) -> None:
        facts.note(said(patient_id="p-0"))
        facts.note(said(patient_id="p-1199"))
        assert facts.of([f"p-{number}" for number in range(1200)]).keys() == {"p-0", "p-1199"}

    def test_the_revision_rises_with_every_note_of_anybody(self, facts: FactBook) -> None:
        seen = [facts.revision()]
        for who in ("wei", "ana", "wei"):
            facts.note(said(patient_id=who))
            seen.append(facts.revision())
        assert seen == sorted(set(seen))


class RelationalFactBookContract(FactBookContract):
    """Beside that, of the book in a relational `store`: a revision tells of everything below it."""

    @pytest.fixture
    def facts(self, store: Relational) -> FactBook:
        return store.facts

    def test_a_revision_is_not_told_while_a_note_below_it_is_still_to_come(self, store: Relational) -> None:
        before, made = store.facts.revision(), list[FactNote]()
        other = threading.Thread(target=lambda: made.append(store.facts.note(said())))
        row = {each.name: getattr(said(), each.name) for each in fields(FactNote) if each.name != "number"}
        with store.database.write() as connection:
            first = insert_numbered(connection, fact_note, row)
            other.start()
            other.join(0.5)
            assert store.facts.revision() == before
        other.join(20)
        assert made[0].number > first

    def test_a_number_is_not_given_again_after_a_patient_was_erased(self, store: Relational) -> None:
        store.facts.note(said())
        erased = store.facts.note(said(patient_id="ana"))
        store.forgetting.forget("ana")
        assert store.facts.of(["ana"]) == {}
        assert store.facts.note(said()).number > erased.number
