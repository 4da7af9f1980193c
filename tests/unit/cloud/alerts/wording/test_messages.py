"""What is told: the right words for who reads, why now and where; fit for one SMS, nothing left out."""

import re
from dataclasses import replace

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import Direction
from cloud.alerts.wording.explanation import ENDED_BECAUSE, Baseline, Finding, explain
from cloud.alerts.wording.language import languages
from cloud.alerts.wording.messages import News, compose
from cloud.alerts.wording.quantities import Reader
from cloud.alerts.wording.sms import fits
from cloud.ports import Alert, AlertState, Family, Occasion, Priority, Role
from tests.fakes.alert_material import STRAP, T0

CARER = Reader(wants_detail=True)
CLINICIAN = Reader(role=Role.CLINICIAN, wants_detail=True)
HERSELF = Reader(role=Role.PATIENT, is_patient=True, wants_detail=True)
CHINESE = Reader(language="zh", wants_detail=True)
LOCKED = Reader()
ONSET = News(occasion=Occasion.ONSET, now_ms=T0 + 360_000, patient_name="Wei Zhang")
UNTAKEN = replace(ONSET, occasion=Occasion.ESCALATION, told=("Mei Lin", "Sam Doe"))
FOUND = Finding(
    devices=(STRAP,),
    value=82.0,
    limit=83.0,
    unit="%",
    quality=0.92,
    kind="oxygen_saturation",
    direction=Direction.BELOW,
    hold_s=30,
    reason="outbox-full",
    baseline=Baseline(kind="oxygen_saturation", median=96.0, low=94.0, high=98.0, hour=14, days=21),
)

ADVICE = (
    "The oxygen is very low. Check on them now and help them to sit up. "
    "If they cannot breathe well or are hard to wake, call for help at once."
)


