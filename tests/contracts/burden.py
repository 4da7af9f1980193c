"""What every BurdenReader keeps. An adapter's test module derives a class and gives it a `store`."""

import pytest

from cloud.ports import AlertCourse, AlertState, Courses, Family, HandOff, Priority, Remembered, Telling
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import alert


def commit(store: Relational, *alerts: tuple[str, int], patient_id: str = "wei", **more: object) -> None:
    """Store alerts by id and when they were raised."""
    raised = [alert(name, raised_ms=at_ms, patient_id=patient_id, **more) for name, at_ms in alerts]
    store.alerts.commit(store.alerts.load(patient_id) or Remembered(patient_id=patient_id), b"", raised)


def names(found: Courses) -> list[str]:
    return [one.id for one in found.courses]


class BurdenContract:
    """Past alerts are read for many patients at once, bounded, and for nobody who was not asked for."""

    def test_what_became_of_an_alert_is_read_back(self, store: Relational) -> None:
        commit(
            store,
            ("a1", 20),
            state=AlertState.RESOLVED,
            acknowledged_ms=30,
            acknowledged_by="carer",
            acknowledged_reason="real",
            delayed=True,
        )
        assert store.burden.courses(["wei"], 0, 100, 9).courses == [
            AlertCourse(
                id="a1",
                patient_id="wei",
                condition="atrial-fibrillation",
                family=Family.PHYSIOLOGICAL,
                priority=Priority.MEDIUM,
                raised_ms=20,
                acknowledged_ms=30,
                acknowledged_by="carer",
                acknowledged_reason="real",
                delayed=True,
            )
        ]

    def test_a_period_holds_its_start_and_not_its_end_and_nobody_elses(self, store: Relational) -> None:
        commit(store, ("before", 9), ("first", 10), ("last", 19), ("after", 20))
        commit(store, ("hers", 15), patient_id="ana")
        assert names(store.burden.courses(["wei"], 10, 20, 9)) == ["first", "last"]
        assert names(store.burden.courses(["wei", "ana"], 10, 20, 9)) == ["first", "hers", "last"]
        assert store.burden.courses([], 10, 20, 9) == Courses(courses=[], omitted=0)

    def test_a_pending_alert_has_burdened_nobody(self, store: Relational) -> None:
        commit(store, ("a1", 20), state=AlertState.PENDING)
        assert names(store.burden.courses(["wei"], 0, 100, 9)) == []

    def test_the_newest_are_read_where_there_are_too_many_and_the_others_counted(
        self, store: Relational
    ) -> None:
        commit(store, ("a1", 10), ("a2", 20), ("a3", 30))
        found = store.burden.courses(["wei"], 0, 100, 2)
        assert (names(found), found.omitted) == (["a2", "a3"], 1)

    @pytest.mark.parametrize("error", [None, "refused: try again"])
    def test_what_was_told_of_them_is_read_with_its_way_and_outcome(
        self, store: Relational, error: str | None
    ) -> None:
        commit(store, ("a1", 20), ("old", 5))
        told = HandOff(
            alert_id="a1",
            channel="email",
            person_id="carer",
            at_ms=40,
            error=error,
            occasion="escalation",
            receipt=None if error else "250 ok",
        )
        other = HandOff(alert_id="old", channel="email", person_id="carer", at_ms=6)
        store.alerts.handed_off(
            [other, told, HandOff(alert_id="a1", channel="held:x", person_id="", at_ms=41)]
        )
        first, second = store.burden.tellings(["wei"], 10, 100, 9)
        assert first == Telling(
            alert_id="a1",
            channel="email",
            person_id="carer",
            at_ms=40,
            occasion="escalation",
            failed=error is not None,
            has_receipt=error is None,
        )
        assert second.channel == "held:x"
        assert store.burden.tellings(["wei"], 10, 100, 1) == (second,)
        assert store.burden.tellings(["ana"], 0, 100, 9) == ()
