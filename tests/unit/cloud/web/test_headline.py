from dataclasses import replace

import pytest

from cloud.ports import AlertState, Patient, Person, Point, Priority, Role
from cloud.web.catalogues import catalogue
from cloud.web.headline import QUIET_AFTER_MS, Heard, alert_headline, by_urgency, headline
from cloud.web.words import say
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import CARER, OWNER, WEI

ENGLISH = catalogue("en")

SEEN = Point(t_ms=NOW_MS - 1000, value=72.0, quality=0.9, device="c0-01")


def said(person: Person, *alerts: object, newest: Point | None = SEEN, patient: Patient = WEI) -> str:
    return say(headline(person, patient, alerts, Heard(newest=newest), NOW_MS).sentence, ENGLISH)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("person", "expected"),
    [(CARER, "Wei: everything looks as usual."), (OWNER, "Everything looks as usual for you.")],
)
def test_nothing_wrong_is_said_in_one_sentence(person: Person, expected: str) -> None:
    assert said(person) == expected


def test_an_open_alert_is_what_the_page_is_about() -> None:
    assert said(CARER, an_alert("bradycardia")) == "Wei: slow heart rate for 6 min, not yet acknowledged."
    taken = an_alert("bradycardia", state=AlertState.ACKNOWLEDGED)
    assert said(CARER, taken) == "Wei: slow heart rate for 6 min, being looked after."
    assert said(OWNER, taken) == "For 6 min: slow heart rate. Somebody is looking after it."


def test_the_most_urgent_comes_first_and_the_others_are_counted() -> None:
    alerts = [an_alert("battery-low"), an_alert("tachycardia"), an_alert("bradycardia")]
    assert said(CARER, *alerts) == "Wei: slow heart rate for 6 min, not yet acknowledged. And 2 more."


def test_unacknowledged_goes_before_priority_and_the_body_before_the_equipment() -> None:
    taken = an_alert("bradycardia", state=AlertState.ACKNOWLEDGED)
    body = an_alert("tachycardia")
    equipment = an_alert("sensor-off", priority=Priority.MEDIUM)
    assert sorted([taken, equipment, body], key=by_urgency) == [body, equipment, taken]


def test_silence_is_never_called_usual() -> None:
    old = Point(t_ms=NOW_MS - QUIET_AFTER_MS - 1, value=72.0, quality=None, device="c0-01")
    assert said(CARER, newest=old) == "Wei: nothing heard for 2 min."
    assert said(CARER, newest=None) == "Wei: no reading has arrived yet."
    assert not headline(CARER, WEI, (), Heard(newest=old), NOW_MS).is_calm
    assert not headline(CARER, WEI, (), Heard(newest=None), NOW_MS).is_calm


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (CARER, "Wei: no alert, the last reading is 7 min old."),
        (OWNER, "No alert. Your last reading is 7 min old."),
    ],
)
def test_who_wears_no_heart_sensor_is_told_how_old_the_last_reading_is(person: Person, expected: str) -> None:
    heard = Heard(newest=None, measured_ms=NOW_MS - 7 * 60_000)
    found = headline(person, WEI, (), heard, NOW_MS)

    assert say(found.sentence, ENGLISH) == expected
    assert not found.is_calm


def test_a_name_with_braces_is_said_as_it_is() -> None:
    odd = Patient(id="p-wei", display_name="{0} {who.__class__}")
    assert said(CARER, patient=odd) == "{0} {who.__class__}: everything looks as usual."


def test_a_condition_of_a_newer_program_still_has_a_name() -> None:
    assert "new kind for 6 min" in said(CARER, replace(an_alert(explanation={}), condition="new-kind"))
    named = {"title": "Breathing stopped"}
    assert "breathing stopped for 6 min" in said(
        CARER, replace(an_alert(explanation=named), condition="new-kind")
    )


def test_a_limit_of_their_own_is_called_by_its_kind_and_a_brace_in_a_name_fills_nothing_in() -> None:
    own = {"kind": "glucose", "direction": "above", "limit": 180.0}
    named = replace(an_alert(explanation=own), condition="own-above-glucose-180")
    assert "blood sugar above the limit set for 6 min" in said(CARER, named)
    odd = replace(an_alert(explanation={"title": "{who} {0}"}), condition="odd")
    assert "{who} {0} for 6 min" in said(CARER, odd)


@pytest.mark.parametrize(
    ("person", "expected"), [(CARER, "Wei: the sensor is not worn."), (OWNER, "Your sensor is not worn.")]
)
def test_with_the_sensor_off_nothing_is_called_usual(person: Person, expected: str) -> None:
    found = headline(person, WEI, (), Heard(newest=SEEN, is_worn=False), NOW_MS)
    assert say(found.sentence, ENGLISH) == expected
    assert not found.is_calm


def test_a_headline_says_what_is_and_leaves_what_it_may_be_to_the_card() -> None:
    assert said(CARER, an_alert()) == "Wei: irregular heart rhythm for 6 min, not yet acknowledged."


def test_the_patients_own_page_is_for_the_person_whose_readings_they_are() -> None:
    other = Person(id="u-x", display_name="X", role=Role.PATIENT, patient_id="p-other")
    assert said(other) == "Wei: everything looks as usual."


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (CARER, "Wei: fast heart rate. Over; it lasted 5 min."),
        (OWNER, "It is over: fast heart rate. It lasted 5 min."),
    ],
)
def test_the_page_of_an_alert_that_ended_says_so_and_how_long_it_lasted(
    person: Person, expected: str
) -> None:
    over = an_alert("tachycardia", state=AlertState.RESOLVED, resolved_ms=NOW_MS - 60_000)
    assert say(alert_headline(person, WEI, over, NOW_MS), ENGLISH) == expected


def test_the_page_of_an_open_alert_says_how_it_stands() -> None:
    assert say(alert_headline(CARER, WEI, an_alert("tachycardia"), NOW_MS), ENGLISH) == said(
        CARER, an_alert("tachycardia")
    )
