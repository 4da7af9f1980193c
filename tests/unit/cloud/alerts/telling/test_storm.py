"""A thousand alerts in a minute: nobody gets hundreds of messages, the urgent go first, none is lost."""

from collections import Counter

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.telling.pacing import MOST_A_MINUTE
from cloud.ports import Alert, Channel, Occasion, Patient, Priority
from tests.fakes.alert_material import alert
from tests.fakes.telling_bench import ADA, BO, LIN, SAM, TellingBench

PATIENTS = [f"p-{number:03}" for number in range(100)]
CONDITIONS = list(RULES)[:10]


def a_ward(bench: TellingBench) -> None:
    for patient in PATIENTS:
        bench.directory.add_patient(Patient(id=patient, display_name=patient))
        bench.directory.grant(SAM.id, patient, 0, None)
    bench.reach(SAM, Channel.EMAIL)


def storm(*, high: int = 0) -> list[Alert]:
    """Ten alerts of each of a hundred patients within a minute, so many of them of high priority."""
    return [
        alert(
            f"a{number:04}",
            patient=PATIENTS[number % 100],
            condition=CONDITIONS[number // 100],
            family=RULES[CONDITIONS[number // 100]].family,
            priority=Priority.HIGH if number >= 1_000 - high else Priority.MEDIUM,
            raised_s=100 + number * 0.06,
            devices=[f"d{number}"],
        )
        for number in range(1_000)
    ]


def test_a_thousand_alerts_in_a_minute_are_a_few_messages_and_all_of_them_are_told() -> None:
    bench = TellingBench()
    a_ward(bench)
    alerts = storm()
    for second in range(60):
        bench.raised(*(one for one in alerts if int((one.raised_ms - alerts[0].raised_ms) / 1000) == second))
        bench.later(1)
    bench.later(180)
    mails = [one for one in bench.slow.offered if one.person == SAM]
    assert 1 <= len(mails) <= 5 * MOST_A_MINUTE
    told = {one.alert_id for one in bench.store.hand_offs if one.channel == "email" and one.error is None}
    assert told == {one.id for one in alerts}
    assert ("storm", SAM.id) in bench.held
    assert max(Counter(one.key for one in mails).values()) == 1


def test_what_is_urgent_is_neither_held_nor_lost_in_the_crowd_and_goes_first() -> None:
    bench = TellingBench()
    a_ward(bench)
    bench.raised(*storm(high=3), at_once=False)
    first = bench.pipeline.run()
    urgent = [one.entries[0].alert.id for one in first.letters if one.way.contact is not None][:3]
    assert urgent == ["a0997", "a0998", "a0999"]
    assert all(len(one.entries) == 1 for one in first.letters if one.entries[0].alert.id in urgent)


def test_a_step_looks_at_no_more_than_it_can_do_and_the_rest_follows() -> None:
    bench = TellingBench()
    a_ward(bench)
    alerts = [
        alert(f"b{number:04}", patient=f"q-{number:04}", condition="tachycardia", raised_s=100)
        for number in range(1_000)
    ]
    for one in alerts:
        bench.directory.add_patient(Patient(id=one.patient_id, display_name=one.patient_id))
        bench.directory.grant(BO.id, one.patient_id, 0, None)
    bench.raised(*alerts, at_once=False)
    seen = [
        len({entry.alert.id for one in bench.pipeline.run().letters for entry in one.entries})
        for _ in range(4)
    ]
    assert max(seen) <= 200
    bench.settle()
    told = {one.alert_id for one in bench.store.hand_offs if not one.is_hold}
    assert told == {one.id for one in alerts}


def test_administrators_get_one_notice_of_many_alerts_that_reach_nobody() -> None:
    bench = TellingBench()
    alerts = [
        alert(f"c{number}", patient=f"r-{number}", priority=Priority.HIGH, raised_s=100)
        for number in range(40)
    ]
    bench.raised(*alerts)
    bench.later(60)
    notices = [one for one in bench.slow.offered if one.occasion is Occasion.UNTOLD]
    assert {one.person for one in notices} == {ADA}
    assert len(notices) <= MOST_A_MINUTE + 1
    assert any("r-39" in one.words.body for one in notices)
    assert len(bench.pipeline.unreached) == 40


def test_an_ordinary_day_is_not_paced() -> None:
    bench = TellingBench()
    bench.raised(alert(raised_s=100))
    bench.later(31)
    bench.raised(alert("a2", condition="bradycardia", raised_s=131))
    mails = [one for one in bench.slow.offered if one.person == LIN and one.contact.channel is Channel.EMAIL]  # type: ignore[union-attr] # all have one
    assert [one.alert.id for one in mails] == ["a1", "a2"]
