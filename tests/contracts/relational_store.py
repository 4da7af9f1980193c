"""What every relational store keeps. An adapter's test module derives a class and gives it a `store`."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from cloud.partitions import partition_of
from cloud.ports import (
    Alert,
    AlertState,
    CommandAnswer,
    CommandState,
    Device,
    Due,
    Family,
    FencedError,
    GatewayCredential,
    HandOff,
    IssuedCommand,
    Judgement,
    Link,
    Looked,
    OvertakenError,
    Patient,
    Person,
    Priority,
    Remembered,
    Role,
    SignInWay,
    Wearing,
    Worn,
)
from cloud.storage.relational.opening import Relational
from tests.contracts.records import STRAP
from tests.contracts.relations import RelationsContract
from tests.fakes.relations import a_grant
from tests.fakes.session_store import a_session
from vitals.errors import StorageError
from vitals.records import CommandOutcome

WEI = Patient(id="wei", display_name="Wei Zhang")
ANA = Patient(id="ana", display_name="Ana Lopez")
CARER = Person(id="carer", display_name="Lin Zhang", role=Role.CAREGIVER)
WEI_HERSELF = Person(id="p-wei", display_name="Wei Zhang", role=Role.PATIENT, patient_id="wei")
ADMIN = Person(id="admin", display_name="Sam Doe", role=Role.ADMINISTRATOR)
HOUR_MS = 3_600_000


def alert(alert_id: str = "a1", **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "patient_id": "wei",
        "condition": "atrial-fibrillation",
        "family": Family.PHYSIOLOGICAL,
        "priority": Priority.MEDIUM,
        "state": AlertState.ACTIVE,
        "began_ms": 10,
        "raised_ms": 20,
        "noticed_ms": 15,
        "explanation": {
            "summary": "irregular",
            "value": 0.93,
            "contributors": [{"name": "rmssd"}],
            "model": None,
        },
    }
    return Alert(id=alert_id, **fields | changes)


def report(t_ms: int, **changes: Any) -> Device:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "patient_id": None,
        "link": "connected",
        "model": "Strap",
        "battery_percent": 80,
        "on_body": True,
        "received_ms": t_ms,
    }
    return Device(id=STRAP, reported_ms=t_ms, **fields | changes)


def handed(alert_id: str = "a1", **changes: Any) -> HandOff:
    fields: dict[str, Any] = {"channel": "mail", "person_id": "carer", "at_ms": 30}
    return HandOff(alert_id=alert_id, **fields | changes)


def asked(command_id: str = "command-1", **changes: Any) -> IssuedCommand:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "name": "identify",
        "body": {"seconds": 5},
        "issued_ms": 10,
        "expires_ms": HOUR_MS,
        "issued_by": "admin",
    }
    return IssuedCommand(id=command_id, **fields | changes)


def answered(command_id: str = "command-1", **changes: Any) -> CommandAnswer:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "name": "identify",
        "outcome": CommandOutcome.DONE,
        "detail": "shown for 5 s",
        "t_ms": 30,
        "received_ms": 40,
    }
    return CommandAnswer(command_id=command_id, **fields | changes)


def commit(
    store: Relational, patient_id: str, state: bytes, alerts: Sequence[Alert], message_ids: Sequence[str]
) -> None:
    store.alerts.commit(store.alerts.load(patient_id), state, alerts, message_ids)


@pytest.fixture
def people(store: Relational) -> Relational:
    for patient in (WEI, ANA):
        store.directory.add_patient(patient)
    for person in (CARER, WEI_HERSELF, ADMIN):
        store.directory.add_person(person)
    return store


class DirectoryContract:
    """People, places, things."""

    def test_a_patient_is_found_and_a_stranger_is_not(self, people: Relational) -> None:
        assert people.directory.patient("wei") == WEI
        assert people.directory.patient("nobody") is None

    def test_a_name_can_be_corrected(self, people: Relational) -> None:
        people.directory.add_patient(replace(WEI, display_name="Wei Li"))
        assert people.directory.patient("wei") == Patient(id="wei", display_name="Wei Li")

    def test_a_person_is_found_with_the_role(self, people: Relational) -> None:
        assert people.directory.person("carer") == CARER
        assert people.directory.person("p-wei") == WEI_HERSELF
        assert people.directory.person("nobody") is None

    def test_a_device_is_worn_from_its_binding_until_the_next(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.bind(STRAP, "ana", 200)
        worn = [people.directory.patient_wearing(STRAP, t) for t in (99, 100, 199, 200, 10**12)]
        assert worn == [None, "wei", "wei", "ana", "ana"]
        assert people.directory.wearings_of([STRAP, "c0-00"]) == {
            STRAP: [Wearing(from_ms=100, patient_id="wei"), Wearing(from_ms=200, patient_id="ana")]
        }
        assert people.directory.wearings_of([]) == {}

    def test_wearers_of_more_devices_than_one_question_holds_are_all_told(self, people: Relational) -> None:
        people.directory.bind("strap-0", "wei", 100)
        people.directory.bind("strap-2999", "ana", 200)
        assert people.directory.wearings_of([f"strap-{number}" for number in range(3_000)]) == {
            "strap-0": [Wearing(from_ms=100, patient_id="wei")],
            "strap-2999": [Wearing(from_ms=200, patient_id="ana")],
        }

    def test_a_binding_ends_every_later_one(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.bind(STRAP, "ana", 200)
        people.directory.bind(STRAP, "wei", 150)
        assert people.directory.patient_wearing(STRAP, 300) == "wei"
        assert people.directory.devices_of("ana") == ()

    def test_a_device_that_was_taken_off_is_nobodys_from_then_on(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.take_off(STRAP, 200)
        assert people.directory.patient_wearing(STRAP, 199) == "wei"
        assert people.directory.patient_wearing(STRAP, 200) is None
        assert people.directory.devices_of("wei") == ()
        assert people.directory.wearings_of([STRAP])[STRAP][-1] == Wearing(from_ms=200, patient_id=None)
        people.directory.bind(STRAP, "ana", 150)
        assert [each.patient_id for each in people.directory.wearings_of([STRAP])[STRAP]] == ["wei", "ana"]

    def test_every_device_is_listed_with_who_wears_it_now(self, people: Relational) -> None:
        people.directory.bind("strap-0", "wei", 100)
        people.directory.bind("strap-1", "wei", 100)
        people.directory.take_off("strap-1", 200)
        people.directory.note_device(replace(report(1_000), firmware="1.2"))
        found = [(each.id, each.patient_id, each.firmware) for each in people.directory.every_device()]
        assert found == sorted([("strap-0", "wei", None), ("strap-1", None, None), (STRAP, None, "1.2")])

    def test_every_patient_is_listed_by_name(self, people: Relational) -> None:
        assert people.directory.every_patient() == [ANA, WEI]

    def test_a_bound_device_is_listed_before_it_is_ever_heard(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        (found,) = people.directory.devices_of("wei")
        assert (found.id, found.gateway, found.patient_id, found.received_ms) == (STRAP, "", "wei", None)

    def test_the_newest_report_of_a_device_is_remembered(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.note_device(report(1_000, battery_percent=70))
        people.directory.note_device(report(900, battery_percent=90))
        assert people.directory.devices_of("wei") == (
            replace(report(1_000, battery_percent=70), patient_id="wei"),
        )

    def test_a_report_from_the_future_blocks_no_later_one(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.note_device(report(10**12, received_ms=1_000))
        people.directory.note_device(report(2_000))
        (found,) = people.directory.devices_of("wei")
        assert found.reported_ms == 2_000

    def test_patients_are_found_by_their_ids_in_the_order_of_their_names(self, people: Relational) -> None:
        assert people.directory.known_patients(["wei", "nobody", "ana"]) == [ANA, WEI]
        assert people.directory.known_patients([]) == []

    def test_a_binding_to_a_stranger_is_refused(self, people: Relational) -> None:
        with pytest.raises(StorageError):
            people.directory.bind(STRAP, "nobody", 1)
        assert people.directory.patient_wearing(STRAP, 1) is None


def a_link(**more: Any) -> Link:
    return Link(**({"token_hash": b"h" * 32, "person_id": "carer", "expires_ms": HOUR_MS} | more))


class SessionStoreContract:
    """Secrets work until they are used, ended or expired."""

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


def judgement(patient_id: str, revision: int, **more: Any) -> Judgement:
    state = f"{patient_id}'s".encode()
    return Judgement(patient_id=patient_id, revision=revision, state=state, **more)


def is_done(store: Relational, message_id: str) -> bool:
    return message_id in store.alerts.done_of([message_id])


def due(store: Relational, now_ms: int = 1_000) -> list[str]:
    return [one.alert_id for one in store.alerts.due(now_ms)]


def look(store: Relational, again_ms: int | None, alert_id: str = "a1") -> None:
    """Take note that an alert was looked at as it is now."""
    (watched,) = [one for one in store.alerts.watched_of(["wei", "ana"]) if one.alert.id == alert_id]
    store.alerts.handed_off([], [Looked(alert_id, watched.alert.state, watched.due_ms, again_ms)])


class AlertStateStoreContract:
    """State, alerts and slices move together; a notification is owed until it is handed off."""

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

    def test_a_new_active_alert_is_due_until_it_is_said_when_to_look_again(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert()], [])
        assert due(store, 0) == ["a1"]
        look(store, 500)
        assert due(store, 499) == []
        assert due(store, 500) == ["a1"]
        look(store, None)
        assert due(store, 10**15) == []
        assert store.alerts.watched_of(["wei"]) == ()

    def test_what_was_tried_is_due_since_then_behind_what_nobody_looked_at(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert("tried", raised_ms=1), alert("new", raised_ms=2)], [])
        store.alerts.handed_off([handed("tried", error="no route", at_ms=30), handed("tried", at_ms=31)])
        assert due(store, 30) == ["new"]
        assert due(store, 31) == ["new", "tried"]
        assert [one.error for one in store.alerts.hand_offs_of("tried")] == ["no route", None]

    def test_a_hold_is_recorded_and_changes_nothing_by_itself(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert()], [])
        look(store, 500)
        store.alerts.handed_off([handed(channel="held:grouped", person_id="", error="waits")])
        assert due(store, 499) == []

    def test_a_pending_alert_is_not_due_and_not_shown(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert(state=AlertState.PENDING)], [])
        assert due(store) == []
        assert store.alerts.alerts_of("wei", open_only=False, limit=10) == ()

    def test_each_change_of_state_is_due_at_once_and_a_repetition_is_not(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert()], [])
        look(store, 5_000)
        commit(store, "wei", b"", [alert(explanation={"summary": "still"})], [])
        assert due(store) == []
        commit(store, "wei", b"", [alert(state=AlertState.RESOLVED)], [])
        assert [(one.state, one.due_ms) for one in store.alerts.due(0)] == [(AlertState.RESOLVED, 0)]

    def test_what_changed_since_it_was_looked_at_stays_due(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert()], [])
        (seen,) = store.alerts.watched_of(["wei"])
        looked = Looked("a1", seen.alert.state, seen.due_ms, 5_000)
        commit(store, "wei", b"", [alert(state=AlertState.RESOLVED)], [])
        store.alerts.handed_off([], [looked])
        assert due(store, 0) == ["a1"]

    def test_what_was_roused_since_it_was_looked_at_stays_due(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert()], [])
        for _ in range(2):
            (seen,) = store.alerts.watched_of(["wei"])
            store.alerts.rouse()
            store.alerts.handed_off([], [Looked("a1", seen.alert.state, seen.due_ms, 5_000)])
            assert due(store, 0) == ["a1"]

    def test_to_rouse_has_all_looked_at_of_which_more_may_come(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert(), alert("over", state=AlertState.RESOLVED)], [])
        look(store, 5_000)
        look(store, None, "over")
        assert due(store) == []
        store.alerts.rouse()
        assert due(store, 0) == ["a1"]

    def test_the_most_urgent_is_due_first_and_what_only_waited_lets_others_by(
        self, store: Relational
    ) -> None:
        alerts = [
            alert("low", priority=Priority.LOW, raised_ms=1),
            alert("waited", priority=Priority.HIGH, raised_ms=2),
            alert("medium", raised_ms=3),
            alert("high", priority=Priority.HIGH, raised_ms=4),
        ]
        commit(store, "wei", b"", alerts, [])
        look(store, 50, "waited")
        assert due(store) == ["high", "waited", "medium", "low"]
        assert [one.alert.id for one in store.alerts.watched_of(["wei"])] == due(store)

    def test_what_is_due_of_other_partitions_is_not_told_and_takes_no_place(self, store: Relational) -> None:
        commit(store, "ana", b"", [alert(f"hers-{n}", patient_id="ana", raised_ms=n) for n in range(5)], [])
        commit(store, "wei", b"", [alert("his", raised_ms=9)], [])
        assert partition_of("ana") != partition_of("wei")
        mine = {partition_of("wei")}
        assert store.alerts.due(0, mine) == (Due("his", "wei", AlertState.ACTIVE, 0),)
        assert store.alerts.due(0, set()) == ()
        assert [one.alert.id for one in store.alerts.watched_of(["wei"])] == ["his"]

    def test_hand_offs_are_found_for_many_alerts_at_once(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert(), alert("a2"), alert("a3")], [])
        store.alerts.handed_off([handed(), handed("a2", error="no"), handed("a2")])
        found = store.alerts.hand_offs_of_each(["a1", "a2", "a3"])
        assert found == {"a1": [handed()], "a2": [handed("a2", error="no"), handed("a2")]}
        assert store.alerts.hand_offs_of("a1") == [handed()]

    def test_of_what_was_said_for_days_the_first_steps_the_last_and_the_holds_are_read(
        self, store: Relational
    ) -> None:
        commit(store, "wei", b"", [alert(), alert("a2")], [])
        said = [handed(step=step, occasion="escalation") for step in range(1, 2_000)]
        asked = [handed(step=step, occasion="reminder") for step in range(12)]
        hold = handed(channel="held:grouped", error="waits")
        other = handed("a2", step=20, occasion="escalation")
        store.alerts.handed_off([handed(), hold, *said, *asked, other])
        found = store.alerts.hand_offs_of_each(["a1", "a2"])
        assert found["a1"] == [handed(), hold, *said[:9], said[-1], *asked[:10], asked[-1]]
        assert found["a2"] == [other]
        assert len(store.alerts.hand_offs_of("a1")) == 2 + len(said) + len(asked)

    def test_a_hand_off_of_an_unknown_alert_is_refused(self, store: Relational) -> None:
        with pytest.raises(StorageError):
            store.alerts.handed_off([handed("nowhere")])


class AlertReaderContract:
    """Alerts for the pages."""

    def test_alerts_are_read_newest_first_and_open_ones_alone_if_asked(self, store: Relational) -> None:
        commit(
            store,
            "wei",
            b"",
            [
                alert("old", raised_ms=1, state=AlertState.RESOLVED),
                alert("seen", raised_ms=2, state=AlertState.ACKNOWLEDGED),
                alert("new", raised_ms=3),
                alert("hers", raised_ms=4, patient_id="ana"),
            ],
            [],
        )
        everything = store.alerts.alerts_of("wei", open_only=False, limit=10)
        assert [one.id for one in everything] == ["new", "seen", "old"]
        assert [one.id for one in store.alerts.alerts_of("wei", open_only=True, limit=10)] == ["new", "seen"]
        assert [one.id for one in store.alerts.alerts_of("wei", open_only=False, limit=1)] == ["new"]

    def test_what_is_open_of_many_is_read_at_once_and_nothing_of_others(self, store: Relational) -> None:
        commit(
            store,
            "wei",
            b"",
            [
                alert("old", raised_ms=1, state=AlertState.RESOLVED),
                alert("seen", raised_ms=2, state=AlertState.ACKNOWLEDGED),
                alert("over", raised_ms=3, state=AlertState.LATCHED),
                alert("soon", raised_ms=4, state=AlertState.PENDING),
            ],
            [],
        )
        commit(store, "ana", b"", [alert("hers", patient_id="ana")], [])
        commit(store, "bo", b"", [alert("his", patient_id="bo")], [])
        found = store.alerts.open_of_each(["ana", "cy", *(f"p-{number}" for number in range(1_200)), "wei"])
        assert {who: [one.id for one in those] for who, those in found.items()} == {
            "wei": ["over", "seen"],
            "ana": ["hers"],
        }

    def test_the_newest_hand_offs_are_numbered_and_of_everybody(self, store: Relational) -> None:
        commit(store, "wei", b"", [alert()], [])
        commit(store, "ana", b"", [alert("hers", patient_id="ana")], [])
        assert store.alerts.newest_hand_offs(10) == {}
        store.alerts.handed_off([handed(error="down"), handed("hers", state=AlertState.ACTIVE)])
        store.alerts.handed_off([handed()])
        newest = store.alerts.newest_hand_offs(2)
        assert list(newest.values()) == [handed("hers", state=AlertState.ACTIVE), handed()]
        first, second = newest
        assert first < second

    def test_an_alert_nobody_was_told_of_has_no_hand_offs(self, store: Relational) -> None:
        assert store.alerts.hand_offs_of("a1") == ()


class CommandBookContract:
    """What was asked of gateways waits until it is answered by them, or expired."""

    def test_a_command_waits_until_its_gateway_answers(self, store: Relational) -> None:
        assert store.commands.add(asked())
        assert store.commands.unanswered(20, 10) == (asked(),)
        store.commands.note_answer(answered(gateway="home-2"))
        assert store.commands.unanswered(20, 10) == (asked(),), "only who was asked can answer"
        store.commands.note_answer(answered())
        assert store.commands.unanswered(20, 10) == ()
        assert store.commands.commands_of("home-1", 10) == (CommandState(command=asked(), answer=answered()),)

    def test_a_command_waits_until_just_before_it_expires(self, store: Relational) -> None:
        store.commands.add(asked(expires_ms=100))
        assert [len(store.commands.unanswered(now_ms, 10)) for now_ms in (99, 100)] == [1, 0]
        (state,) = store.commands.commands_of("home-1", 10)
        assert state.answer is None

    def test_a_gateway_that_answers_nothing_keeps_no_other_waiting(self, store: Relational) -> None:
        for number in range(3):
            store.commands.add(asked(f"command-{number}", issued_ms=10 + number))
        store.commands.add(asked("command-9", gateway="home-2", issued_ms=90))
        waiting = store.commands.unanswered(95, 2)
        assert [one.id for one in waiting] == ["command-0", "command-1", "command-9"]
        store.commands.note_answer(answered("command-0"))
        assert [one.id for one in store.commands.unanswered(95, 2)] == ["command-1", "command-2", "command-9"]

    def test_a_known_id_changes_nothing(self, store: Relational) -> None:
        store.commands.add(asked())
        assert not store.commands.add(asked(name="silence-alarm"))
        assert store.commands.unanswered(20, 10) == (asked(),)

    def test_the_first_answer_holds(self, store: Relational) -> None:
        store.commands.add(asked())
        store.commands.note_answer(answered())
        store.commands.note_answer(answered(outcome=CommandOutcome.FAILED, detail="no"))
        (state,) = store.commands.commands_of("home-1", 10)
        assert state.answer == answered()

    def test_an_answer_to_what_was_never_asked_here_does_no_harm(self, store: Relational) -> None:
        store.commands.note_answer(answered())
        assert store.commands.commands_of("home-1", 10) == ()

    def test_what_waits_for_one_gateway_is_its_own_oldest_first(self, store: Relational) -> None:
        for number, changes in enumerate(
            (
                {"issued_ms": 30},
                {"issued_ms": 20},
                {"gateway": "home-2"},
                {"expires_ms": 40},
                {"issued_ms": 10},
            )
        ):
            store.commands.add(asked(f"command-{number}", **changes))
        store.commands.note_answer(answered("command-4"))
        waiting = [each.id for each in store.commands.unanswered_of("home-1", 40, 9)]
        assert waiting == ["command-1", "command-0"]
        assert [each.id for each in store.commands.unanswered_of("home-1", 40, 1)] == ["command-1"]

    def test_commands_are_listed_newest_first_by_gateway_and_by_patient(self, store: Relational) -> None:
        for number, patient_id in ((1, "wei"), (2, None), (3, "ana"), (4, "wei")):
            store.commands.add(asked(f"command-{number}", issued_ms=number, patient_id=patient_id))
        listed = [one.command.id for one in store.commands.commands_of("home-1", 3)]
        assert listed == ["command-4", "command-3", "command-2"]
        about_nobody = store.commands.commands_of("home-1", 3, about_patients=False)
        assert [one.command.id for one in about_nobody] == ["command-2"]
        theirs = [one.command.id for one in store.commands.requests_of("wei", 10)]
        assert theirs == ["command-4", "command-1"]
        assert [one.id for one in store.commands.unanswered(20, 2)] == ["command-1", "command-2"]
        assert store.commands.commands_of("home-9", 10) == store.commands.requests_of("nobody", 10) == ()

    def test_who_wears_a_device_now_is_told_whether_it_was_ever_heard_or_not(
        self, people: Relational
    ) -> None:
        assert people.directory.wearers() == ()
        people.directory.bind(STRAP, "wei", 100)
        people.directory.bind("c0-02", "wei", 150)
        assert people.directory.wearers() == ("wei",)
        people.directory.bind(STRAP, "ana", 200)
        people.directory.bind("c0-02", "ana", 200)
        assert people.directory.wearers() == ("ana",)

    def test_what_a_patient_wore_is_told_for_the_time_of_wearing_alone(self, people: Relational) -> None:
        people.directory.bind(STRAP, "wei", 100)
        people.directory.bind(STRAP, "ana", 200)
        people.directory.bind(STRAP, "wei", 300)
        people.directory.bind("c0-02", "wei", 150)
        assert people.directory.worn_by("wei", 50, 350) == (
            Worn(device=STRAP, from_ms=100, to_ms=200),
            Worn(device=STRAP, from_ms=300, to_ms=350),
            Worn(device="c0-02", from_ms=150, to_ms=350),
        )
        assert people.directory.worn_by("ana", 0, 250) == (Worn(device=STRAP, from_ms=200, to_ms=250),)
        assert people.directory.worn_by("wei", 200, 300) == (Worn(device="c0-02", from_ms=200, to_ms=300),)
        assert people.directory.worn_by("ana", 0, 200) == people.directory.worn_by("nobody", 0, 9) == ()


class GatewayCredentialContract:
    """The secrets of gateways."""

    def test_a_credential_is_found_by_its_hash_alone(self, store: Relational) -> None:
        kept = GatewayCredential(token_hash=b"h" * 32, gateway="home-1", added_ms=10)
        store.credentials.add_credential(kept)
        assert store.credentials.credential(b"h" * 32) == kept
        assert store.credentials.credential(b"i" * 32) is None

    def test_one_secret_cannot_be_two_gateways(self, store: Relational) -> None:
        store.credentials.add_credential(
            GatewayCredential(token_hash=b"h" * 32, gateway="home-1", added_ms=10)
        )
        with pytest.raises(StorageError):
            store.credentials.add_credential(
                GatewayCredential(token_hash=b"h" * 32, gateway="home-2", added_ms=20)
            )
        assert [each.gateway for each in store.credentials.credentials()] == ["home-1"]

    def test_the_last_use_is_kept(self, store: Relational) -> None:
        store.credentials.add_credential(
            GatewayCredential(token_hash=b"h" * 32, gateway="home-1", added_ms=10)
        )
        store.credentials.note_credential_used(b"h" * 32, 50)
        found = store.credentials.credential(b"h" * 32)
        assert found is not None
        assert found.used_ms == 50

    def test_the_newest_that_was_used_and_is_good_tells_which_are_of_before(self, store: Relational) -> None:
        credentials = store.credentials
        for letter, gateway, added_ms in ((b"a", "home-1", 10), (b"b", "home-1", 20), (b"c", "home-2", 30)):
            credentials.add_credential(
                GatewayCredential(token_hash=letter * 32, gateway=gateway, added_ms=added_ms)
            )
        found = [credentials.newest_used_credential_ms("home-1")]
        for letter in (b"a", b"b"):
            credentials.note_credential_used(letter * 32, 50)
            found.append(credentials.newest_used_credential_ms("home-1"))
        assert found == [None, 10, 20]
        credentials.revoke_credentials("home-1", 60)
        assert credentials.newest_used_credential_ms("home-1") is None

    def test_a_gateways_credentials_are_revoked_once_and_no_others(self, store: Relational) -> None:
        for letter, gateway, added_ms in ((b"a", "home-1", 10), (b"b", "home-1", 20), (b"c", "home-2", 30)):
            store.credentials.add_credential(
                GatewayCredential(token_hash=letter * 32, gateway=gateway, added_ms=added_ms)
            )
        counts = [
            store.credentials.revoke_credentials("home-1", 40, keep_newest=True),
            store.credentials.revoke_credentials("home-1", 50),
            store.credentials.revoke_credentials("home-1", 60),
        ]
        assert counts == [1, 1, 0]
        revoked = {each.token_hash[:1]: each.revoked_ms for each in store.credentials.credentials()}
        assert revoked == {b"a": 40, b"b": 50, b"c": None}


class ForgettingContract:
    """Who is forgotten is named nowhere, and everybody else as before."""

    def test_everything_of_a_patient_goes_and_nothing_of_another(self, people: Relational) -> None:
        for number, who in enumerate(("wei", "ana")):
            people.directory.bind(f"strap-{who}", who, 0)
            people.relations.give(a_grant("carer", who))
            commit(people, who, b"state", [alert(who, patient_id=who)], [f"slice-{who}"])
            people.alerts.handed_off([handed(who)])
            people.commands.add(asked(f"command-{who}", patient_id=who))
            people.commands.note_answer(answered(f"command-{who}"))
            people.sessions.add_session(a_session(bytes([number]) * 32, WEI_HERSELF.id))
            people.links.add_link(a_link(token_hash=bytes([number]) * 32, person_id=WEI_HERSELF.id))
        assert people.forgetting.forget("wei").rows == {
            "data_key": 2,
            "ledger_entry": 2,
            "hand_off": 1,
            "command_answer": 1,
            "alert": 1,
            "command": 1,
            "evaluated_slice": 1,
            "evaluator_state": 1,
            "binding": 1,
            "patient_grant": 1,
            "sign_in_link": 2,
            "session": 2,
            "person": 1,
            "patient": 1,
        }
        assert people.directory.patient("wei") is None
        assert people.sessions.session(bytes(32)) is None
        assert [one.patient_id for one in people.relations.related(1).grants] == ["ana"]
        assert [one.id for one in people.alerts.alerts_of("ana", open_only=False, limit=9)] == ["ana"]
        assert people.directory.patient_wearing("strap-ana", 1) == "ana"
        assert people.forgetting.forget("wei").rows == {}


class RelationalContract(
    RelationsContract,
    ForgettingContract,
    DirectoryContract,
    SessionStoreContract,
    AlertStateStoreContract,
    GatewayCredentialContract,
    AlertReaderContract,
    CommandBookContract,
):
    """All of it."""
