"""What a judgement leaves behind is committed with it, whole."""

import threading
from typing import Any

import pytest

from cloud.ports import FencedError, Judgement, OvertakenError, Remembered
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.due_alerts import due
from tests.contracts.relational.rows import alert, commit
from vitals.errors import StorageError


def judgement(patient_id: str, revision: int, **more: Any) -> Judgement:
    state = f"{patient_id}'s".encode()
    return Judgement(patient_id=patient_id, revision=revision, state=state, **more)


def is_done(store: Relational, message_id: str) -> bool:
    return message_id in store.alerts.done_of([message_id])


class AlertStateStoreContract:
    """State, alerts and slices move together, under the revision and epoch they were judged at."""

    def test_state_is_loaded_as_it_was_committed(self, store: Relational) -> None:
        assert store.alerts.load("wei") == Remembered(patient_id="wei")
        commit(store, "wei", b"\x00one", [], ["m1"])
        commit(store, "wei", b"\x00two", [], ["m2"])
        assert store.alerts.load("wei").state == b"\x00two"
        assert store.alerts.load("ana").state is None

    def test_the_patients_are_those_with_a_state(self, store: Relational) -> None:
        assert store.alerts.patients() == ()
        for patient_id in ("wei", "ana", "wei"):
            commit(store, patient_id, b"", [], [])
        assert sorted(store.alerts.patients()) == ["ana", "wei"]

    def test_slices_are_done_with_the_commit(self, store: Relational) -> None:
        assert not is_done(store, "m1")
        commit(store, "wei", b"", [], ["m1", "m2"])
        commit(store, "wei", b"", [], ["m2"])
        assert is_done(store, "m1")
        assert is_done(store, "m2")

    def test_only_the_newest_slices_are_remembered(
        self, store: Relational, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cloud.storage.relational.alert_state._REMEMBERED_COMMITS", 3)
        commit(store, "ana", b"", [], ["hers"])
        for number in range(5):
            commit(store, "wei", b"", [], [f"m{number}", f"n{number}"])
        done = store.alerts.done_of(["m0", "m1", "n1", "m2", "n2", "m4", "hers", "unknown"])
        assert done == {"m2", "n2", "m4", "hers"}

    def test_a_commit_that_fails_changes_nothing(self, store: Relational) -> None:
        commit(store, "wei", b"before", [], [])
        with pytest.raises(StorageError):
            commit(store, "wei", b"after", [alert(condition=None)], ["m1"])
        assert store.alerts.load("wei").state == b"before"
        assert not is_done(store, "m1")

    def test_revisions_count_commits(self, store: Relational) -> None:
        for patient_id in ("wei", "ana", "wei"):
            commit(store, patient_id, b"", [], [])
        assert store.alerts.revisions(["wei", "ana", "bo"]) == {"wei": 2, "ana": 1}
        assert store.alerts.load("wei").revision == 2
        assert store.alerts.revisions([]) == {}

    def test_what_is_committed_together_is_there(self, store: Relational) -> None:
        commit(store, "wei", b"before", [], [])
        refused = store.alerts.commit_all(
            [
                judgement("wei", 1, alerts=[alert()], message_ids=["m1", "m2"]),
                judgement("ana", 0, message_ids=["m3"]),
            ]
        )
        assert refused == {}
        assert store.alerts.done_of(["m1", "m2", "m3", "m4"]) == {"m1", "m2", "m3"}
        assert store.alerts.load("wei") == Remembered(patient_id="wei", state=b"wei's", revision=2)
        assert store.alerts.load("ana") == Remembered(patient_id="ana", state=b"ana's", revision=1)
        assert due(store) == ["a1"]

    def test_of_what_is_committed_together_one_that_is_refused_costs_no_other(
        self, store: Relational
    ) -> None:
        commit(store, "bo", b"a person's word", [], [])
        commit(store, "cy", b"a person's word", [], [])
        refused = store.alerts.commit_all(
            [
                judgement("wei", 0, alerts=[alert()], message_ids=["m1"]),
                judgement("ana", 0, alerts=[alert("a2", condition=None)], message_ids=["m2"]),
                judgement("bo", 0, message_ids=["m3"]),
                judgement("cy", 7, message_ids=["m4"]),
                judgement("di", 0, message_ids=["m5"], epoch=9),
            ]
        )
        assert {patient_id: type(error) for patient_id, error in refused.items()} == {
            "ana": StorageError,
            "bo": OvertakenError,
            "cy": OvertakenError,
            "di": FencedError,
        }
        assert store.alerts.done_of(["m1", "m2", "m3", "m4", "m5"]) == {"m1"}
        assert store.alerts.load("wei").state == b"wei's"
        assert store.alerts.load("ana").state is None
        assert store.alerts.load("cy").state == b"a person's word"
        assert due(store) == ["a1"]

    def test_nothing_of_a_transaction_is_there_if_the_whole_of_it_fails(self, store: Relational) -> None:
        def fail_at_the_end() -> None:
            with store.database.together():
                commit(store, "wei", b"wei's", [alert()], ["m1"])
                assert is_done(store, "m1")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_at_the_end()
        assert not is_done(store, "m1")
        assert store.alerts.load("wei").state is None
        commit(store, "wei", b"wei's", [], ["m1"])
        assert is_done(store, "m1")

    def test_the_transaction_of_one_thread_is_nothing_to_another(self, store: Relational) -> None:
        seen: list[bool] = []
        with store.database.together():
            commit(store, "wei", b"wei's", [], ["m1"])
            other = threading.Thread(target=lambda: seen.append(is_done(store, "m1")))
            other.start()
            other.join()
        assert seen == [False]

    def test_an_alert_comes_back_whole(self, store: Relational) -> None:
        whole = alert(
            resolved_ms=9,
            acknowledged_ms=8,
            acknowledged_by="carer",
            acknowledged_reason="seen",
            delayed=True,
        )
        commit(store, "wei", b"", [whole], [])
        assert store.alerts.alert("a1") == whole
        assert store.alerts.alert("a2") is None
