"""What a gateway alarms on in a home alone, the cloud alarms on too: its return must not end an alarm."""

import pytest

from cloud.alerts.rules.catalogue import rules_of
from cloud.alerts.rules.rows import EventRule, ThresholdRule
from edge.alarms.health_limits import HEALTH_LIMITS, HealthLimit
from edge.falls.course import FALL, LONG_LIE
from edge.rhythm.standing import HEART_CONDITIONS
from edge.streams.beyond_range import CONDITIONS as BEYOND_RANGE

CONCLUDED = sorted({FALL, LONG_LIE, *HEART_CONDITIONS, *BEYOND_RANGE.values()})


@pytest.mark.parametrize("limit", HEALTH_LIMITS, ids=lambda limit: limit.key)
def test_the_cloud_is_no_later_with_a_limit_than_the_gateway(limit: HealthLimit) -> None:
    alike = [
        rule
        for rule in rules_of(ThresholdRule)
        if (rule.kind, rule.direction.value) == (limit.kind, limit.direction.value)
    ]
    assert any(rule.is_beyond(limit.limit) and rule.hold_s <= limit.hold_s for rule in alike)


@pytest.mark.parametrize("condition", CONCLUDED)
def test_the_cloud_has_a_name_for_what_a_gateway_concludes(condition: str) -> None:
    assert condition in {rule.event for rule in rules_of(EventRule)}
