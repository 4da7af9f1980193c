"""Notes: written by somebody, kept as they are, refused where they say nothing or cannot be shown."""

import pytest

from cloud.care.note_desk import LONGEST_NOTE, NoteDesk
from tests.contracts.note_book import NoteBookContract
from tests.fakes.clock import FakeClock
from tests.fakes.note_book import FakeNoteBook
from vitals.errors import ValidationError


@pytest.fixture
def notes() -> FakeNoteBook:
    return FakeNoteBook()


class TestFakeNoteBook(NoteBookContract):
    """The fake keeps the contract."""


@pytest.fixture
def desk(notes: FakeNoteBook) -> NoteDesk:
    return NoteDesk(book=notes, clock=FakeClock(wall=7_000.0), new_id=lambda: f"n-{len(notes.notes)}")


def test_a_note_names_who_wrote_it_and_when(desk: NoteDesk) -> None:
    written = desk.write("p-wei", "  Slept well.  \r\nEats little. ", by="u-doctor")
    assert (written.text, written.author_id, written.made_ms) == (
        "Slept well.\nEats little.",
        "u-doctor",
        7_000,
    )
    assert desk.newest("p-wei", 9) == (written,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" \n ", "write something"),
        ("x" * (LONGEST_NOTE + 1), f"at most {LONGEST_NOTE} characters"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_says_why(
    desk: NoteDesk, notes: FakeNoteBook, text: str, why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        desk.write("p-wei", text, by="u-doctor")
    assert notes.notes == []


@pytest.mark.parametrize("text", ["x" * LONGEST_NOTE, "a\tb", "محمد", "两行\n文字"])
def test_plain_text_of_any_writing_is_kept(desk: NoteDesk, text: str) -> None:
    assert desk.write("p-wei", text, by="u-doctor").text == text
