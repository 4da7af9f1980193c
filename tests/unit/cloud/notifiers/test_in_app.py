"""The channel of open pages."""

import msgspec

from cloud.alerts.telling.messages import Messages
from cloud.notifiers.in_app import InAppNotifier
from cloud.ports import AlertState, Person, Role
from tests.fakes.alert_material import PATIENT, alert, at
from tests.fakes.live_feed import FakeLiveFeed

CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)
OWNER = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id=PATIENT)


def test_an_alert_reaches_the_patients_stream_with_what_a_page_needs() -> None:
    live = FakeLiveFeed()
    InAppNotifier(live=live).deliver(Messages().of([alert()], CARER))
    assert live.published == [
        (
            PATIENT,
            "alert",
            {
                "id": "a1",
                "state": "active",
                "condition": "tachycardia",
                "family": "physiological",
                "priority": "medium",
                "title": "Fast heart rate",
                "summary": "It was seen.",
                "also": [],
                "began_ms": at(0),
                "delayed": False,
                "calls": True,
            },
        )
    ]


def test_it_is_published_once_for_all_who_watch() -> None:
    live = FakeLiveFeed()
    notifier = InAppNotifier(live=live)
    for person in (CARER, OWNER):
        notifier.deliver(Messages().of([alert()], person))
    assert len(live.published) == 1


def test_each_transition_is_published() -> None:
    live = FakeLiveFeed()
    notifier = InAppNotifier(live=live)
    for state in (AlertState.ACTIVE, AlertState.ACKNOWLEDGED, AlertState.RESOLVED):
        notifier.deliver(Messages().of([alert(state=state)], CARER))
    assert len(live.published) == 3


def test_what_is_told_again_a_step_later_calls_again() -> None:
    live = FakeLiveFeed()
    notifier = InAppNotifier(live=live)
    for step in (0, 1):
        notifier.deliver(Messages().of([alert()], CARER, step=step))
    assert len(live.published) == 2


def test_the_event_is_small_and_json() -> None:
    live = FakeLiveFeed()
    InAppNotifier(live=live).deliver(Messages().of([alert()], CARER))
    assert len(msgspec.json.encode(live.published[0][2])) < 1_000
