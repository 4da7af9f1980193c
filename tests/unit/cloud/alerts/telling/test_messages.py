"""A telling has one key however often it is made, and no other telling has it."""

from dataclasses import replace

import pytest

from cloud.alerts.telling.messages import OCCASION_OF, Messages, key_of
from cloud.ports import AlertState, Channel, ContactPoint, Occasion, Person, Role
from tests.fakes.alert_material import alert

CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)
MAIL = ContactPoint(
    id="c1",
    person_id="u-carer",
    channel=Channel.EMAIL,
    address={"to": "lin@example.org"},
    label="home",
    added_ms=0,
)
MESSAGES = Messages(site_url="https://care.example.org")


def test_the_same_telling_has_the_same_key() -> None:
    group = [alert(), alert("a2")]
    assert MESSAGES.of(group, CARER, MAIL).key == MESSAGES.of(group[::-1], CARER, MAIL).key


def test_every_other_telling_has_another() -> None:
    keys = {
        key_of([alert()], "u-carer", MAIL, Occasion.ONSET, 0),
        key_of([alert("a2")], "u-carer", MAIL, Occasion.ONSET, 0),
        key_of([alert(), alert("a2")], "u-carer", MAIL, Occasion.ONSET, 0),
        key_of([alert(state=AlertState.RESOLVED)], "u-carer", MAIL, Occasion.ONSET, 0),
        key_of([alert()], "u-wei", MAIL, Occasion.ONSET, 0),
        key_of([alert()], "u-carer", replace(MAIL, id="c2"), Occasion.ONSET, 0),
        key_of([alert()], "u-carer", None, Occasion.ONSET, 0),
        key_of([alert()], "u-carer", MAIL, Occasion.ESCALATION, 0),
        key_of([alert()], "u-carer", MAIL, Occasion.ONSET, 1),
    }
    assert len(keys) == 9
    assert {len(key) for key in keys} == {32}


def test_a_message_speaks_for_all_and_opens_the_first() -> None:
    message = MESSAGES.of([alert(), alert("a2", condition="bradycardia")], CARER)
    assert message.alert.explanation["also"] == ["Bradycardia"]
    assert message.url == "https://care.example.org/alerts/a1"
    assert (message.words.subject, message.words.body) == ("Fast heart rate", "It was seen.")


@pytest.mark.parametrize(
    ("state", "occasion"),
    [
        (AlertState.ACTIVE, Occasion.ONSET),
        (AlertState.LATCHED, Occasion.ENDED),
        (AlertState.ACKNOWLEDGED, Occasion.ACKNOWLEDGED),
        (AlertState.RESOLVED, Occasion.ENDED),
    ],
)
def test_the_occasion_is_that_of_the_state(state: AlertState, occasion: Occasion) -> None:
    assert MESSAGES.of([alert(state=state)], CARER).occasion is occasion


def test_every_state_that_is_told_has_an_occasion() -> None:
    assert OCCASION_OF.keys() == set(AlertState) - {AlertState.PENDING}
