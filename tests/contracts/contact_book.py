"""What every book of contacts keeps. An adapter's test module derives the class and gives it `contacts`.

Those of whom it is told, `carer` and `admin`, are people it knows.
"""

from dataclasses import replace
from typing import Any

import pytest

from cloud.ports import Channel, ContactBook, ContactPoint


def way(contact_id: str = "c1", **changes: Any) -> ContactPoint:
    fields: dict[str, Any] = {
        "person_id": "carer",
        "channel": Channel.EMAIL,
        "address": {"to": "lin@example.org"},
        "label": "at home",
        "added_ms": 10,
    }
    return ContactPoint(id=contact_id, **fields | changes)


class ContactBookContract:
    """Ways are kept until they are removed, and then their addresses are not."""

    def test_the_ways_of_each_are_told_in_their_order_and_nothing_of_others(
        self, contacts: ContactBook
    ) -> None:
        second, first = way("c1", added_ms=20), way("c2", channel=Channel.WEBHOOK, label="家里")
        other = way("c3", person_id="admin")
        for one in (second, first, other):
            contacts.add(one)
        assert contacts.of(["carer", "admin", "nobody"]) == {"carer": [first, second], "admin": [other]}
        assert contacts.of(["nobody"]) == contacts.of([]) == {}

    def test_what_is_added_again_is_corrected(self, contacts: ContactBook) -> None:
        contacts.add(way())
        corrected = replace(way(), label="new", address={"to": "lin@example.com"}, channel=Channel.APPRISE)
        contacts.add(corrected)
        assert contacts.of(["carer"]) == {"carer": [corrected]}

    def test_what_is_removed_is_gone_until_it_is_added_again(self, contacts: ContactBook) -> None:
        contacts.add(way())
        contacts.remove("c1", "unsubscribed", 30)
        contacts.remove("c1", "again", 40)
        contacts.remove("never", "there", 40)
        assert contacts.of(["carer"]) == {}
        contacts.add(way())
        assert contacts.of(["carer"]) == {"carer": [way()]}

    @pytest.mark.parametrize("address", [{}, {"endpoint": "https://p.example.org/" + "x" * 2_000, "ttl": 1}])
    def test_an_address_comes_back_as_it_was(self, contacts: ContactBook, address: dict[str, object]) -> None:
        contacts.add(way(address=address))
        assert contacts.of(["carer"])["carer"][0].address == address

    def test_more_people_than_one_question_holds_are_all_told(self, contacts: ContactBook) -> None:
        contacts.add(way())
        assert contacts.of([*(f"a-{number}" for number in range(1_200)), "carer"]).keys() == {"carer"}
