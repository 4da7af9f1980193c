"""Words are found for who reads them, by the way they come; administrators learn no more than they may."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cloud.alerts.telling.composing import Composer
from cloud.ports import (
    UNREADABLE,
    Alert,
    AlertState,
    Channel,
    ContactPoint,
    HandOff,
    Occasion,
    Patient,
    Person,
    Priority,
    Role,
)
from tests.fakes.alert_material import at
from tests.fakes.alerts import an_alert
from tests.fakes.telling_bench import ADA, BO, LIN, WEI, TellingBench

ALERT = replace(an_alert("tachycardia"), id="a1")


def words_for(
    person: Person,
    channel: Channel | None = None,
    occasion: Occasion = Occasion.ONSET,
    *,
    language: str = "en",
    alert: Alert = ALERT,
    detail: bool = False,
    others: Sequence[Alert] = (),
) -> str:
    bench = TellingBench()
    bench.prefer(person, language=language)
    bench.store.hand_offs.append(
        HandOff(alert_id="a1", channel="email", person_id=LIN.id, at_ms=at(90), occasion=Occasion.ONSET)
    )
    contact = channel and ContactPoint(
        id="c1", person_id=person.id, channel=channel, address={"detail": detail}, label="", added_ms=0
    )
    composer = Composer(names=bench.directory, wants=bench.preferences, past=bench.store, clock=bench.clock)
    words = composer([alert, *others], person, contact, occasion)
    return f"{words.subject}\n{words.line}\n{words.body}"


class SealedNames:
    """A directory whose names do not open any more."""

    def patient(self, patient_id: str) -> Patient | None:
        return Patient(id=patient_id, display_name=UNREADABLE)

    def person(self, person_id: str) -> Person | None:
        return Person(id=person_id, display_name=UNREADABLE, role=Role.CAREGIVER)


def test_a_name_that_does_not_open_keeps_nobody_from_being_told() -> None:
    bench = TellingBench()
    composer = Composer(names=SealedNames(), wants=bench.preferences, past=bench.store, clock=bench.clock)
    assert "136" in composer([ALERT], LIN, None, Occasion.ONSET).line


SLOW = [one for one in Channel if one is not Channel.IN_APP]


def test_open_pages_are_told_what_was_seen() -> None:
    assert "136" in words_for(LIN)


@pytest.mark.parametrize("channel", SLOW)
def test_a_way_that_somebody_asked_to_say_more_does(channel: Channel) -> None:
    assert "136" in words_for(LIN, channel, detail=True)


@pytest.mark.parametrize("channel", SLOW)
def test_what_others_may_see_says_neither_value_nor_condition(channel: Channel) -> None:
    words = words_for(LIN, channel)
    assert "136" not in words
    assert "heart" not in words.lower()


def test_everybody_reads_their_own_language() -> None:
    assert "【" in words_for(LIN, language="zh")


def test_an_escalation_names_who_was_told_and_an_acknowledgement_who_took_it_on() -> None:
    assert "Lin" in words_for(BO, occasion=Occasion.ESCALATION)
    taken = replace(ALERT, state=AlertState.ACKNOWLEDGED, acknowledged_by=LIN.id)
    assert "Lin has taken it on" in words_for(BO, occasion=Occasion.ACKNOWLEDGED, alert=taken)


def test_the_patient_is_told_plainly_and_without_a_name() -> None:
    assert "Wei" not in words_for(WEI)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_administrator_learns_that_something_reaches_nobody_and_nothing_of_what_it_is(
    language: str,
) -> None:
    high = replace(ALERT, priority=Priority.HIGH)
    words = words_for(ADA, Channel.EMAIL, Occasion.UNTOLD, language=language, alert=high)
    assert "p-wei" in words
    assert "136" not in words
    assert "heart" not in words.lower()
    assert "Wei" not in words.replace("p-wei", "")


OTHER = replace(an_alert("oxygen-low"), id="a2")


def test_what_goes_out_together_is_named_where_all_of_it_is_of_one_patient() -> None:
    assert "Also: Low oxygen." in words_for(LIN, Channel.EMAIL, detail=True, others=[OTHER])


@pytest.mark.parametrize(
    "other",
    [replace(OTHER, patient_id="p-ama"), replace(OTHER, state=AlertState.RESOLVED)],
    ids=["another patient's", "over"],
)
@pytest.mark.parametrize("detail", [True, False])
def test_nothing_is_said_of_a_patient_that_is_not_so_of_them(other: Alert, *, detail: bool) -> None:
    words = words_for(LIN, Channel.EMAIL, detail=detail, others=[other])
    assert "oxygen" not in words.lower()
    assert "And 1 more." in words
