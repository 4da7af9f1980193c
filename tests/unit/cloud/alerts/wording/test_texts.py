"""What was kept becomes sentences when it is read: in the reader's language, and whatever program kept it."""

import re
from dataclasses import replace
from typing import Any

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import Direction
from cloud.alerts.wording.explanation import Baseline, Finding, explain
from cloud.alerts.wording.language import languages
from cloud.alerts.wording.quantities import Reader
from cloud.alerts.wording.texts import advice_of, explained_to, texts_of, title_of, usual_of
from cloud.ports import Alert, AlertState, Role
from tests.fakes.alert_material import STRAP, T0, evidence
from vitals.records import Feature, Prototype
from vitals.scores.news2 import news2
from vitals.scores.tables import Measured

ENGLISH, CHINESE = Reader(), Reader(language="zh")
FAST = Finding(
    devices=(STRAP,),
    value=142.0,
    limit=131.0,
    unit="/min",
    quality=0.9,
    kind="heart_rate",
    direction=Direction.ABOVE,
    hold_s=60,
)
LOW_SUGAR = replace(
    FAST, value=45.0, limit=54.0, unit="mg/dL", kind="glucose", direction=Direction.BELOW, hold_s=900
)


def alert(condition: str, finding: Finding, **explanation: object) -> Alert:
    rule = RULES.get(condition, RULES["tachycardia"])
    return Alert(
        id="a1",
        patient_id="p-wei",
        condition=condition,
        family=rule.family,
        priority=rule.priority,
        state=AlertState.ACTIVE,
        began_ms=T0,
        raised_ms=T0,
        noticed_ms=None,
        explanation=explain(rule, finding) | explanation,
    )


@pytest.mark.parametrize("tag", list(languages()))
@pytest.mark.parametrize("finding", [FAST, Finding(devices=())], ids=["all", "nothing"])
def test_every_condition_reads_whole_in_every_language(tag: str, finding: Finding) -> None:
    for condition in RULES:
        texts = texts_of(alert(condition, finding), Reader(language=tag))
        assert all(advice_of(texts, role) for role in Role)
        assert not re.search(r"[{}]|None", f"{texts}".partition("(")[2])


def test_the_value_and_its_limit_are_in_the_sentence() -> None:
    fast = alert("tachycardia", FAST)
    assert texts_of(fast, ENGLISH).summary == (
        "The heart rate is 142 a minute. It has stayed at 131 or more for a minute."
    )
    assert texts_of(fast, CHINESE).summary == "心率为142次/分，不低于131次/分已持续1分钟。"


@pytest.mark.parametrize(
    ("reader", "summary"),
    [
        (ENGLISH, "The blood sugar is 45 mg/dL. It has stayed at 54 or less for 15 minutes."),
        (
            replace(ENGLISH, glucose_unit="mmol/L"),
            "The blood sugar is 2.5 mmol/L. It has stayed at 3.0 or less for 15 minutes.",
        ),
        (replace(CHINESE, glucose_unit="mmol/L"), "血糖为2.5mmol/L，不高于3.0mmol/L已持续15分钟。"),
    ],
)
def test_glucose_is_told_in_the_readers_unit(reader: Reader, summary: str) -> None:
    assert texts_of(alert("glucose-very-low", LOW_SUGAR), reader).summary == summary


def test_each_role_reads_its_own_advice_and_an_administrator_the_caregivers() -> None:
    texts = texts_of(alert("tachycardia", FAST), ENGLISH)
    told = {role: advice_of(texts, role) for role in Role}
    assert len({told[Role.PATIENT], told[Role.CAREGIVER], told[Role.CLINICIAN]}) == 3
    assert told[Role.ADMINISTRATOR] == told[Role.CAREGIVER]


def test_why_data_are_missing_is_said_in_words() -> None:
    lost = alert("gap", Finding(devices=(STRAP,), value=12, reason="outbox-full"))
    assert texts_of(lost, ENGLISH).summary == (
        "About 12 minutes of readings are missing: the home box was full."
    )
    assert texts_of(lost, CHINESE).summary == "约有12分钟的读数缺失：家庭网关存储已满。"


