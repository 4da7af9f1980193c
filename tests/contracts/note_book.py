"""What every book of clinical notes keeps. An adapter's test module derives it and gives it `notes`."""

from typing import Any

import pytest

from cloud.ports import ClinicalNote, NoteBook
from cloud.storage.relational.opening import Relational

__all__ = ["NoteBookContract", "RelationalNoteBookContract", "a_note"]


def a_note(number: int = 1, **changes: Any) -> ClinicalNote:
    fields: dict[str, Any] = {
        "id": f"note-{number}",
        "patient_id": "wei",
        "text": f"Slept well, {number}.\nEats little.",
        "author_id": "u-doctor",
        "made_ms": 10 * number,
    }
    return ClinicalNote(**fields | changes)


class NoteBookContract:
    """Notes are kept as they were written, newest first, for ever."""

    def test_a_note_comes_back_as_it_was_written_with_a_number(self, notes: NoteBook) -> None:
        kept = notes.write(a_note())
        assert kept.number > 0
        assert notes.of("wei", 9) == (kept,)
        assert (kept.text, kept.author_id, kept.made_ms) == ("Slept well, 1.\nEats little.", "u-doctor", 10)

    def test_the_newest_come_first_and_no_more_than_asked_for(self, notes: NoteBook) -> None:
        written = [notes.write(a_note(number)) for number in (1, 2, 3)]
        assert notes.of("wei", 2) == (written[2], written[1])

    def test_of_others_nothing_is_told(self, notes: NoteBook) -> None:
        notes.write(a_note())
        assert notes.of("ana", 9) == ()


class RelationalNoteBookContract(NoteBookContract):
    """Beside that, of the book in a relational `store`."""

    @pytest.fixture
    def notes(self, store: Relational) -> NoteBook:
        return store.notes

    def test_who_is_erased_leaves_no_note_and_no_number_is_given_again(self, store: Relational) -> None:
        store.notes.write(a_note(1))
        erased = store.notes.write(a_note(2, patient_id="ana"))
        store.forgetting.forget("ana")
        assert store.notes.of("ana", 9) == ()
        assert store.notes.write(a_note(3)).number > erased.number

    def test_that_a_note_was_written_is_on_the_ledger_and_not_what_it_says(self, store: Relational) -> None:
        store.notes.write(a_note(7, text="told nobody else"))
        store.ledger.enter()
        said = [one.about for one in store.ledger_book.entries(0, 9) if one.about]
        assert any("note-7" in about for about in said)
        assert not any("told nobody" in about for about in said)
