"""A link signs in once."""

import threading

from cloud.ports import Link
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import HOUR_MS, a_link


class LinkStoreContract:
    """A secret works until it is used or expired."""

    def test_a_link_works_once(self, people: Relational) -> None:
        people.links.add_link(a_link())
        assert people.links.redeem_link(b"h" * 32, 1) == a_link()
        assert people.links.redeem_link(b"h" * 32, 2) is None

    def test_an_expired_or_unknown_link_is_worthless(self, people: Relational) -> None:
        people.links.add_link(a_link())
        assert people.links.redeem_link(b"h" * 32, HOUR_MS) is None
        assert people.links.redeem_link(b"x" * 32, 1) is None

    def test_of_many_who_redeem_one_link_at_once_one_succeeds(self, people: Relational) -> None:
        people.links.add_link(a_link())
        won: list[Link | None] = []
        threads = [
            threading.Thread(target=lambda: won.append(people.links.redeem_link(b"h" * 32, 1)))
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(won, key=str) == [a_link(), *[None] * 5]
