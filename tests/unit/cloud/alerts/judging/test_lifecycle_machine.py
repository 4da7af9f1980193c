"""Whatever comes, in whatever order: alerts move by the table, and an acknowledgement is never undone."""

from collections.abc import Callable, Iterable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.lifecycle import TRANSITIONS
from cloud.alerts.judging.state import PatientState, decode_state, encode_state
from cloud.alerts.judging.surroundings import GatewayHeard, Surroundings
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import STANDARD_PLAN, CarePlan
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Alert, AlertState, Patient, PatientSlice, Person, Role
from tests.fakes.alert_material import (
    PATCH,
    PATIENT,
    STRAP,
    at,
    end,
    fresh_state,
    gap,
    heart_rate,
    onset,
    report,
    slice_of,
)
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.directory import FakeDirectory
from vitals.records import AnyRecord, LinkState

OWNER = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id=PATIENT)
Step = Callable[[PatientState], tuple[PatientState, list[Alert]]]
SHOWN = set(AlertState) - {AlertState.PENDING}
STEPS = {(before, after) for (before, _), after in TRANSITIONS.items()} | {
    (None, AlertState.ACTIVE),  # pending is seen by nobody
    (None, AlertState.RESOLVED),  # it came late and was over
    (None, AlertState.LATCHED),  # so did that
}


class AlertLife(RuleBasedStateMachine):
    """A patient's day: readings, reports and events of any kind, late, repeated, acknowledged or not."""

    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.now_s = self.heard_s = 0.0
        self.store, directory = FakeAlertStateStore(), FakeDirectory()
        directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
        directory.add_person(OWNER)
        self.service = AlertService(store=self.store, reader=self.store, permissions=directory)
        self.seen: dict[str, AlertState] = {}
        self.plan = STANDARD_PLAN
        self.store.states[PATIENT] = encode_state(fresh_state())

    @rule(
        target=sent,
        rates=st.lists(st.sampled_from([30, 40, 43, 60, 125, 131, 150, 0]), min_size=1, max_size=4),
        long_s=st.sampled_from([10, 40, 70]),
        device=st.sampled_from([STRAP, PATCH]),
        quality=st.sampled_from([None, 0.2, 0.9]),
    )
    def send_readings(
        self, rates: list[int], long_s: int, device: str, quality: float | None
    ) -> PatientSlice:
        points = [
            (self.now_s + at_rate * long_s + step, rate)
            for at_rate, rate in enumerate(rates)
            for step in range(0, long_s, 5)
        ]
        self.now_s = points[-1][0]
        return self.take(heart_rate(*points, device=device, quality=quality))

    @rule(target=sent, number=st.integers(0, 3), is_end=st.booleans(), back_s=st.sampled_from([0, 30, 400]))
    def send_event(self, number: int, back_s: int, *, is_end: bool) -> PatientSlice:
        make = end if is_end else onset
        return self.take(make(max(0.0, self.now_s - back_s), event_id=f"episode-{number}"))

    @rule(
        target=sent,
        link=st.sampled_from(LinkState),
        on_body=st.sampled_from([None, True, False]),
        battery=st.sampled_from([None, 9, 18, 80]),
    )
    def send_report(self, link: LinkState, battery: int | None, *, on_body: bool | None) -> PatientSlice:
        return self.take(report(self.now_s, link=link, on_body=on_body, battery=battery))

    @rule(target=sent, long_s=st.sampled_from([10, 400]))
    def send_gap(self, long_s: int) -> PatientSlice:
        return self.take(gap(self.now_s, self.now_s + long_s))

    @rule(one=sent)
    def send_again(self, one: PatientSlice) -> None:
        self.step(lambda state: evaluate(state, one, at(self.now_s), self.plan))
        alerts, episodes = dict(self.store.alerts), self.state.episodes
        self.step(lambda state: evaluate(state, one, at(self.now_s), self.plan))
        assert (self.store.alerts, self.state.episodes) == (alerts, episodes)

    @rule(wait_s=st.sampled_from([5, 61, 250, 4000]), is_bound=st.booleans(), is_heard=st.booleans())
    def let_time_pass(self, wait_s: int, *, is_bound: bool, is_heard: bool) -> None:
        self.now_s += wait_s
        self.heard_s = self.now_s if is_heard else self.heard_s
        heard_ms = at(self.heard_s)
        gateway = GatewayHeard(gateway="home", devices=(STRAP, PATCH), heard_ms=heard_ms, is_online=None)
        around = Surroundings(
            devices=frozenset({STRAP, PATCH} if is_bound else {PATCH}),
            gateways=(gateway,),
            watching_since_ms=at(0),
        )
        self.step(lambda state: tick(state, at(self.now_s), around, self.plan))

    @rule(off=st.sets(st.sampled_from(sorted(key for key, row in RULES.items() if row.floor is None))))
    def change_rows(self, off: set[str]) -> None:
        self.plan = CarePlan(rules=RuleSet(row for key, row in RULES.items() if key not in off))
        self.step(lambda state: tick(state, at(self.now_s), plan=self.plan))
        assert {one.rule for one in self.state.episodes}.isdisjoint(off)

    @rule(pick=st.integers(0, 50), reason=st.sampled_from(AcknowledgeReason))
    def acknowledge(self, pick: int, reason: AcknowledgeReason) -> None:
        if self.store.alerts:
            name = sorted(self.store.alerts)[pick % len(self.store.alerts)]
            self.service.acknowledge(name, OWNER, reason, at(self.now_s))
            self.check(self.store.alerts.values())

    def take(self, record: AnyRecord) -> PatientSlice:
        self.now_s += 1
        fresh = slice_of(record, received_s=self.now_s)
        self.step(lambda state: evaluate(state, fresh, at(self.now_s), self.plan))
        return fresh

    def step(self, change: Step) -> None:
        state, alerts = change(self.state)
        assert len({alert.id for alert in alerts}) == len(alerts)
        self.store.commit(self.store.load(PATIENT), encode_state(state), alerts)
        self.check(alerts)

    def check(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            before = self.seen.get(alert.id)
            assert before == alert.state or (before, alert.state) in STEPS
            self.seen[alert.id] = alert.state

    @property
    def state(self) -> PatientState:
        return decode_state(self.store.states[PATIENT])

    @invariant()
    def the_state_and_the_alerts_agree(self) -> None:
        open_alerts = {
            name: one for name, one in self.store.alerts.items() if one.state is not AlertState.RESOLVED
        }
        assert {alert.id: alert for alert in self.state.alerts} == open_alerts

    @invariant()
    def what_is_shown_is_in_a_state_that_can_be_shown(self) -> None:
        assert {one.state for one in self.store.alerts.values()} <= SHOWN

    @invariant()
    def what_was_acknowledged_keeps_its_name(self) -> None:
        for one in self.store.alerts.values():
            assert (one.state is AlertState.ACKNOWLEDGED) <= (one.acknowledged_by == OWNER.id)
            assert (one.state is AlertState.RESOLVED) == (one.resolved_ms is not None)


TestAlertLife = AlertLife.TestCase
TestAlertLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
