"""Which alerts are looked at next, and what was handed off for them."""

import pytest

from cloud.partitions import partition_of
from cloud.ports import AlertState, Due, Looked, Priority
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import alert, commit, handed
from vitals.errors import StorageError


def due(store: Relational, now_ms: int = 1_000) -> list[str]:
    return [one.alert_id for one in store.alerts.due(now_ms)]


def look(store: Relational, again_ms: int | None, alert_id: str = "a1") -> None:
    """Take note that an alert was looked at as it is now."""
    (watched,) = [one for one in store.alerts.watched_of(["wei", "ana"]) if one.alert.id == alert_id]
    store.alerts.handed_off([], [Looked(alert_id, watched.alert.state, watched.due_ms, again_ms)])


class DueAlertsContract:
    """A notification is owed until it is handed off, and looked at again when it was said."""

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
