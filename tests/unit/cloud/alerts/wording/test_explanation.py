"""Every alert can say why, as data in no language."""

import json
import math
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import Direction, Rule
from cloud.alerts.wording.explanation import MAX_EXPLANATION_BYTES, Baseline, Finding, explain
from tests.fakes.alert_material import STRAP, T0, evidence
from vitals.records import Evidence, Feature, Prototype
from vitals.scores.news2 import news2
from vitals.scores.tables import Measured

KEYS = {"title", "value", "limit", "unit", "kind", "direction", "hold_s", "reason", "quality", "baseline"}
KEYS |= {"contributors", "score", "model", "median_beat", "beat", "prototypes", "strip"}
KEYS |= {"history_kind", "history", "left_out", "devices"}
RULE = pytest.mark.parametrize("rule", list(RULES.values()), ids=lambda rule: rule.key)
TACHYCARDIA, AF = RULES["tachycardia"], RULES["atrial-fibrillation"]
FULL = Finding(
    devices=(STRAP,),
    value=142.0,
    limit=131.0,
    unit="/min",
    quality=0.9,
    kind="heart_rate",
    hold_s=60,
    direction=Direction.ABOVE,
    reason="gateway-down",
    history=tuple((T0 + 5_000 * n, 100.0 + n) for n in range(120)),
)


def widest() -> Evidence:
    features = [
        Feature(name="a_feature_" * 40, value=1 / 3, unit="u" * 200, usual_low=1 / 7, usual_high=2 / 7)
        for _ in range(50)
    ]
    return evidence(features, beat_points=20_000)


@RULE
@pytest.mark.parametrize("finding", [FULL, Finding(devices=())], ids=["all", "nothing"])
def test_every_rule_explains_itself_with_the_promised_keys(rule: Rule, finding: Finding) -> None:
    explanation = explain(rule, finding)
    assert explanation.keys() == KEYS
    assert msgspec.json.decode(msgspec.json.encode(explanation)) == explanation


@RULE
def test_no_sentence_is_kept_that_a_reader_of_another_language_could_not_read(rule: Rule) -> None:
    kept = explain(rule, FULL)
    assert not {"summary", "advice", "usual"} & kept.keys()
    assert not any("says" in row or "name" in row for row in kept["contributors"])  # type: ignore[attr-defined]


@RULE
def test_what_does_not_apply_is_null(rule: Rule) -> None:
    explanation = explain(rule, Finding(devices=()))
    assert [
        explanation[key] for key in ("value", "limit", "unit", "kind", "quality", "baseline", "model")
    ] == [None] * 7
    assert explanation["contributors"] == explanation["history"] == []


@RULE
def test_an_explanation_stays_under_8_kb_whatever_it_is_given(rule: Rule) -> None:
    history = tuple((T0 + n, 1 / 3 + n) for n in range(5_000))
    finding = Finding(
        devices=(STRAP,) * 20,
        value=1 / 3,
        limit=1 / 7,
        quality=1 / 9,
        reason="x" * 9_000,
        evidence=widest(),
        history=history,
    )
    assert len(msgspec.json.encode(explain(rule, finding))) < MAX_EXPLANATION_BYTES


def test_a_usual_explanation_keeps_its_whole_history_and_beat() -> None:
    finding = Finding(devices=(STRAP,), quality=0.9, evidence=evidence(), history=FULL.history)
    explanation = explain(AF, finding)
    assert len(explanation["history"]) == 120  # type: ignore[arg-type]
    assert explanation["median_beat"] == {"rate_hz": 100.0, "uv": list(range(90))}


def test_history_too_long_for_the_rest_is_thinned_and_keeps_its_newest_point() -> None:
    history = tuple((T0 + 5_000 * n, 1 / 3 + n) for n in range(120))
    explanation = explain(AF, Finding(devices=(STRAP,), evidence=widest(), history=history))
    kept = explanation["history"]
    assert isinstance(kept, list)
    assert 0 < len(kept) < 120
    assert kept[-1] == list(history[-1])


def drawn() -> Evidence:
    """Evidence with everything that can be drawn, each as long as it may be."""
    beat = Prototype(label="V", distance=0.5, beat_uv=list(range(240)))
    return msgspec.structs.replace(
        evidence(),
        beat_uv=list(range(240)),
        prototypes=[beat] * 8,
        strip_uv=list(range(1_000)),
        strip_rate_hz=50.0,
    )


def test_the_beat_the_labelled_ones_and_the_strip_are_drawn_each_at_its_rate() -> None:
    told = explain(AF, Finding(devices=(), evidence=drawn()))
    assert told["beat"] == {"rate_hz": 100.0, "uv": list(range(240))}
    assert told["strip"] == {"rate_hz": pytest.approx(50 / 3), "uv": list(range(0, 1_000, 3))}
    assert (
        told["prototypes"]
        == [
            {
                "code": "V",
                "distance": 0.5,
                "beat": {"rate_hz": 100.0, "uv": list(range(240))},
            }
        ]
        * 3
    )