class TestWithoutWordsOfItsOwn:
    def test_a_limit_is_told_by_its_kind_and_side(self) -> None:
        own = alert("spo2-for-wei", replace(FAST, kind="oxygen_saturation", unit="%", value=87, limit=88))
        below = replace(own, explanation=own.explanation | {"direction": "below"})
        assert title_of(below, ENGLISH) == "Oxygen level below the limit set"
        assert title_of(below, CHINESE) == "血氧饱和度低于所设界限"
        assert texts_of(below, ENGLISH).summary == (
            "The oxygen level is 87 %. The limit set for this person is 88 or less."
        )

    @pytest.mark.parametrize("tag", list(languages()))
    @pytest.mark.parametrize("changes", [{"limit": None}, {"kind": None}, {"direction": None}])
    def test_whatever_else_is_told_by_its_name(self, tag: str, changes: dict[str, Any]) -> None:
        newer = alert("of-a-newer-program", FAST, title="Breathing stopped", **changes)
        texts = texts_of(newer, Reader(language=tag))
        assert texts.title == "Breathing stopped"
        assert "Breathing stopped" in texts.summary

    def test_by_its_key_if_it_has_no_name(self) -> None:
        assert title_of(alert("very-new", FAST, title=None, kind=None), ENGLISH) == "Very new"


class TestOfAnOlderProgram:
    OLD = alert(
        "tachycardia",
        FAST,
        title="Fast heart rate",
        summary="The heart rate was 142.",
        advice={"patient": "Sit.", "caregiver": "Look.", "clinician": "142 /min."},
        contributors=[{"name": "Heart rate", "value": 142.0, "says": "The limit is 131."}],
        prototypes=[{"label": "Usual beat", "distance": 0.1, "beat": None}],
    )

    @pytest.mark.parametrize("reader", [ENGLISH, CHINESE], ids=["en", "zh"])
    def test_sentences_are_read_as_they_were_written(self, reader: Reader) -> None:
        texts = texts_of(self.OLD, reader)
        assert (texts.summary, texts.patient, texts.caregiver) == ("The heart rate was 142.", "Sit.", "Look.")
        told = explained_to(self.OLD, reader)
        assert told["contributors"] == self.OLD.explanation["contributors"]
        assert told["prototypes"] == self.OLD.explanation["prototypes"]

    def test_its_title_is_the_readers_if_the_condition_is_still_known(self) -> None:
        assert title_of(self.OLD, CHINESE) == "心率过快"
        assert title_of(replace(self.OLD, condition="long-gone"), CHINESE) == "Fast heart rate"

    def test_with_hardly_anything_in_it_nothing_breaks(self) -> None:
        bare = replace(self.OLD, explanation={"summary": "It was seen.", "advice": 3, "contributors": "x"})
        assert explained_to(bare, ENGLISH)["contributors"] == []
        assert texts_of(bare, ENGLISH).patient == ""

    def test_with_nothing_in_it_the_condition_still_speaks(self) -> None:
        empty = replace(self.OLD, explanation={})
        assert texts_of(empty, ENGLISH).summary.startswith("The heart rate is ? a minute.")


def test_a_limit_says_itself_and_what_is_usual_for_the_patient() -> None:
    [reading] = contributors(alert("tachycardia", FAST))
    assert (reading["name"], reading["says"]) == ("Heart rate", "The limit is 131 /min.")
    usual = Baseline(kind="heart_rate", median=70.0, low=62.0, high=78.0, hour=14, days=21)
    known = alert("tachycardia", replace(FAST, baseline=usual))
    [reading] = contributors(known)
    assert reading["says"] == "The limit is 131 /min. Usual at this time of day: 62 to 78 /min."
    assert usual_of(known.explanation, CHINESE) == "本人此时段心率平常为62～78次/分（依据21天的数据）。"
    assert usual_of(alert("tachycardia", FAST).explanation, ENGLISH) is None


