"""What is offered ends: taken, or failed with a reason; nobody is held up by a channel that hangs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event, Thread

import pytest

from cloud.alerts.telling.dispatch import Dispatch
from cloud.alerts.telling.errands import Errand, Failed, Pace
from cloud.alerts.telling.messages import Messages
from cloud.ports import AlertState, Channel, ContactPoint, HandOff, Person, Priority, Role
from tests.fakes.alert_material import alert
from tests.fakes.clock import FakeClock
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.steered_notifier import SteeredNotifier
from vitals.errors import ChannelBusyError, ContactGoneError, DeliveryError, MessageRefusedError

LIN = Person(id="u-lin", display_name="Lin", role=Role.CAREGIVER)
DOWN = DeliveryError("the mail server does not answer")
PACE = Pace(at_once=2, most_stuck=3, most_waiting=4)


def way(name: str = "home", channel: Channel = Channel.EMAIL) -> ContactPoint:
    return ContactPoint(id=name, person_id=LIN.id, channel=channel, address={}, label=name, added_ms=0)


def errand(
    name: str = "a1",
    to: str = "home",
    *,
    channel: Channel = Channel.EMAIL,
    priority: Priority = Priority.MEDIUM,
    state: AlertState = AlertState.ACTIVE,
) -> Errand:
    """An errand whose key is easy to read."""
    one = alert(name, priority=priority, state=state)
    message = Messages().of([one], LIN, way(to, channel))
    return Errand(message=replace(message, key=f"{name}>{to}"), alerts=(one,))


@dataclass
class Bench:
    """A dispatch stepped by hand, its clock moved by hand."""

    pace: Pace = PACE
    email: SteeredNotifier = field(default_factory=SteeredNotifier)
    webhook: SteeredNotifier = field(default_factory=lambda: SteeredNotifier(Channel.WEBHOOK))
    clock: FakeClock = field(default_factory=FakeClock)
    contacts: FakeContactBook = field(default_factory=FakeContactBook)
    withheld: dict[str, Failed] = field(default_factory=dict)
    done: list[HandOff] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dispatch = Dispatch(
            notifiers=(self.email, self.webhook),
            contacts=self.contacts,
            clock=self.clock,
            pace=self.pace,
            monotonic_s=self.clock.monotonic_s,
            leave=lambda errand: self.withheld.get(errand.key),
        )
        for name in ("home", "work"):
            self.contacts.add(way(name))

    def offer(self, *errands: Errand) -> None:
        self.dispatch.offer(errands)
        self.step()

    def step(self) -> float:
        wait_s = self.dispatch.step()
        self.done += [one for ended in self.dispatch.finished() for one in ended.hand_offs]
        return wait_s

    def pass_s(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.step()

    def until(self, is_so: Callable[["Bench"], bool]) -> None:
        """Step until it is so: what ends, ends in a thread of its own."""
        deadline = time.monotonic() + 20
        while not is_so(self):
            assert time.monotonic() < deadline, (self.done, self.email.begun)
            time.sleep(0.001)
            self.step()

    def end(self, key: str, how: str | Exception | None = None) -> None:
        """End a delivery by e-mail, and have that noted."""
        self.dispatch.wait(0)
        self.email.end(key, how)
        self.dispatch.wait(20)
        self.step()

    @property
    def told(self) -> list[tuple[str | None, str | None]]:
        return [(one.key, one.error) for one in self.done]


def test_what_is_taken_is_a_hand_off_with_its_receipt_its_key_and_its_way() -> None:
    bench = Bench()
    bench.offer(errand())
    assert bench.dispatch.is_under_way("a1>home")
    bench.email.end("a1>home", "250 queued as 7")
    bench.until(lambda each: bool(each.done))
    assert bench.done == [
        HandOff(
            alert_id="a1",
            channel="email",
            person_id="u-lin",
            at_ms=bench.clock.wall_ms(),
            state=AlertState.ACTIVE,
            occasion="onset",
            key="a1>home",
            contact_id="home",
            receipt="250 queued as 7",
        )
    ]
    assert not bench.dispatch.is_under_way("a1>home")


def test_of_a_receipt_is_kept_what_any_database_can_keep() -> None:
    bench = Bench()
    bench.offer(errand())
    bench.end("a1>home", "250 \x00\r\nqueued " + "9" * 1_000)
    (told,) = bench.done
    assert told.receipt is not None
    assert told.receipt.startswith("250 queued 9")
    assert len(told.receipt) == 200


def test_each_alert_of_a_message_has_its_hand_off() -> None:
    bench = Bench()
    both = (alert(), alert("a2", state=AlertState.RESOLVED))
    bench.offer(replace(errand(), alerts=both))
    bench.email.end("a1>home")
    bench.until(lambda each: bool(each.done))
    assert [(one.alert_id, one.state, one.occasion) for one in bench.done] == [
        ("a1", AlertState.ACTIVE, "onset"),
        ("a2", AlertState.RESOLVED, "ended"),
    ]


def test_a_message_on_its_way_is_not_sent_twice() -> None:
    bench = Bench()
    bench.offer(errand(), errand())
    bench.offer(errand())
    bench.end("a1>home")
    assert bench.email.begun == ["a1>home"]
    bench.offer(errand())
    bench.email.await_begun("a1>home", "a1>home")


def test_what_fails_is_tried_again_and_then_taken() -> None:
    bench = Bench()
    bench.offer(errand())
    bench.end("a1>home", DOWN)
    assert (bench.done, len(bench.email.begun)) == ([], 1)
    bench.pass_s(1.9)
    assert len(bench.email.begun) == 1
    bench.pass_s(0.1)
    bench.email.await_begun("a1>home", "a1>home")
    bench.email.end("a1>home")
    bench.until(lambda each: each.told == [("a1>home", None)])


def test_what_keeps_failing_has_failed_within_the_patience_with_the_last_reason() -> None:
    bench = Bench()
    bench.offer(errand())
    waits_s = (2, 5, 15, 15, 15)
    for tries, wait_s in enumerate(waits_s, 1):
        bench.email.await_begun(*["a1>home"] * tries)
        bench.end("a1>home", DOWN)
        assert bench.done == []
        bench.pass_s(wait_s)
    bench.end("a1>home", DOWN)
    assert bench.told == [("a1>home", "the mail server does not answer (tried 6 times)")]
    assert sum(waits_s) < PACE.patience_s


@pytest.mark.parametrize(
    "how", [MessageRefusedError("no such mailbox"), ChannelBusyError("asks to wait", again_s=3600.0)]
)
def test_what_will_not_be_taken_in_time_has_failed_at_once(how: Exception) -> None:
    bench = Bench()
    bench.offer(errand())
    bench.end("a1>home", how)
    assert bench.told == [("a1>home", str(how))]


def test_a_channel_that_asks_to_be_left_alone_is_for_so_long() -> None:
    bench = Bench()
    bench.offer(errand())
    bench.end("a1>home", ChannelBusyError("asks to wait", again_s=30.0))
    bench.pass_s(29)
    assert len(bench.email.begun) == 1
    bench.pass_s(1)
    bench.email.await_begun("a1>home", "a1>home")


def test_a_way_that_is_gone_is_used_no_more_and_says_nothing_of_the_channel() -> None:
    bench = Bench()
    bench.offer(errand())
    bench.end("a1>home", ContactGoneError("the browser has unsubscribed"))
    assert bench.told == [("a1>home", "the browser has unsubscribed")]
    assert bench.contacts.removed == {"home": "the browser has unsubscribed"}
    assert bench.dispatch.troubles() == ()


def test_a_gone_way_that_cannot_be_removed_now_is_told_all_the_same() -> None:
    bench = Bench()
    bench.contacts.failing = True
    bench.offer(errand())
    bench.end("a1>home", ContactGoneError("the browser has unsubscribed"))
    assert bench.told == [("a1>home", "the browser has unsubscribed")]


def test_a_fault_of_the_channel_itself_is_said_without_what_it_says() -> None:
    bench = Bench(pace=replace(PACE, patience_s=1.0))
    bench.offer(errand())
    bench.end("a1>home", ValueError("145 bpm"))
    assert bench.told == [("a1>home", "the channel itself failed (ValueError): look at its log")]


def test_a_channel_not_set_up_has_failed() -> None:
    bench = Bench()
    bench.offer(errand(channel=Channel.APPRISE))
    assert bench.told == [("a1>home", "apprise is not set up here: see the settings")]


class TestHanging:
    def test_a_hanging_receiver_holds_up_no_other_and_no_other_channel(self) -> None:
        bench = Bench()
        bench.email.at_once = lambda message: message.key == "a2>work"
        bench.webhook.at_once = lambda _: True
        bench.offer(errand(), errand("a2", "work"), errand("a3", "hook", channel=Channel.WEBHOOK))
        bench.until(lambda each: len(each.done) == 2)
        assert {key for key, error in bench.told if error is None} == {"a2>work", "a3>hook"}

    def test_it_has_failed_after_the_deadline_and_is_tried_again(self) -> None:
        bench = Bench()
        bench.offer(errand())
        bench.pass_s(10)
        assert bench.dispatch.troubles() == ("email: deliveries that hang and are waited out: 1",)
        bench.pass_s(2)
        bench.email.await_begun("a1>home", "a1>home")

    def test_what_was_taken_after_the_deadline_was_delivered(self) -> None:
        bench = Bench()
        bench.offer(errand())
        bench.pass_s(10)
        bench.end("a1>home", "late")
        assert [(one.error, one.receipt) for one in bench.done] == [(None, "late")]
        bench.pass_s(30)
        assert (len(bench.email.begun), bench.dispatch.troubles()) == (1, ())

    def test_a_late_failure_changes_nothing(self) -> None:
        bench = Bench()
        bench.offer(errand())
        bench.pass_s(10)
        bench.end("a1>home", DOWN)
        assert bench.done == []
        bench.pass_s(2)
        bench.email.await_begun("a1>home", "a1>home")

    def test_a_receiver_that_always_hangs_costs_two_threads_and_its_messages_fail_in_time(self) -> None:
        bench = Bench()
        bench.offer(errand())
        for _ in range(70):
            bench.pass_s(1)
        assert len(bench.email.begun) == PACE.stuck_each
        assert bench.told == [("a1>home", "no answer within 10 s (tried 2 times)")]
        bench.offer(errand("a2"))
        bench.pass_s(60)
        assert bench.told[1:] == [("a2>home", "waited 60 s for its turn: others of the channel hang")]
        assert len(bench.email.begun) == PACE.stuck_each

    def test_no_more_threads_hang_than_a_channel_may_have(self) -> None:
        bench = Bench(pace=replace(PACE, most_waiting=100))
        for number in range(9):
            bench.offer(errand("a1", f"way-{number}"))
            bench.pass_s(10)
        assert len(bench.email.begun) <= PACE.most_stuck + PACE.at_once
        bench.pass_s(60)
        assert len(bench.done) == 9
        assert bench.dispatch.troubles()[-2].startswith("email: ")

    def test_once_they_end_the_channel_goes_on(self) -> None:
        bench = Bench()
        bench.offer(errand())
        for _ in range(70):
            bench.pass_s(1)
        bench.end("a1>home", DOWN)
        bench.offer(errand("a2"))
        bench.end("a2>home")
        assert bench.told[-1] == ("a2>home", None)


class TestOrder:
    def test_a_receivers_messages_keep_their_order_even_while_the_first_is_retried(self) -> None:
        bench = Bench()
        bench.offer(errand(), errand("a2"))
        bench.end("a1>home", DOWN)
        bench.step()
        assert bench.email.begun == ["a1>home"]
        bench.pass_s(2)
        bench.end("a1>home")
        bench.end("a2>home")
        assert bench.email.begun == ["a1>home", "a1>home", "a2>home"]

    def test_the_urgent_go_first(self) -> None:
        bench = Bench()
        bench.offer(errand("a0"), errand("a1"), errand("a2", priority=Priority.LOW))
        bench.offer(errand("a3", priority=Priority.HIGH))
        for key in ("a0>home", "a3>home", "a1>home", "a2>home"):
            bench.end(key)
        assert bench.email.begun == ["a0>home", "a3>home", "a1>home", "a2>home"]

    def test_the_urgent_do_not_wait_for_what_is_retried(self) -> None:
        bench = Bench()
        bench.offer(errand())
        bench.end("a1>home", DOWN)
        bench.offer(errand("a2", priority=Priority.HIGH))
        bench.email.await_begun("a1>home", "a2>home")

    def test_when_too_many_wait_the_least_urgent_and_newest_has_failed(self) -> None:
        bench = Bench()
        names = ("a0", "a1", "a2")
        bench.offer(*(errand(name) for name in names), errand("low", priority=Priority.LOW))
        bench.offer(errand("high", priority=Priority.HIGH))
        bench.offer(errand("late"))
        crowded = "too many messages wait for this channel: it cannot keep up with what is to be told"
        assert bench.told == [("low>home", crowded), ("late>home", crowded)]


class TestTroubles:
    def test_a_channel_that_fails_is_named_until_it_delivers(self) -> None:
        bench = Bench(pace=replace(PACE, patience_s=1.0))
        for name in ("a1", "a2"):
            bench.offer(errand(name))
            bench.end(f"{name}>home", DOWN)
        assert bench.dispatch.troubles()[0] == (
            "email: messages not taken since one last was: 2; the last: the mail server does not answer"
        )
        bench.offer(errand("a3"))
        bench.end("a3>home")
        assert bench.dispatch.troubles() == ()

    def test_when_every_channel_in_use_fails_that_is_said_of_alerts(self) -> None:
        bench = Bench(pace=replace(PACE, patience_s=1.0))
        bench.webhook.at_once = lambda _: True
        bench.offer(errand("a1", "hook", channel=Channel.WEBHOOK))
        bench.until(lambda each: len(each.done) == 1)
        bench.offer(errand())
        bench.end("a1>home", DOWN)
        nobody = "alerts: no channel delivers; people are told on open pages alone"
        assert nobody not in bench.dispatch.troubles()
        bench.webhook.end("a2>hook", DOWN)
        bench.offer(errand("a2", "hook", channel=Channel.WEBHOOK))
        bench.until(lambda each: nobody in each.dispatch.troubles())


class TestWithheld:
    REVOKED = Failed(error="not theirs any more", is_final=True, is_withheld=True)

    def test_what_may_not_go_any_more_when_it_would_be_tried_again_does_not_go(self) -> None:
        bench = Bench()
        bench.offer(errand())
        bench.end("a1>home", DOWN)
        bench.withheld["a1>home"] = self.REVOKED
        bench.pass_s(2)
        bench.until(lambda each: bool(each.done))
        assert bench.told == [("a1>home", "not theirs any more (tried 2 times)")]
        assert bench.email.begun == ["a1>home"]

    def test_that_is_no_fault_of_the_channel(self) -> None:
        bench = Bench()
        bench.withheld["a1>home"] = self.REVOKED
        bench.offer(errand())
        bench.until(lambda each: bool(each.done))
        assert bench.dispatch.troubles() == ()


class TestRunning:
    def test_it_delivers_by_itself_says_so_and_ends_what_is_on_its_way(self) -> None:
        email, told, stop = (
            SteeredNotifier(at_once=lambda message: message.key == "a1>home"),
            Event(),
            Event(),
        )
        dispatch = Dispatch(
            notifiers=(email,), contacts=FakeContactBook(), clock=FakeClock(), on_finished=told.set
        )
        thread = Thread(target=dispatch.run, args=(stop,), daemon=True)
        thread.start()
        dispatch.offer([errand()])
        assert told.wait(20)
        assert [one.errand.key for one in dispatch.finished()] == ["a1>home"]
        told.clear()
        dispatch.offer([errand("a2")])
        email.await_begun("a1>home", "a2>home")
        stop.set()
        dispatch.wake()
        email.end("a2>home")
        thread.join(20)
        assert not thread.is_alive()
        assert [one.errand.key for one in dispatch.finished()] == ["a2>home"]

    def test_a_fault_nobody_thought_of_ends_neither_the_thread_nor_what_comes_after(self) -> None:
        faults = [ValueError("a fault nobody thought of")]

        def stumble() -> None:
            if faults:
                raise faults.pop()
            told.set()

        email, told, stop = SteeredNotifier(at_once=lambda _: True), Event(), Event()
        dispatch = Dispatch(
            notifiers=(email,), contacts=FakeContactBook(), clock=FakeClock(), on_finished=stumble
        )
        thread = Thread(target=dispatch.run, args=(stop,), daemon=True)
        thread.start()
        dispatch.offer([errand()])
        email.await_begun("a1>home")
        dispatch.offer([errand("a2")])
        assert told.wait(20)
        stop.set()
        dispatch.wake()
        thread.join(20)
        assert {one.errand.key for one in dispatch.finished()} == {"a1>home", "a2>home"}

    def test_a_machine_without_a_thread_left_is_a_failure_that_is_tried_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: Thread) -> None:
            raise RuntimeError("can't start new thread")

        bench = Bench(pace=replace(PACE, patience_s=1.0))
        with monkeypatch.context() as patched:
            patched.setattr(Thread, "start", refuse)
            bench.offer(errand())
            bench.step()
        assert bench.told == [
            ("a1>home", "this machine has no thread left to deliver it with: see what takes them")
        ]
        bench.offer(errand("a2"))
        bench.end("a2>home")
        assert bench.told[-1] == ("a2>home", None)

    def test_it_says_when_to_look_again(self) -> None:
        bench = Bench()
        assert bench.step() == pytest.approx(5.0)
        bench.offer(errand())
        bench.end("a1>home", DOWN)
        assert bench.step() == pytest.approx(2.0)
