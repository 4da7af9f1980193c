"""What the pages read of alerts."""

from cloud.ports import AlertState
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import alert, commit, handed


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