def test_the_parts_of_a_score_say_their_points() -> None:
    score = news2(
        {"heart_rate": Measured(value=131, age_ms=0), "body_temperature": Measured(value=38.5, age_ms=0)},
        age_years=70,
    )
    scored = alert("news2-single", Finding(devices=(STRAP,), score=score, unit="{score}"))
    assert [(row["name"], row["says"]) for row in contributors(scored)] == [
        ("Heart rate", "It gives 3 points."),
        ("Body temperature", "It gives one point."),
    ]
    assert [(row["name"], row["says"]) for row in contributors(scored, CHINESE)] == [
        ("心率", "此项计3分。"),
        ("体温", "此项计1分。"),
    ]


def test_what_was_left_out_is_said_by_reason() -> None:
    lacking = alert("tachycardia", replace(FAST, left_out={"low-quality": 12, "implausible": 1}))
    assert explained_to(lacking, ENGLISH)["left_out_says"] == [
        "12 values are left out: the signal was unclear.",
        "One value is left out: no living body shows such a value.",
    ]
    assert explained_to(lacking, CHINESE)["left_out_says"] == [
        "有12个数值未采用：信号不清晰。",
        "有1个数值未采用：数值超出人体可能的范围。",
    ]


def contributors(given: Alert, reader: Reader = ENGLISH) -> list[dict[str, Any]]:
    found = explained_to(given, reader)["contributors"]
    assert isinstance(found, list)
    return found


def of_feature(feature: Feature, reader: Reader = ENGLISH) -> dict[str, Any]:
    finding = Finding(devices=(), evidence=evidence([feature]))
    [only] = contributors(alert("atrial-fibrillation", finding), reader)
    return only


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (50.9, "It is lower than usual.", "低于平常。"),
        (51.0, "It is as usual.", "与平常一样。"),
        (90.0, "It is as usual.", "与平常一样。"),
        (90.1, "It is higher than usual.", "高于平常。"),
    ],
)
def test_a_feature_at_its_usual_limit_is_usual(value: float, english: str, chinese: str) -> None:
    feature = Feature(name="mean_heart_rate", value=value, unit="/min", usual_low=51.0, usual_high=90.0)
    assert of_feature(feature)["says"].endswith(english)
    assert of_feature(feature, CHINESE)["says"].endswith(chinese)


def test_a_feature_nobody_has_named_yet_is_still_readable() -> None:
    only = of_feature(Feature(name="st_slope-left", value=1.0, unit="mV"))
    assert (only["name"], only["says"]) == ("St slope left", "")


def test_a_feature_without_a_number_is_not_held_against_what_is_usual() -> None:
    feature = Feature(name="mean_heart_rate", value=float("nan"), unit="/min", usual_high=90.0)
    assert "usual" not in of_feature(feature)["says"]


def test_what_people_labelled_is_named_in_the_readers_language() -> None:
    given = evidence()
    beat = Prototype(label="V", distance=0.5, beat_uv=[1, 2, 3])
    labelled = type(given)(
        **{field: getattr(given, field) for field in given.__struct_fields__} | {"prototypes": [beat]}
    )
    premature = alert("ventricular-tachycardia", Finding(devices=(), evidence=labelled))
    named = [explained_to(premature, reader)["prototypes"][0]["label"] for reader in (ENGLISH, CHINESE)]  # type: ignore[index]
    assert named == ["Beat from a ventricle", "室性搏动"]


def test_each_sign_of_several_is_said_with_its_own_limit_in_the_readers_words() -> None:
    signs = (("body_temperature", 38.6, 38.1), ("heart_rate", 118.0, 111.0))
    raised = alert("fever-with-fast-signs", Finding(devices=(STRAP,), hold_s=600, signs=signs))
    english, chinese = (explained_to(raised, reader)["contributors"] for reader in (ENGLISH, CHINESE))
    said = [(one["name"], one["value"], one["says"]) for one in english]  # type: ignore[attr-defined]
    assert said == [
        ("Body temperature", 38.6, "The limit is 38.1 °C."),
        ("Heart rate", 118.0, "The limit is 111 /min."),
    ]
    assert [one["says"] for one in chinese] != [says for _, _, says in said]  # type: ignore[attr-defined]
