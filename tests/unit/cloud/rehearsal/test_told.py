"""What devices and gateways told is rehearsed as evaluation and its ticks judge it, second by second."""

from collections.abc import Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import DeviceRule, EventRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Alert, AlertState
from cloud.rehearsal.engine import rehearse
from cloud.rehearsal.history import Span
from tests.fakes.alert_material import (
    PATCH,
    PATIENT,
    STRAP,
    T0,
    at,
    end,
    fresh_state,
    onset,
    report,
    slice_of,
)
from tests.fakes.past import FakeHistory
from vitals.records import AnyRecord, DeviceReport, HealthEvent, LinkState

PLAN = CarePlan(rules=RuleSet(row for row in RULES.values() if isinstance(row, (DeviceRule, EventRule))))
LAST_S = 2_400
Told = tuple[int, AnyRecord]

reports = st.builds(
    lambda second, link, on_body, battery, device: (
        second,
        report(second, link=link, on_body=on_body, battery=battery, device=device),
    ),
    st.integers(0, LAST_S - 1),
    st.sampled_from([LinkState.CONNECTED, LinkState.DISCONNECTED, LinkState.SILENT]),
    st.sampled_from([True, False, None]),
    st.sampled_from([10, 15, 17, 20, 90, None]),
    st.sampled_from([STRAP, PATCH]),
)
events = st.builds(
    lambda second, make, name, condition: (second, make(second, event_id=name, condition=condition)),
    st.integers(0, LAST_S - 1),
    st.sampled_from([onset, end]),
    st.sampled_from(["episode-1", "episode-2", "episode-3"]),
    st.sampled_from(["atrial-fibrillation", "fall"]),
)


def evaluated(told: Sequence[Told]) -> dict[str, tuple[int, int | None, bool]]:
    """Give evaluation each record in its second, and let it tick in every one."""
    state, alerts = fresh_state(), dict[str, Alert]()
    waiting = list(told)
    for second in range(LAST_S):
        state, changed = tick(state, at(second), None, PLAN)
        alerts |= {each.id: each for each in changed}
        while waiting and waiting[0][0] == second:
            _, record = waiting.pop(0)
            state, changed = evaluate(state, slice_of(record, received_s=second), at(second), PLAN)
            alerts |= {each.id: each for each in changed}
    return {
        each.id: (each.raised_ms, each.resolved_ms, each.state is AlertState.LATCHED)
        for each in alerts.values()
        if each.condition in PLAN.rules.rows
    }


TWICE_IN_ONE_SECOND: list[Told] = [(0, report(0, battery=17)), (0, report(0, battery=10))]


@settings(max_examples=25, deadline=None)
@example(told=TWICE_IN_ONE_SECOND)
@given(told=st.lists(st.one_of(reports, events), min_size=1, max_size=25))
def test_whatever_was_told_it_is_the_same(told: list[Told]) -> None:
    in_order = sorted(told, key=lambda each: (each[0], isinstance(each[1], DeviceReport)))
    history = FakeHistory(
        happened=[record for _, record in in_order if isinstance(record, HealthEvent)],
        reported=[record for _, record in in_order if isinstance(record, DeviceReport)],
    )
    found = rehearse(history, PLAN, Span(from_ms=T0, to_ms=at(LAST_S)), patient_id=PATIENT)
    expected = evaluated(in_order)
    assert {each.id: each.raised_ms for each in found.alerts} == {
        name: raised_ms for name, (raised_ms, _, _) in expected.items()
    }
    for each in found.alerts:
        _, ended_ms, is_latched = expected[each.id]
        assert (each.ended_ms is not None) if is_latched else each.ended_ms == ended_ms
