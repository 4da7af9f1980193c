"""What keeps accounts, links and what was tried at the door; a test module's class gives `people`."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cloud.ports import Account, Toll
from cloud.storage.relational.door_book import RelationalDoorBook
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import HOUR_MS, WEI_HERSELF, a_link
from tests.fakes.session_store import a_session

NAME, OTHER = b"n" * 32, b"o" * 32


def at_once(work: Callable[[], object], times: int = 6) -> list[object]:
    with ThreadPoolExecutor(times) as pool:
        return [each.result(20) for each in [pool.submit(work) for _ in range(times)]]


class SignInBooksContract:
    """Nothing is used twice, and no change undoes another."""

    def test_somebody_who_chose_nothing_has_an_empty_account(self, people: Relational) -> None:
        assert people.accounts.account("carer") == Account(person_id="carer")
        assert people.accounts.account_by_handle(NAME) is None

    def test_a_password_set_while_another_signs_in_by_the_old_one_leaves_them_outside(
        self, people: Relational
    ) -> None:
        people.accounts.set_password("carer", "old", 5)
        seen = people.accounts.account("carer")
        begun, is_held = threading.Event(), threading.Event()

        def sign_in() -> None:
            with people.database.together():
                assert people.accounts.hold(seen)
                is_held.set()
                people.sessions.add_session(a_session(b"s" * 32, "carer"))
                begun.wait(0.2)

        def reset() -> None:
            is_held.wait(10)
            with people.database.together():
                people.accounts.set_password("carer", "new", 6)
                people.sessions.end_sessions_of("carer")

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(sign_in), pool.submit(reset)]:
                done.result()
        assert people.sessions.sessions_of("carer") == ()
        assert not people.accounts.hold(seen)
        people.accounts.close_account("carer", 9)
        assert not people.accounts.hold(people.accounts.account("carer"))

    def test_an_account_that_is_opened_again_is_as_it_was(self, people: Relational) -> None:
        people.accounts.set_password("carer", "old", 5)
        before = people.accounts.account("carer")
        people.accounts.close_account("carer", 9)
        epoch = people.relations.epoch()
        people.accounts.open_account("carer")
        assert people.accounts.account("carer") == before
        assert people.relations.epoch() > epoch

    def test_links_that_may_still_be_used_are_everybodys(self, people: Relational) -> None:
        people.links.add_link(a_link())
        people.links.add_link(a_link(token_hash=b"i" * 32, person_id=WEI_HERSELF.id))
        people.links.add_link(a_link(token_hash=b"j" * 32, expires_ms=5))
        people.links.redeem_link(b"h" * 32, 1)
        assert [link.token_hash for link in people.links.good_links(5)] == [b"i" * 32]

    def test_a_session_ends_once_though_many_end_it(self, people: Relational) -> None:
        people.sessions.add_session(a_session(NAME, "carer"))
        assert sorted(at_once(lambda: people.sessions.end_session(NAME))) == [False] * 5 + [True]

    def test_a_link_is_redeemed_once_though_many_bring_it(self, people: Relational) -> None:
        people.links.add_link(a_link(token_hash=NAME))
        found = at_once(lambda: people.links.redeem_link(NAME, 1))
        assert sum(link is not None for link in found) == 1

    def test_each_part_of_an_account_is_changed_by_itself(self, people: Relational) -> None:
        assert people.accounts.set_handle("carer", NAME)
        people.accounts.set_password("carer", "$argon2id$x", 5)
        people.accounts.set_totp("carer", b"sealed", 7)
        people.accounts.close_account("carer", 9)
        expected = Account(
            person_id="carer",
            handle=NAME,
            password="$argon2id$x",  # noqa: S106 - no password
            password_ms=5,
            totp=b"sealed",
            totp_since_ms=7,
            closed_ms=9,
        )
        assert people.accounts.account("carer") == people.accounts.account_by_handle(NAME) == expected
        assert list(people.accounts.accounts()) == [expected]

    def test_a_name_is_one_persons(self, people: Relational) -> None:
        assert people.accounts.set_handle("carer", NAME)
        assert people.accounts.set_handle("carer", NAME)
        assert not people.accounts.set_handle(WEI_HERSELF.id, NAME)
        assert people.accounts.set_handle("carer", OTHER)
        assert people.accounts.set_handle(WEI_HERSELF.id, NAME)

    def test_a_step_of_the_clock_is_used_once_and_none_before_it(self, people: Relational) -> None:
        people.accounts.set_totp("carer", b"sealed", 7)
        assert people.accounts.use_totp_step("carer", 100)
        assert not people.accounts.use_totp_step("carer", 100)
        assert not people.accounts.use_totp_step("carer", 99)
        assert sorted(at_once(lambda: people.accounts.use_totp_step("carer", 101))) == [False] * 5 + [True]

    def test_a_recovery_code_is_used_once_by_its_owner(self, people: Relational) -> None:
        people.accounts.replace_recovery_codes("carer", [NAME, OTHER])
        assert not people.accounts.use_recovery_code(WEI_HERSELF.id, NAME)
        used = at_once(lambda: people.accounts.use_recovery_code("carer", NAME))
        assert sorted(used) == [False] * 5 + [True]
        assert people.accounts.recovery_codes_left("carer") == 1
        people.accounts.replace_recovery_codes("carer", [])
        assert people.accounts.recovery_codes_left("carer") == 0

    def test_a_link_is_looked_at_without_being_used_and_revoked_with_all_of_its_person(
        self, people: Relational
    ) -> None:
        people.links.add_link(a_link())
        people.links.add_link(a_link(token_hash=b"w" * 32, person_id=WEI_HERSELF.id))
        assert people.links.link(b"h" * 32) == a_link()
        assert list(people.links.links_of("carer")) == [a_link()]
        assert people.links.revoke_links("carer") == 1
        assert people.links.redeem_link(b"h" * 32, 1) is None
        assert people.links.redeem_link(b"w" * 32, 1) is not None
        assert people.links.link(b"w" * 32) is None

    def test_tolls_are_paid_all_or_none(self, people: Relational) -> None:
        few, many = Toll(counter=NAME, at_once=1, each_ms=100), Toll(counter=OTHER, at_once=5, each_ms=10)
        assert people.door_book.take([few, many], 1_000) == 0
        assert people.door_book.take([few, many], 1_010) == 90
        assert people.door_book.take([many], 1_010) == 0
        assert people.door_book.standing([NAME, OTHER, b"x" * 32], 1_011) == {
            NAME: True,
            OTHER: True,
            b"x" * 32: False,
        }
        assert people.door_book.take([few, many], 1_100) == 0

    def test_what_is_given_back_was_never_paid(self, people: Relational) -> None:
        toll = Toll(counter=NAME, at_once=1, each_ms=100)
        assert people.door_book.take([toll], 1_000) == 0
        people.door_book.give_back([toll])
        assert people.door_book.take([toll], 1_000) == 0

    def test_of_many_at_once_as_many_pay_as_there_are_places(self, people: Relational) -> None:
        toll = Toll(counter=NAME, at_once=2, each_ms=HOUR_MS)
        waits = at_once(lambda: people.door_book.take([toll], 1_000))
        assert waits.count(0) == 2

    def test_where_there_is_no_room_minor_counters_go_first(self, people: Relational) -> None:
        book = RelationalDoorBook(people.database, most_counters=20)
        victim = Toll(counter=NAME, at_once=1, each_ms=1_000)
        assert book.take([victim], 1_000) == 0
        for number in range(60):
            minor = Toll(counter=bytes([number]) * 32, at_once=9, each_ms=HOUR_MS, is_minor=True)
            assert book.take([minor], 1_001) == 0
        assert book.take([victim], 1_002) > 0

    def test_whoever_has_a_closed_account_is_related_to_nobody(self, people: Relational) -> None:
        before = people.relations.epoch()
        people.accounts.close_account("carer", 9)
        assert "carer" not in {each.id for each in people.relations.related(10).people}
        assert people.relations.epoch() > before
        assert WEI_HERSELF.id in {each.id for each in people.relations.related(10).people}
