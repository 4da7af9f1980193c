"""Alerts as the alert worker would have raised them."""

import math
from dataclasses import replace
from typing import Any

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.wording.explanation import Finding, explain
from cloud.ports import Alert, AlertState
from vitals.records import Evidence, Feature, Prototype

NOW_MS = 1_700_000_000_000

_EVIDENCE = Evidence(
    model="rhythm",
    model_version=3,
    probability=0.97,
    threshold=0.8,
    features=[Feature(name="rr_cv", value=0.21, unit="1", usual_low=0.02, usual_high=0.08)],
    median_beat_uv=[0, 100, 1000, -200, 50, 0],
    median_beat_rate_hz=125.0,
)


_USUAL_UV = [round(1000 * math.exp(-(((n - 45) / 2.5) ** 2))) for n in range(90)]
_WIDE_UV = [round(-1300 * math.exp(-(((n - 47) / 6.0) ** 2))) for n in range(90)]

_OF_CONDITION = {
    "atrial-fibrillation": _EVIDENCE,
    "ventricular-tachycardia": Evidence(
        model="beats",
        model_version=1,
        probability=0.94,
        features=[
            Feature(name="run_beats", value=5.0, unit="1"),
            Feature(name="run_rate", value=162.0, unit="/min", usual_high=100.0),
            Feature(name="qrs_width", value=158.0, unit="ms", usual_high=120.0),
        ],
        median_beat_uv=_USUAL_UV,
        median_beat_rate_hz=100.0,
        beat_uv=_WIDE_UV,
        prototypes=[
            Prototype(label="V", distance=0.42, beat_uv=[round(0.9 * point) for point in _WIDE_UV]),
            Prototype(label="V", distance=0.61, beat_uv=_WIDE_UV[3:]),
            Prototype(label="N", distance=2.4, beat_uv=_USUAL_UV),
        ],
    ),
    "asystole": Evidence(
        model="asystole",
        model_version=1,
        features=[Feature(name="longest_rr", value=4800.0, unit="ms", usual_high=4000.0)],
        strip_uv=[*_USUAL_UV[::2], *_USUAL_UV[::2], *[5, -5] * 120],
        strip_rate_hz=50.0,
    ),
}


def an_alert(condition: str = "atrial-fibrillation", *, now_ms: int = NOW_MS, **changes: Any) -> Alert:
    """An alert of p-wei that began six minutes before `now_ms`, with what `changes` says otherwise."""
    rule = RULES[condition]
    finding = Finding(
        devices=("c0-00-00-00-00-01",),
        value=136.0 if condition == "tachycardia" else None,
        limit=131.0 if condition == "tachycardia" else None,
        unit="/min" if condition == "tachycardia" else None,
        kind="heart_rate" if condition == "tachycardia" else None,
        quality=0.92,
        hold_s=60,
        evidence=_OF_CONDITION.get(condition),
        history=[(now_ms - 960_000 + 5_000 * step, 75.0 + step / 2) for step in range(120)],
        history_kind="heart_rate",
    )
    alert = Alert(
        id=f"alert-{condition}",
        patient_id="p-wei",
        condition=condition,
        family=rule.family,
        priority=rule.priority,
        state=AlertState.ACTIVE,
        began_ms=now_ms - 360_000,
        raised_ms=now_ms - 330_000,
        noticed_ms=now_ms - 330_500,
        explanation=explain(rule, finding),
    )
    return replace(alert, **changes)
