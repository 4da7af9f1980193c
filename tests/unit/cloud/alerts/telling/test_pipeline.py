"""What is owed goes out at least once, and what does not has a recorded reason."""

from collections.abc import Sequence

import pytest

from cloud.alerts.telling.addressing import route
from cloud.alerts.telling.circles import Circles
from cloud.alerts.telling.notify import Notify
from cloud.alerts.telling.pacing import pace
from cloud.alerts.telling.pipeline import Pipeline
from cloud.alerts.telling.quiet import Quiet
from cloud.alerts.telling.record import Record
from cloud.alerts.telling.stages import dedupe, group, inhibit, silence
from cloud.ports import Alert, AlertState, Family, Patient, Person, Priority, Role, Silence
from tests.fakes.alert_material import PATIENT, T0, alert, at
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.fakes.notifier import FakeNotifier
from vitals.errors import DeliveryError, StorageError

CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)
OWNER = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id=PATIENT)
STRANGER = Person(id="u-stranger", display_name="Sam", role=Role.CLINICIAN)


class Bench:
    """A pipeline over fakes and open pages alone, at one hundred seconds."""

    def __init__(self, notifier: FakeNotifier | None = None, *, silences: Sequence[Silence] = ()) -> None:
        self.clock = FakeClock(wall=at(100))
        self.store, self.directory = FakeAlertStateStore(), FakeDirectory()
        self.pages = notifier or FakeNotifier()
        self.directory.add_patient(Patient(id=PATIENT, display_name="Wei"))
        for person in (CARER, OWNER, STRANGER):
            self.directory.add_person(person)
        self.directory.grant(CARER.id, PATIENT, T0, at(10_000))
        self.pipeline = Pipeline(
            store=self.store,
            reader=self.store,
            circles=Circles(people=self.directory),
            pages=self.pages,
            clock=self.clock,
            silences=lambda _: silences,
        )

    def owe(self, *alerts: Alert) -> None:
        self.store.commit(self.store.load(PATIENT), b"", alerts)

    @property
    def held(self) -> list[tuple[str, str | None]]:
        return [(one.channel, one.error) for one in self.store.hand_offs if one.is_hold]


def test_the_stages_stand_in_the_order_of_the_design() -> None:
    stages = Bench().pipeline.stages
    assert stages[:4] == (inhibit, group, silence, dedupe)
    assert isinstance(stages[4], Quiet)
    assert stages[5:7] == (route, pace)
    assert [type(stage) for stage in stages[7:]] == [Notify, Record]


def test_everyone_who_may_see_the_patient_is_told_and_nobody_else() -> None:
    bench = Bench()
    bench.owe(alert())
    bench.pipeline.run()
    assert {one.person.id for one in bench.pages.delivered} == {"u-carer", "u-wei"}
    assert bench.store.owed == set()


def test_what_was_handed_over_is_not_handed_over_again() -> None:
    bench = Bench()
    bench.owe(alert())
    bench.pipeline.run()
    bench.pipeline.run()
    assert len(bench.pages.delivered) == 2


def test_a_grant_that_has_ended_tells_nobody() -> None:
    bench = Bench()
    bench.clock.wall = at(10_000)
    bench.owe(alert())
    bench.pipeline.run()
    assert {one.person.id for one in bench.pages.delivered} == {"u-wei"}


def test_nobody_to_tell_stays_owed_and_is_recorded_once() -> None:
    bench = Bench()
    bench.directory.people.clear()
    bench.owe(alert())
    bench.pipeline.run()
    bench.pipeline.run()
    assert bench.held == [("held:nobody", "nobody may see this patient: grant somebody access")]
    assert bench.store.owed == {"a1"}
    bench.directory.add_person(OWNER)
    bench.clock.advance(5)
    bench.pipeline.run()
    assert bench.store.owed == set()


def test_what_ended_while_nobody_was_there_to_tell_is_owed_no_longer() -> None:
    bench = Bench()
    bench.directory.people.clear()
    bench.owe(alert())
    bench.pipeline.run()
    bench.owe(alert(state=AlertState.RESOLVED))
    bench.pipeline.run()
    assert bench.store.owed == set()
    reason = "nobody may see this patient: grant somebody access"
    assert [(one.channel, one.state, one.error) for one in bench.store.hand_offs] == [
        ("held:nobody", AlertState.ACTIVE, reason),
        ("held:nobody", AlertState.RESOLVED, None),
    ]


