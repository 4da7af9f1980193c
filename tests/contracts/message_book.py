"""What every book of messages keeps, and how far people have read. A test module gives it `messages`."""

from typing import Any, Protocol

import pytest
from sqlalchemy import select

from cloud.ports import MessageBook, PatientMessage, ReadMarks
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.tables import message_mark

__all__ = ["MessageBookContract", "RelationalMessageBookContract", "a_message"]


class Messages(MessageBook, ReadMarks, Protocol):
    """Both ports: marks are of what the book numbers."""


def a_message(number: int = 1, **changes: Any) -> PatientMessage:
    fields: dict[str, Any] = {
        "id": f"message-{number}",
        "patient_id": "wei",
        "text": f"I come at six, {number}.\nBring tea.",
        "author_id": "u-lin",
        "made_ms": 10 * number,
    }
    return PatientMessage(**fields | changes)


class MessageBookContract:
    """Messages are kept as they were written, newest first; what somebody has read is never unread again."""

    def test_a_message_comes_back_as_it_was_written_with_a_number(self, messages: Messages) -> None:
        kept = messages.write(a_message())
        assert kept.number > 0
        assert messages.of("wei", 9) == (kept,)
        assert (kept.text, kept.author_id, kept.made_ms) == ("I come at six, 1.\nBring tea.", "u-lin", 10)

    def test_the_newest_come_first_and_no_more_than_asked_for(self, messages: Messages) -> None:
        written = [messages.write(a_message(number)) for number in (1, 2, 3)]
        assert messages.of("wei", 2) == (written[2], written[1])

    def test_of_others_nothing_is_told(self, messages: Messages) -> None:
        messages.write(a_message())
        assert messages.of("ana", 9) == ()
        assert messages.unread("u-wei", ["ana"]) == {}
        assert messages.marks("ana") == {}

    def test_what_others_wrote_waits_until_it_is_read(self, messages: Messages) -> None:
        written = [messages.write(a_message(number)) for number in (1, 2)]
        own = messages.write(a_message(3, author_id="u-wei"))
        messages.write(a_message(4, patient_id="ana"))
        assert messages.unread("u-wei", ["wei", "ana"]) == {"wei": 2, "ana": 1}
        messages.read("wei", "u-wei", written[0].number)
        assert messages.unread("u-wei", ["wei", "ana"]) == {"wei": 1, "ana": 1}
        messages.read("wei", "u-wei", own.number)
        assert messages.unread("u-wei", ["wei"]) == {}
        assert messages.unread("u-lin", ["wei"]) == {"wei": 1}

    def test_who_has_read_further_stays_there(self, messages: Messages) -> None:
        for number in (7, 3, 7):
            messages.read("wei", "u-wei", number)
        messages.read("wei", "u-lin", 2)
        assert messages.marks("wei") == {"u-wei": 7, "u-lin": 2}


class RelationalMessageBookContract(MessageBookContract):
    """Beside that, of the book in a relational `store`."""

    @pytest.fixture
    def messages(self, store: Relational) -> Messages:
        return store.messages

    def test_who_is_erased_leaves_no_message_no_mark_and_no_number_is_given_again(
        self, store: Relational
    ) -> None:
        store.messages.write(a_message(1))
        erased = store.messages.write(a_message(2, patient_id="ana"))
        store.messages.read("ana", "u-lin", erased.number)
        store.forgetting.forget("ana")
        assert store.messages.of("ana", 9) == ()
        with store.database.read() as connection:
            assert connection.execute(select(message_mark)).all() == []
        assert store.messages.write(a_message(3)).number > erased.number

    def test_that_a_message_was_written_is_on_the_ledger_and_not_what_it_says(
        self, store: Relational
    ) -> None:
        store.messages.write(a_message(7, text="told nobody else"))
        store.ledger.enter()
        said = [one.about for one in store.ledger_book.entries(0, 9) if one.about]
        assert any("message-7" in about for about in said)
        assert not any("told nobody" in about for about in said)
