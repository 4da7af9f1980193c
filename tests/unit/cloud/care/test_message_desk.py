"""Messages: kept as they are, told of to the others, refused where they say nothing or cannot be shown."""

import pytest

from cloud.care.message_desk import LONGEST_MESSAGE, MessageDesk
from cloud.ports import PatientMessage
from tests.contracts.message_book import MessageBookContract
from tests.fakes.clock import FakeClock
from tests.fakes.message_book import FakeMessageBook
from vitals.errors import StorageError, ValidationError

Told = list[tuple[PatientMessage, PatientMessage | None]]


@pytest.fixture
def messages() -> FakeMessageBook:
    return FakeMessageBook()


@pytest.fixture
def told() -> Told:
    return []


class TestFakeMessageBook(MessageBookContract):
    """The fake keeps the contract."""


@pytest.fixture
def desk(messages: FakeMessageBook, told: Told) -> MessageDesk:
    return MessageDesk(
        book=messages,
        marks=messages,
        clock=FakeClock(wall=7_000.0),
        new_id=lambda: f"m-{len(messages.messages)}",
        notify=lambda message, before: told.append((message, before)),
    )


def test_a_message_names_who_wrote_it_and_when_and_is_told_of_with_the_one_before(
    desk: MessageDesk, told: Told
) -> None:
    first = desk.write("p-wei", "  I come at six.  \r\nBring tea. ", by="u-lin")
    assert (first.text, first.author_id, first.made_ms) == ("I come at six.\nBring tea.", "u-lin", 7_000)
    desk.write("p-ama", "Good morning.", by="u-lin")
    second = desk.write("p-wei", "Thank you.", by="u-wei")
    assert desk.newest("p-wei", 9) == (second, first)
    assert [(message.number, before) for message, before in told] == [(1, None), (2, None), (3, first)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" \n ", "write something"),
        ("x" * (LONGEST_MESSAGE + 1), f"at most {LONGEST_MESSAGE} characters"),
    ],
)
def test_what_cannot_be_kept_is_refused_says_why_and_is_told_to_nobody(
    desk: MessageDesk, messages: FakeMessageBook, told: Told, text: str, why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        desk.write("p-wei", text, by="u-lin")
    assert (messages.messages, told) == ([], [])


def test_what_the_book_refuses_is_told_to_nobody(
    desk: MessageDesk, messages: FakeMessageBook, told: Told
) -> None:
    messages.trouble = StorageError("the disk is full: make room")
    with pytest.raises(StorageError):
        desk.write("p-wei", "I come at six.", by="u-lin")
    assert told == []


@pytest.mark.parametrize("text", ["x", "x" * LONGEST_MESSAGE, "a\tb", "محمد", "两行\n文字"])
def test_plain_text_of_any_writing_is_kept(desk: MessageDesk, text: str) -> None:
    assert desk.write("p-wei", text, by="u-lin").text == text


def test_of_no_patients_nothing_waits(desk: MessageDesk) -> None:
    assert desk.unread("u-lin", []) == {}
