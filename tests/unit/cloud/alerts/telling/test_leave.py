"""What waited for its turn goes only to whom it may go then, by a way that is there, if it is still so."""

from dataclasses import dataclass, field, replace

import pytest

from cloud.alerts.telling.errands import Errand
from cloud.alerts.telling.leave import Leave
from cloud.alerts.telling.messages import Messages
from cloud.ports import Alert, AlertState, Occasion, Person
from tests.fakes.alert_material import PATIENT, alert
from tests.fakes.telling_bench import ADA, LIN, TellingBench
from vitals.errors import StorageError


@dataclass
class Bench(TellingBench):
    """An errand of `a1`, which is active, and what is asked before it goes."""

    leave: Leave = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.leave = Leave(
            people=self.directory,
            permissions=self.directory,
            contacts=self.contacts,
            alerts=self.store,
            clock=self.clock,
        )
        self.raised(alert(), at_once=False)

    def errand(self, *alerts: Alert, to: Person = LIN, occasion: Occasion = Occasion.ONSET) -> Errand:
        told = alerts or (alert(),)
        (contact, *_) = self.contacts.of([to.id])[to.id]
        return Errand(message=Messages().of(told, to, contact, occasion=occasion), alerts=told)

    def why(self, errand: Errand | None = None) -> str:
        found = self.leave(errand or self.errand())
        assert found is None or (found.is_withheld and found.is_final)
        return "" if found is None else found.error


def test_what_is_as_it_was_goes() -> None:
    bench = Bench()
    assert bench.why() == ""
    assert bench.why(bench.errand(to=ADA, occasion=Occasion.UNTOLD)) == ""


def test_who_may_not_see_the_patient_any_more_is_not_told() -> None:
    bench = Bench()
    errand = bench.errand()
    bench.directory.grant(LIN.id, PATIENT, 0, bench.clock.wall_ms())
    assert "may not be told" in bench.why(errand)


def test_of_several_patients_one_that_is_not_theirs_is_enough() -> None:
    bench = Bench()
    assert "may not be told" in bench.why(bench.errand(alert(), alert("a2", patient="p-ama")))


def test_who_is_no_administrator_any_more_hears_of_nothing_untold() -> None:
    bench = Bench()
    errand = bench.errand(to=ADA, occasion=Occasion.UNTOLD)
    bench.directory.add_person(replace(ADA, role=LIN.role))
    assert "may not be told" in bench.why(errand)


def test_a_way_that_was_removed_is_not_used() -> None:
    bench = Bench()
    errand = bench.errand()
    assert errand.message.contact is not None
    bench.contacts.remove(errand.message.contact.id, "removed by its owner", 0)
    assert bench.why(errand) == "this way was removed"


@pytest.mark.parametrize(
    ("occasion", "state", "goes"),
    [
        (Occasion.ONSET, AlertState.LATCHED, True),
        (Occasion.ONSET, AlertState.ACKNOWLEDGED, False),
        (Occasion.ESCALATION, AlertState.ACKNOWLEDGED, False),
        (Occasion.ESCALATION, AlertState.RESOLVED, False),
        (Occasion.REMINDER, AlertState.ACKNOWLEDGED, True),
        (Occasion.REMINDER, AlertState.RESOLVED, False),
        (Occasion.ENDED, AlertState.RESOLVED, True),
        (Occasion.UNTOLD, AlertState.ACKNOWLEDGED, True),
        (Occasion.UNTOLD, AlertState.RESOLVED, False),
    ],
)
def test_an_alarm_that_is_none_any_more_calls_nobody(
    occasion: Occasion, state: AlertState, *, goes: bool
) -> None:
    bench = Bench()
    bench.raised(alert(state=state), at_once=False)
    to = ADA if occasion is Occasion.UNTOLD else LIN
    assert (bench.why(bench.errand(to=to, occasion=occasion)) == "") is goes


def test_what_cannot_be_read_now_waits_and_does_not_go(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()

    def refuse(*_: object) -> bool:
        raise StorageError("the database is locked")

    monkeypatch.setattr(type(bench.directory), "may_see", refuse)
    found = bench.leave(bench.errand())
    assert found is not None
    assert not found.is_final
