"""Where nobody can be told of a patient's alert, the home's own gateways are asked to alarm."""

from dataclasses import replace
from threading import Event

import pytest
from structlog.testing import capture_logs

from cloud.commands.issue import CommandIssuer
from cloud.liveness.last_resort import AGAIN_S, ALARM_S, SINCE_S, LastResort
from cloud.ports import Alert, AlertState, Device, Family, Priority
from tests.fakes.alert_material import PATIENT, STRAP, alert
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.directory import FakeDirectory
from vitals.errors import StorageError


class Bench:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.unreached: list[Alert] = []
        self.book, self.directory = FakeCommandBook(), FakeDirectory()
        for device, gateway in ((STRAP, "hallway"), ("c0-02", "bedroom"), ("c0-03", "")):
            self.directory.note_device(worn(device, gateway))
        self.last_resort = LastResort(
            unreached=lambda: self.unreached,
            directory=self.directory,
            issuer=CommandIssuer(book=self.book, clock=FakeClock(), new_id=self.book.new_id),
            monotonic_s=lambda: self.now_s,
        )

    def after(self, seconds: float) -> list[tuple[str, str, int]]:
        """Return what is asked then: of which gateway, with which priority, for how long."""
        known = len(self.book.commands)
        self.now_s += seconds
        with capture_logs():
            self.last_resort.step()
        return sorted(
            (one.gateway, one.body["priority"], one.body["for_s"])
            for one in list(self.book.commands.values())[known:]
        )


def worn(device: str, gateway: str) -> Device:
    return Device(
        id=device,
        gateway=gateway,
        patient_id=PATIENT,
        link=None,
        model=None,
        battery_percent=None,
        on_body=None,
        reported_ms=None,
        received_ms=None,
    )


HIGH = alert("a-high", condition="asystole", priority=Priority.HIGH)


def test_every_gateway_of_the_patient_is_asked_again_while_it_lasts_and_told_when_it_is_over() -> None:
    bench = Bench()
    bench.unreached = [HIGH]
    assert bench.after(0) == []
    assert bench.after(SINCE_S - 0.1) == []
    both = [("bedroom", "high", ALARM_S), ("hallway", "high", ALARM_S)]
    assert bench.after(0.1) == both
    assert bench.after(AGAIN_S - 0.1) == []
    assert bench.after(0.1) == both
    bench.unreached = []
    assert bench.after(1) == [("bedroom", "high", 0), ("hallway", "high", 0)]
    assert bench.after(1) == []


def test_what_is_reached_in_time_asks_nothing_of_anybody() -> None:
    bench = Bench()
    bench.unreached = [HIGH]
    bench.after(0)
    bench.unreached = []
    assert bench.after(SINCE_S) == []
    bench.unreached = [HIGH]
    assert bench.after(SINCE_S) == [], "it counts from when it was unreached again"


def test_the_most_urgent_counts_and_a_change_is_told_at_once() -> None:
    bench = Bench()
    bench.unreached = [alert("a-medium")]
    bench.after(0)
    assert {priority for _, priority, _ in bench.after(SINCE_S)} == {"medium"}
    bench.unreached = [HIGH, alert("a-medium")]
    bench.after(0)
    assert {priority for _, priority, _ in bench.after(SINCE_S)} == {"high"}


@pytest.mark.parametrize(
    "other",
    [
        replace(HIGH, family=Family.TECHNICAL),
        replace(HIGH, priority=Priority.LOW),
        replace(HIGH, state=AlertState.ACKNOWLEDGED),
        replace(HIGH, patient_id="p-nobody"),
    ],
    ids=["about equipment", "can wait", "somebody looks after it", "wears nothing"],
)
def test_nothing_is_asked_of_a_home_for_anything_else(other: Alert) -> None:
    bench = Bench()
    bench.unreached = [other]
    bench.after(0)
    assert bench.after(SINCE_S) == []


def test_a_store_that_refuses_is_a_trouble_and_asked_again() -> None:
    bench, stop, looks = Bench(), Event(), list[tuple[str, ...]]()

    def look() -> list[Alert]:
        looks.append(bench.last_resort.troubles())
        bench.last_resort.wake()
        if len(looks) == 1:
            raise StorageError("the disk is full: make room")
        if len(looks) == 2:
            raise KeyError("x")
        stop.set()
        return []

    bench.last_resort.unreached = look
    with capture_logs():
        bench.last_resort.run(stop)
    assert looks == [
        (),
        ("alerts: homes cannot be asked to alarm: the disk is full: make room",),
        ("alerts: homes cannot be asked to alarm: see the log",),
    ]
    assert bench.last_resort.troubles() == ()
