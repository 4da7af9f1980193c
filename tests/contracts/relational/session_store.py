"""A session lasts until it is ended."""

import pytest

from cloud.ports import SignInWay
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import WEI_HERSELF
from tests.fakes.session_store import a_session
from vitals.errors import StorageError


class SessionStoreContract:
    """Sessions are found until they are ended, and listed for whom they are."""

    def test_a_session_is_found_as_it_was_kept(self, people: Relational) -> None:
        kept = a_session(b"s" * 32, "carer", way=SignInWay.PASSKEY, device="Firefox on Linux", proved_ms=5)
        people.sessions.add_session(kept)
        assert people.sessions.session(b"s" * 32) == kept
        assert people.sessions.session(b"x" * 32) is None

    def test_a_use_is_remembered(self, people: Relational) -> None:
        people.sessions.add_session(a_session(b"s" * 32, "carer"))
        people.sessions.note_session_used(b"s" * 32, 77)
        people.sessions.note_session_used(b"x" * 32, 78)
        found = people.sessions.session(b"s" * 32)
        assert found == a_session(b"s" * 32, "carer", used_ms=77)

    def test_an_ended_session_is_worthless_at_once(self, people: Relational) -> None:
        people.sessions.add_session(a_session(b"s" * 32, "carer"))
        people.sessions.end_session(b"s" * 32)
        people.sessions.end_session(b"s" * 32)
        assert people.sessions.session(b"s" * 32) is None

    def test_ones_sessions_are_listed_the_last_used_first_and_nobody_elses(self, people: Relational) -> None:
        old, new = (a_session(name * 32, "carer", used_ms=t) for name, t in ((b"o", 1), (b"n", 2)))
        for kept in (old, new, a_session(b"w" * 32, WEI_HERSELF.id)):
            people.sessions.add_session(kept)
        assert list(people.sessions.sessions_of("carer")) == [new, old]

    def test_all_of_ones_sessions_end_but_one_and_nobody_elses(self, people: Relational) -> None:
        for name in (b"a", b"b", b"c"):
            people.sessions.add_session(a_session(name * 32, "carer"))
        people.sessions.add_session(a_session(b"w" * 32, WEI_HERSELF.id))
        assert people.sessions.end_sessions_of("carer", but=b"b" * 32) == 2
        assert [kept.token_hash for kept in people.sessions.sessions_of("carer")] == [b"b" * 32]
        assert people.sessions.end_sessions_of("carer") == 1
        assert people.sessions.session(b"w" * 32) is not None

    def test_what_is_done_together_is_done_whole_or_not_at_all(self, people: Relational) -> None:
        def fail_within() -> None:
            with people.database.together(), people.database.together():
                people.sessions.add_session(a_session(b"s" * 32, "carer"))
                raise StorageError("the ledger is full: make room")

        with pytest.raises(StorageError):
            fail_within()
        assert people.sessions.session(b"s" * 32) is None
