"""A command is sent until it is answered or expired, again only to a gateway that is there, never after."""

import threading
from dataclasses import dataclass, field

import pytest

from cloud.commands.sender import AGAIN_S, CommandSender
from cloud.ports import CommandAnswer, IssuedCommand
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.gateway import eventually
from vitals.errors import StorageError
from vitals.records import CommandOutcome
from vitals.wire.command import decode_command


@dataclass(slots=True)
class FakeChannel:
    """The CommandChannel port: what was sent, and for how long it is good."""

    sent: list[tuple[str, str, float]] = field(default_factory=list)
    is_up: bool = True

    def send(self, gateway: str, payload: bytes, expires_in_s: float) -> bool:
        if self.is_up:
            self.sent.append((gateway, decode_command(payload).id, expires_in_s))
        return self.is_up


@dataclass(slots=True)
class Bench:
    book: FakeCommandBook = field(default_factory=FakeCommandBook)
    channel: FakeChannel = field(default_factory=FakeChannel)
    clock: FakeClock = field(default_factory=FakeClock)
    online: dict[str, bool] = field(default_factory=dict)

    def sender(self) -> CommandSender:
        return CommandSender(
            book=self.book,
            channel=self.channel,
            online=self.online.get,
            clock=self.clock,
            monotonic_s=self.clock.monotonic_s,
            real_s=lambda seconds: seconds / 2,
        )

    def ask(self, command_id: str = "command-1", life_s: int = 3_600, gateway: str = "hallway") -> None:
        now_ms = self.clock.wall_ms()
        self.book.add(
            IssuedCommand(
                id=command_id,
                gateway=gateway,
                name="identify",
                body={"seconds": 5},
                issued_ms=now_ms,
                expires_ms=now_ms + 1_000 * life_s,
                issued_by="u-admin",
            )
        )

    def answer(self, command_id: str = "command-1") -> None:
        self.book.note_answer(
            CommandAnswer(
                gateway="hallway",
                command_id=command_id,
                name="identify",
                outcome=CommandOutcome.DONE,
                detail="",
                t_ms=1,
                received_ms=2,
            )
        )

    @property
    def times_sent(self) -> int:
        return len(self.channel.sent)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_command_is_sent_at_once_for_as_long_as_it_is_good(bench: Bench) -> None:
    bench.ask()
    assert bench.sender().step() == 1
    assert bench.channel.sent == [("hallway", "command-1", 1_800.0)]


def test_a_gateway_that_is_away_is_asked_once_and_one_that_is_there_again(bench: Bench) -> None:
    sender = bench.sender()
    bench.ask()
    for is_online, times in ((None, 1), (False, 1), (True, 2), (True, 3)):
        if is_online is not None:
            bench.online["hallway"] = is_online
        sender.step()
        sender.step()
        assert bench.times_sent == times
        bench.clock.advance(AGAIN_S)


def test_a_gateway_that_is_away_with_a_thousand_commands_keeps_no_other_waiting(bench: Bench) -> None:
    sender = bench.sender()
    for number in range(1_000):
        bench.ask(f"command-{number:04}")
    sender.step()
    bench.clock.advance(1)
    bench.ask("command-of-another", gateway="kitchen")
    sender.step()
    assert bench.channel.sent[-1][:2] == ("kitchen", "command-of-another")


def test_an_answered_command_is_sent_no_more(bench: Bench) -> None:
    sender = bench.sender()
    bench.online["hallway"] = True
    bench.ask()
    sender.step()
    bench.answer()
    bench.clock.advance(AGAIN_S)
    assert sender.step() == 0
    assert bench.times_sent == 1


def test_an_expired_command_is_never_sent(bench: Bench) -> None:
    sender = bench.sender()
    bench.channel.is_up = False
    bench.ask(life_s=60)
    assert sender.step() == 0
    bench.channel.is_up = True
    bench.clock.advance(60)
    assert sender.step() == 0
    assert bench.times_sent == 0


def test_what_the_connection_refused_is_sent_once_there_is_one(bench: Bench) -> None:
    sender = bench.sender()
    bench.channel.is_up = False
    bench.ask()
    sender.step()
    bench.channel.is_up = True
    assert sender.step() == 1


def test_a_service_that_starts_anew_sends_what_still_waits(bench: Bench) -> None:
    bench.ask()
    bench.sender().step()
    assert bench.sender().step() == 1


def test_a_store_in_trouble_is_told_and_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    sender, stop, real = bench.sender(), threading.Event(), FakeCommandBook.unanswered
    failures: list[Exception] = [StorageError("the database is away"), KeyError("x")]

    def failing(book: FakeCommandBook, now_ms: int, limit: int) -> object:
        if failures:
            raise failures.pop(0)
        return real(book, now_ms, limit)

    monkeypatch.setattr(FakeCommandBook, "unanswered", failing)
    bench.ask()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    eventually(lambda: sender.troubles() == ("commands: none can be sent: the database is away",))
    eventually(lambda: bool(sender.wake() or (bench.times_sent == 1 and sender.troubles() == ())))
    stop.set()
    sender.wake()
    thread.join(20)
    assert not thread.is_alive()