@pytest.mark.parametrize(
    "error", [DeliveryError("the mail server refused: check the address"), ValueError("145")]
)
def test_a_failing_channel_is_recorded_without_a_value(error: Exception) -> None:
    bench = Bench(FakeNotifier(error=error))
    bench.owe(alert())
    bench.pipeline.run()
    (first, second) = [one.error for one in bench.store.hand_offs if not one.is_hold]
    assert first == second
    assert first is not None
    assert "145" not in first


def test_when_every_channel_fails_it_stays_owed_and_is_tried_again_later() -> None:
    notifier = FakeNotifier(error=DeliveryError("down: try later"))
    bench = Bench(notifier)
    bench.owe(alert())
    bench.pipeline.run()
    notifier.error = None
    bench.pipeline.run()
    assert notifier.delivered == []
    bench.clock.advance(5)
    bench.pipeline.run()
    assert len(notifier.delivered) == 2
    assert bench.store.owed == set()


def test_a_hand_off_that_could_not_be_recorded_is_recorded_first_thing_and_not_repeated() -> None:
    bench = Bench()
    bench.owe(alert())
    bench.store.failing = True
    with pytest.raises(StorageError):
        bench.pipeline.run()
    bench.store.failing = False
    bench.pipeline.run()
    assert len(bench.pages.delivered) == 2
    assert bench.store.owed == set()


def test_a_transition_while_an_older_one_is_handed_over_stays_owed() -> None:
    bench = Bench()
    bench.owe(alert())
    bench.store.failing = True
    with pytest.raises(StorageError):
        bench.pipeline.run()
    bench.store.failing = False
    bench.owe(alert(state=AlertState.ACKNOWLEDGED))
    bench.clock.advance(30)
    bench.pipeline.run()
    assert [state for _, state in bench.pages.told] == [AlertState.ACTIVE] * 2 + [AlertState.ACKNOWLEDGED] * 2


def test_a_group_goes_out_as_one_and_each_of_it_is_recorded() -> None:
    bench = Bench()
    bench.owe(alert(), alert("a2", condition="atrial-fibrillation", raised_s=70))
    bench.pipeline.run()
    given = bench.pages.delivered[0].alert
    assert len(bench.pages.delivered) == 2
    assert given.explanation["also"] == ["Atrial-fibrillation"]
    assert {one.alert_id for one in bench.store.hand_offs} == {"a1", "a2"}


def test_a_second_within_thirty_seconds_waits_and_then_goes() -> None:
    bench = Bench()
    bench.owe(alert())
    bench.pipeline.run()
    bench.owe(alert("a2", condition="atrial-fibrillation"))
    bench.pipeline.run()
    assert bench.held == [("held:grouped", "goes out together with others of the same patient")]
    bench.clock.advance(30)
    bench.pipeline.run()
    assert bench.store.owed == set()


def test_high_priority_goes_at_once_after_any_other() -> None:
    bench = Bench()
    bench.owe(alert())
    bench.pipeline.run()
    bench.owe(alert("a2", condition="bradycardia", priority=Priority.HIGH))
    bench.pipeline.run()
    assert bench.store.owed == set()


def test_what_is_inhibited_goes_out_when_its_cause_ends() -> None:
    bench = Bench()
    off = alert("off", condition="sensor-off", family=Family.TECHNICAL, began_s=-1)
    bench.owe(off, alert())
    bench.pipeline.run()
    assert bench.held == [("held:inhibited", "sensor-off explains it")]
    bench.owe(
        alert("off", condition="sensor-off", family=Family.TECHNICAL, began_s=-1, state=AlertState.RESOLVED)
    )
    bench.clock.advance(30)
    bench.pipeline.run()
    assert ("a1", AlertState.ACTIVE) in bench.pages.told


def test_what_came_and_went_while_inhibited_is_settled_with_its_reason() -> None:
    bench = Bench()
    off = alert("off", condition="sensor-off", family=Family.TECHNICAL, began_s=-1)
    bench.owe(off, alert())
    bench.pipeline.run()
    bench.owe(alert(state=AlertState.RESOLVED))
    bench.store.alerts.pop("off")
    bench.store.due_ms.pop("off")
    bench.clock.advance(30)
    bench.pipeline.run()
    assert ("held:nothing-to-tell", None) in bench.held
    assert bench.store.owed == set()
    assert all(name != "a1" for name, _ in bench.pages.told)


def test_a_silence_holds_until_it_ends() -> None:
    row = Silence(
        patient_id=PATIENT, condition="tachycardia", from_ms=T0, until_ms=at(130), author_id="u-carer"
    )
    bench = Bench(silences=(row,))
    bench.owe(alert())
    bench.pipeline.run()
    assert bench.held == [("held:silenced", "silenced by u-carer")]
    bench.clock.advance(30)
    bench.pipeline.run()
    assert bench.store.owed == set()
