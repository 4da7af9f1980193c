"""Sets of vital signs put to the evaluation as wearables and people tell them."""

from collections.abc import Mapping
from typing import Final

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.plan import CarePlan
from cloud.ports import Alert, Facts
from tests.fakes.alert_material import at, fresh_state, slice_of, values
from vitals.scores.tables import Consciousness

NORMAL: Final[Mapping[str, float]] = {
    "respiratory_rate": 12.0,
    "oxygen_saturation": 97.0,
    "systolic_pressure": 125.0,
    "heart_rate": 70.0,
    "body_temperature": 37.0,
    "supplemental_oxygen": 0.0,
    "consciousness": 0.0,
}
"""What gives no points, in NEWS2 and in MEWS."""
_TOLD: Final = ("supplemental_oxygen", "consciousness")

Alerts = dict[str, Alert]


def charted(
    signs: Mapping[str, float],
    *,
    state: PatientState | None = None,
    facts: Facts | None = None,
    at_s: float = 0,
) -> tuple[PatientState, CarePlan]:
    """Have one set of signs measured or told at `at_s`; return the state and the plan it was judged by."""
    plan = CarePlan(facts=told(signs, facts or Facts()))
    runs = [values(kind, (at_s, value)) for kind, value in signs.items() if kind not in _TOLD]
    fresh = slice_of(*runs, received_s=at_s + 1)
    state, _ = evaluate(state or fresh_state(), fresh, at(at_s + 1), plan)
    return state, plan


def told(signs: Mapping[str, float], facts: Facts) -> Facts:
    """Add to facts what somebody says of these signs."""
    level, oxygen = signs.get("consciousness"), signs.get("supplemental_oxygen")
    return Facts(
        age_years=facts.age_years,
        is_pregnant=facts.is_pregnant,
        spo2_scale=facts.spo2_scale,
        consciousness=None if level is None else Consciousness(int(level)),
        on_oxygen=None if oxygen is None else bool(oxygen),
        said_ms=facts.said_ms,
    )


def passed(state: PatientState, plan: CarePlan, *seconds: float) -> tuple[PatientState, Alerts]:
    """Let time pass, looked at now and then; return the newest form of every alert."""
    alerts: Alerts = {}
    for second in seconds:
        state, changed = tick(state, at(second), None, plan)
        alerts |= {alert.condition: alert for alert in changed}
    return state, alerts


def alarms(signs: Mapping[str, float], facts: Facts | None = None) -> Alerts:
    """Return by condition what one set of signs comes to once ten minutes have passed."""
    state, plan = charted(signs, facts=facts)
    _, alerts = passed(state, plan, *range(5, 601, 5))
    return alerts