def test_what_people_labelled_gives_way_before_the_beat_itself() -> None:
    long_words = [
        Feature(
            name=f"a_long_feature_{n}_" * 5, value=1 / 3, unit="u" * 80, usual_low=1 / 7, usual_high=2 / 7
        )
        for n in range(10)
    ]
    full = msgspec.structs.replace(drawn(), features=long_words, beat_uv=[-1_234_567] * 240)
    told = explain(AF, Finding(devices=(STRAP,), evidence=full, history=FULL.history))
    assert len(msgspec.json.encode(told)) < MAX_EXPLANATION_BYTES
    assert (told["prototypes"], told["history"]) == ([], [])
    assert told["beat"] is not None


def test_a_rule_names_no_model_and_says_no_probability() -> None:
    ruled = msgspec.structs.replace(evidence(), probability=None, threshold=None)
    assert explain(AF, Finding(devices=(), evidence=ruled))["model"] is None


def test_a_long_beat_is_thinned_with_its_rate() -> None:
    beat = explain(AF, Finding(devices=(), evidence=evidence(beat_points=480)))["median_beat"]
    assert beat == {"rate_hz": 50.0, "uv": list(range(0, 480, 2))}


def test_a_limits_contributor_is_the_reading_itself_beside_what_is_usual() -> None:
    usual = Baseline(kind="heart_rate", median=70.0, low=62.0, high=78.0, hour=14, days=21)
    told = explain(TACHYCARDIA, replace(FULL, baseline=usual))
    assert told["baseline"] == {
        "kind": "heart_rate",
        "median": 70.0,
        "low": 62.0,
        "high": 78.0,
        "hour": 14,
        "days": 21,
    }
    assert told["contributors"] == [
        {"kind": "heart_rate", "value": 142.0, "unit": "/min", "usual_low": 62.0, "usual_high": 78.0}
    ]


def test_without_a_baseline_nothing_is_called_usual() -> None:
    [reading] = contributors(FULL, TACHYCARDIA)
    assert (reading["usual_low"], reading["usual_high"]) == (None, None)


def test_the_unusual_features_come_first() -> None:
    found = contributors(Finding(devices=(), evidence=evidence()))
    assert [one["feature"] for one in found] == ["mean_heart_rate", "rr_sample_entropy", "rmssd"]
    assert found[1]["unit"] == ""


def test_a_score_is_kept_with_its_parts_and_what_is_missing_as_a_range() -> None:
    score = news2({"heart_rate": Measured(value=131.0, age_ms=60_000)}, age_years=70.0)
    told = explain(TACHYCARDIA, Finding(devices=(), score=score))
    kept = told["score"]
    assert isinstance(kept, dict)
    assert (kept["name"], kept["lowest"], kept["highest"]) == (score.name, score.lowest, score.highest)
    by_kind = {part["kind"]: part for part in kept["parts"]}
    assert by_kind["heart_rate"] == {
        "kind": "heart_rate",
        "value": 131.0,
        "unit": "/min",
        "age_ms": 60_000,
        "is_current": True,
        "lowest": 3,
        "highest": 3,
    }
    assert (by_kind["respiratory_rate"]["value"], by_kind["respiratory_rate"]["highest"]) == (None, 3)
    assert [part["kind"] for part in told["contributors"]] == ["heart_rate"]  # type: ignore[attr-defined]


def test_what_was_left_out_is_counted_by_reason() -> None:
    left_out = {"low-quality": 12, "implausible": 1}
    assert explain(TACHYCARDIA, replace(FULL, left_out=left_out))["left_out"] == left_out


def contributors(finding: Finding, rule: Rule = AF) -> list[dict[str, Any]]:
    found = explain(rule, finding)["contributors"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_feature_that_is_no_number_is_null_as_every_store_and_page_needs_it(value: float) -> None:
    feature = Feature(name="mean_heart_rate", value=value, unit="/min", usual_low=value, usual_high=90.0)
    told = explain(
        AF,
        Finding(
            devices=(),
            evidence=msgspec.structs.replace(evidence(), features=[feature], median_beat_rate_hz=value),
        ),
    )
    json.dumps(told, allow_nan=False)
    assert told["median_beat"] is None
    [only] = told["contributors"]  # type: ignore[misc, attr-defined]
    assert (only["value"], only["usual_low"], only["usual_high"]) == (None, None, 90.0)


def test_the_model_says_which_it_was_and_how_sure() -> None:
    assert explain(AF, Finding(devices=(), evidence=evidence()))["model"] == {
        "name": "rhythm",
        "version": 3,
        "probability": 0.93,
        "threshold": 0.5,
    }
