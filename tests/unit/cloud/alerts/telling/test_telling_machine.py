"""Whatever happens in whatever order, no high alert is untold without a reason, and nobody is told twice."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cloud.ports import Alert, AlertState, Channel, Occasion, Priority
from tests.fakes.alert_material import PATIENT, alert
from tests.fakes.telling_bench import BO, LIN, WEI, TellingBench
from vitals.errors import StorageError

PEOPLE = st.sampled_from([LIN, BO, WEI])
CHANNELS = st.sampled_from([Channel.EMAIL, Channel.WEB_PUSH])
AWAITED = {Occasion.ONSET, Occasion.ESCALATION}


class Telling(RuleBasedStateMachine):
    """Alerts come and go, people come and go, channels break, clocks jump, processes and disks fail."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = TellingBench()
        self.names = 0
        self.sent_before_the_kill = 0

    @rule(priority=st.sampled_from(list(Priority)))
    def raise_one(self, priority: Priority) -> None:
        self.names += 1
        now_s = (self.bench.clock.wall_ms() - alert().began_ms) / 1_000
        made = alert(
            f"a{self.names}", condition=f"tachycardia-{self.names}", priority=priority, raised_s=now_s
        )
        self._change(made)

    @rule(number=st.integers(min_value=1, max_value=8), person=PEOPLE)
    def acknowledge(self, number: int, person: object) -> None:
        self._move(
            number,
            {AlertState.ACTIVE: AlertState.ACKNOWLEDGED, AlertState.LATCHED: AlertState.RESOLVED},
            acknowledged_ms=self.bench.clock.wall_ms(),
            acknowledged_by=person.id,  # type: ignore[attr-defined] # one of the people
        )

    @rule(number=st.integers(min_value=1, max_value=8), latches=st.booleans())
    def end(self, number: int, *, latches: bool) -> None:
        active = AlertState.LATCHED if latches else AlertState.RESOLVED
        self._move(number, {AlertState.ACTIVE: active, AlertState.ACKNOWLEDGED: AlertState.RESOLVED})

    @rule(seconds=st.sampled_from([1, 5, 30, 121, 601, 3_700, 40_000]))
    def wait(self, seconds: int) -> None:
        self.bench.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-90_000, -400, -3, 400, 90_000]))
    def jump(self, seconds: int) -> None:
        self.bench.clock.wall += seconds * 1_000

    @rule(channel=CHANNELS)
    def break_or_mend(self, channel: Channel) -> None:
        self.bench.slow.broken ^= {channel}

    @rule(hangs=st.booleans())
    def hang(self, *, hangs: bool) -> None:
        self.bench.slow.hanging = hangs

    @rule(fails=st.booleans())
    def fill_the_disk(self, *, fails: bool) -> None:
        self.bench.store.failing = fails

    @rule(person=st.sampled_from([LIN, BO]), may=st.booleans())
    def grant(self, person: object, *, may: bool) -> None:
        person_id = person.id  # type: ignore[attr-defined] # one of the people
        self.bench.directory.ungrant(person_id, PATIENT)
        if may:
            self.bench.directory.grant(person_id, PATIENT, 0, None)
        self.bench.store.rouse()

    @rule(person=PEOPLE, sleeps=st.booleans())
    def sleep(self, person: object, *, sleeps: bool) -> None:
        hours = {"quiet_from_minute": 1_320, "quiet_until_minute": 420} if sleeps else {}
        self.bench.prefer(person, **hours)  # type: ignore[arg-type] # one of the people

    @rule(person=PEOPLE)
    def take_duty(self, person: object) -> None:
        self.bench.take_duty(person)  # type: ignore[arg-type] # one of the people

    @rule()
    def kill(self) -> None:
        self.bench.restart()
        self.sent_before_the_kill = len(self.bench.slow.offered)

    @rule()
    def step(self) -> None:
        self._run()

    @invariant()
    def nobody_is_told_twice_by_a_process_that_lived(self) -> None:
        keys = self._succeeded()
        assert all(count == 1 for count in keys.values())

    @invariant()
    def what_is_not_over_is_watched(self) -> None:
        going_on = {one.id for one in self._alerts() if one.state is not AlertState.RESOLVED}
        assert going_on <= self.bench.store.due_ms.keys()

    @invariant()
    def no_high_alert_is_untold_without_a_recorded_reason(self) -> None:
        if self.bench.store.failing:
            return
        self._run(times=3)
        is_under_way = self.bench.pipeline._notify.is_under_way
        for one in self._alerts():
            if one.priority is Priority.HIGH and one.state.awaits_a_person and not is_under_way(one.id):
                past = self.bench.store.hand_offs_of(one.id)
                assert past, "neither told, nor tried, nor held"
                told = [each for each in past if each.error is None and each.occasion in AWAITED]
                reasons = [each for each in past if each.error]
                assert told or reasons

    def teardown(self) -> None:
        """When everything works again, every high alert that goes on is told to everybody who may know."""
        bench = self.bench
        bench.store.failing, bench.slow.hanging, bench.slow.broken = False, False, set()
        bench.directory.grant(LIN.id, PATIENT, 0, None)
        bench.store.rouse()
        bench.later(4_000)
        for one in self._alerts():
            if one.priority is Priority.HIGH and one.state.awaits_a_person:
                told = {
                    each.person_id
                    for each in bench.store.hand_offs_of(one.id)
                    if each.error is None and not each.is_hold
                }
                assert LIN.id in told
            if one.state is AlertState.RESOLVED and one.priority is Priority.HIGH:
                assert one.id not in bench.store.due_ms

    def _alerts(self) -> list[Alert]:
        return list(self.bench.store.alerts.values())

    def _move(self, number: int, ways: dict[AlertState, AlertState], **changes: object) -> None:
        found = self.bench.store.alerts.get(f"a{number}")
        if found is not None and found.state in ways:
            self._change(replace(found, state=ways[found.state], **changes))  # type: ignore[arg-type] # its own

    def _change(self, one: Alert) -> None:
        try:
            self.bench.raised(one, at_once=False)
        except StorageError:
            return
        self._run()

    def _run(self, times: int = 1) -> None:
        for _ in range(times):
            try:
                self.bench.pipeline.run()
            except StorageError:
                return

    def _succeeded(self) -> Counter[str]:
        """Count what was delivered since the process began, by its key."""
        offered = self.bench.slow.offered[self.sent_before_the_kill :]
        recorded = {
            (one.key, one.person_id) for one in self.bench.store.hand_offs if one.error is None and one.key
        }
        failed = {one.key for one in self.bench.store.hand_offs if one.error}
        return Counter(
            one.key for one in offered if (one.key, one.person.id) in recorded and one.key not in failed
        )


TestTelling = Telling.TestCase
TestTelling.settings = settings(
    max_examples=30, stateful_step_count=30, deadline=timedelta(seconds=20), database=None
)