def alert(condition: str = "oxygen-very-low", **changes: object) -> Alert:
    rule = RULES[condition]
    made = Alert(
        id="a1",
        patient_id="p-wei",
        condition=condition,
        family=rule.family,
        priority=rule.priority,
        state=AlertState.ACTIVE,
        began_ms=T0,
        raised_ms=T0 + 60_000,
        noticed_ms=None,
        explanation=explain(rule, FOUND),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", list(languages()))
@pytest.mark.parametrize("wants_detail", [True, False], ids=["whole", "private"])
@pytest.mark.parametrize("occasion", [each for each in Occasion if each is not Occasion.UNTOLD])
def test_every_condition_is_told_whole_to_every_role(
    tag: str, occasion: Occasion, *, wants_detail: bool
) -> None:
    news = replace(UNTAKEN, occasion=occasion, taken_by="Mei Lin", others=(alert("battery-low"),))
    for condition in RULES:
        for role in Role:
            reader = Reader(role=role, language=tag, wants_detail=wants_detail)
            words = compose(alert(condition, delayed=True), reader, news)
            assert not re.search(r"[{}]|None", words.subject + words.line + words.body)
            assert fits(words.line)
            assert len(words.subject) <= 120
            assert "\n" not in words.subject + words.line
            assert words.language == tag


def test_an_onset_says_how_urgent_of_whom_what_and_what_to_do() -> None:
    words = compose(alert(), CARER, ONSET)
    assert words.subject == "High priority - Wei Zhang: Very low oxygen"
    assert words.line == (
        "High priority - Wei Zhang: Very low oxygen. The oxygen level is 82 percent. The oxygen is very low. "
        "Check on them now and help them to sit up."
    )
    assert words.body.split("\n\n") == [
        "High priority - Wei Zhang: Very low oxygen",
        "It began 6 minutes ago.",
        "The oxygen level is 82 percent. It has stayed at 83 or less for 30 seconds.",
        ADVICE,
        "If a life may be at risk, call your local emergency number now.",
        "Carewire helps people to watch. It is no medical device: it may miss things or be wrong.",
    ]


def test_the_same_in_chinese() -> None:
    words = compose(alert(), CHINESE, replace(ONSET, patient_name="张伟"))
    assert words.subject == "【高优先级】张伟：血氧很低"
    assert words.line == (
        "【高优先级】张伟：血氧很低。血氧为82%，不高于83%已持续30秒。血氧很低。请马上去查看，扶其坐起。"
    )
    assert len(words.line) <= 70


def test_who_is_told_of_themselves_is_not_named() -> None:
    words = compose(alert(), HERSELF, ONSET)
    assert words.subject == "High priority: Very low oxygen"
    assert "Wei" not in words.body
    assert "Your oxygen is very low. Sit up and keep still." in words.line


def test_a_clinician_reads_numbers_what_is_usual_and_how_clear_the_signal_was() -> None:
    words = compose(alert(), CLINICIAN, ONSET)
    assert "SpO2 of 82 % against a limit of 83 % for 30 seconds." in words.line
    assert (
        "Usual oxygen level at this time of day: 94 to 98 %, by 21 days. The signal was 92 % clear."
        in words.body
    )


def test_an_escalation_says_how_long_nobody_has_come_and_who_knows() -> None:
    words = compose(alert(), CARER, UNTAKEN)
    said = "Nobody has taken it on for 5 minutes. Told so far: Mei Lin, Sam Doe."
    assert said in words.line
    assert said in words.body
    assert "Check on them now" in words.body


def test_nobody_is_named_where_nobody_was_told() -> None:
    assert "Told so far" not in compose(alert(), CARER, replace(UNTAKEN, told=())).body


@pytest.mark.parametrize(
    ("taken_by", "said"), [("Mei Lin", "Mei Lin has taken it on."), (None, "Somebody has taken it on.")]
)
def test_who_has_taken_it_on_is_named_and_the_others_need_do_nothing(taken_by: str | None, said: str) -> None:
    words = compose(alert(), CARER, replace(ONSET, occasion=Occasion.ACKNOWLEDGED, taken_by=taken_by))
    assert said in words.line
    assert "Check on them now" not in words.body
    assert "emergency" not in words.body


def test_what_they_found_is_told_but_not_where_others_look_on() -> None:
    taken = replace(ONSET, occasion=Occasion.ACKNOWLEDGED, taken_by="Mei Lin")
    false = alert(acknowledged_reason="false-alarm")
    said = "Mei Lin has taken it on. Their word on it: Not real: movement, contact."
    assert said in compose(false, CARER, taken).line
    assert "处理意见：误报" in compose(false, CHINESE, taken).line
    assert "Not real" not in compose(false, LOCKED, taken).body
    assert "Their word" not in compose(alert(acknowledged_reason="of-a-newer-program"), CARER, taken).body


def test_a_reminder_says_that_it_still_goes_on() -> None:
    words = compose(alert(), CARER, replace(ONSET, occasion=Occasion.REMINDER, taken_by="Mei Lin"))
    assert "Mei Lin took it on, and it still goes on after 6 minutes." in words.line


def test_an_end_says_how_long_it_went_on() -> None:
    over = alert(state=AlertState.RESOLVED, resolved_ms=T0 + 180_000)
    words = compose(over, CARER, replace(ONSET, occasion=Occasion.ENDED))
    assert "It is over. It went on for 3 minutes." in words.line


@pytest.mark.parametrize("state", [AlertState.RESOLVED, AlertState.LATCHED])
@pytest.mark.parametrize(
    ("reader", "said"),
    [(CARER, "When it was noticed: The oxygen level is 82 percent."), (CHINESE, "当时情况：血氧为82%")],
)
def test_what_is_over_is_not_told_as_if_it_were_so_now(state: AlertState, reader: Reader, said: str) -> None:
    over = alert(state=state, resolved_ms=T0 + 180_000)
    words = compose(over, reader, replace(ONSET, occasion=Occasion.ENDED))
    assert said in words.body
    assert said.partition(":")[0] not in compose(alert(), reader, ONSET).body


def test_an_end_that_nobody_has_seen_says_so() -> None:
    words = compose(alert(state=AlertState.LATCHED), CARER, replace(ONSET, occasion=Occasion.ENDED))
    assert "nobody has looked at it yet" in words.line


def test_an_end_because_it_is_no_longer_watched_for_is_not_told_as_a_recovery() -> None:
    over = alert(state=AlertState.RESOLVED, explanation=alert().explanation | {ENDED_BECAUSE: "not-watched"})
    words = compose(over, CARER, replace(ONSET, occasion=Occasion.ENDED))
    assert "It is no longer watched for." in words.line


@pytest.mark.parametrize(("reader", "said"), [(CARER, "arrived late"), (CHINESE, "延迟到达")])
def test_late_data_are_called_late_in_the_line_and_the_body(reader: Reader, said: str) -> None:
    words = compose(alert(delayed=True), reader, ONSET)
    assert said in words.line
    assert said in words.body


def test_others_that_go_out_with_it_are_named() -> None:
    news = replace(ONSET, others=(alert("battery-low"), alert("sensor-off")))
    assert "Also: Battery low, Sensor not worn." in compose(alert(), CARER, news).body
    assert "另有：电量低、传感器未佩戴。" in compose(alert(), CHINESE, news).body
    assert "And 2 more." in compose(alert(), LOCKED, news).body


@pytest.mark.parametrize("occasion", [each for each in Occasion if each is not Occasion.UNTOLD])
@pytest.mark.parametrize("tag", list(languages()))
def test_where_others_look_on_no_value_no_name_and_no_finding_is_shown(tag: str, occasion: Occasion) -> None:
    news = replace(UNTAKEN, occasion=occasion, taken_by="Mei Lin", others=(alert("glucose-very-low"),))
    for condition, rule in RULES.items():
        if rule.family is Family.TECHNICAL:
            continue
        words = compose(alert(condition), replace(LOCKED, language=tag, role=Role.CLINICIAN), news)
        shown = words.subject + words.line + words.body
        assert not re.search(r"8[23]|Wei|Zhang|Mei|Sam|oxygen|heart|sugar|fall|血|心|跌", shown)


def test_a_locked_screen_says_how_urgent_of_whom_by_initials_and_where_to_look() -> None:
    words = compose(alert(), LOCKED, UNTAKEN)
    assert words.line == (
        "High priority - W. Z.: an alert. Nobody has taken it on for 5 minutes. "
        "Open Carewire to see what it is and what to do."
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张伟", "张*"), ("Wei", "W."), ("José  Pérez", "J. P."), ("司马 光", "司* 光*"), ("", "")],
)
def test_a_name_is_hidden_as_its_script_does(name: str, shown: str) -> None:
    subject = compose(alert(), LOCKED, replace(ONSET, patient_name=name)).subject
    assert subject == f"High priority - {shown}: an alert"


@pytest.mark.parametrize("name", ["Wei\r\nBcc: all@example.org", "{value} {0}", "W" * 400, "\x00\x1b[31m"])
@pytest.mark.parametrize("reader", [CARER, LOCKED])
def test_no_name_breaks_a_message(name: str, reader: Reader) -> None:
    words = compose(alert(), reader, replace(UNTAKEN, patient_name=name, taken_by=name, told=(name,) * 40))
    assert words.subject.isprintable()
    assert words.line.isprintable()
    assert fits(words.line)
    assert len(words.subject) < 120


@pytest.mark.parametrize(
    ("priority", "family", "is_said"),
    [
        (Priority.HIGH, Family.PHYSIOLOGICAL, True),
        (Priority.MEDIUM, Family.PHYSIOLOGICAL, False),
        (Priority.HIGH, Family.TECHNICAL, False),
    ],
)
def test_the_emergency_number_is_named_where_a_life_may_be_at_risk_and_no_country_is(
    priority: Priority, family: Family, *, is_said: bool
) -> None:
    grave = alert(priority=priority, family=family)
    for reader in (CARER, CHINESE, LOCKED):
        body = compose(grave, reader, ONSET).body
        assert (re.search("local emergency number|当地急救电话", body) is not None) is is_said
        assert not re.search(r"\b(911|112|999|000|120)\b", body)


def test_every_message_says_what_this_is_not() -> None:
    for reader in (CARER, HERSELF, CLINICIAN, LOCKED):
        assert "no medical device" in compose(alert(), reader, ONSET).body
    assert "不是医疗器械" in compose(alert(), CHINESE, ONSET).body


def test_a_language_there_is_none_of_is_english_and_says_so() -> None:
    words = compose(alert(), replace(CARER, language="fr"), ONSET)
    assert (words.language, words.subject) == ("en", "High priority - Wei Zhang: Very low oxygen")
