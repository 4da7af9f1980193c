"""A command is done once, answered for ever the same, and whatever it holds costs no other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.counters import Counters
from edge.remote.command_journal import CommandJournal
from edge.remote.commands import Answer, CommandDesk
from tests.fakes.clock import FakeClock
from tests.fakes.killed import Killed, KillSwitch
from tests.fakes.record_sink import FakeRecordSink
from vitals.errors import DeviceError, StorageError
from vitals.records import CommandOutcome, CommandReport
from vitals.wire.command import Command, Identify, encode_command
from vitals.wire.envelope import ContentType

DONE = Answer(outcome=CommandOutcome.DONE, detail="blinked")
ID = "0123456789abcdef"


@dataclass(slots=True, kw_only=True)
class Bench:
    """A desk over a journal on disk, with one handler that keeps count."""

    path: Path
    clock: FakeClock = field(default_factory=FakeClock)
    sink: FakeRecordSink = field(default_factory=FakeRecordSink)
    counters: Counters = field(default_factory=Counters)
    done: list[tuple[str, Any]] = field(default_factory=list)
    answers: Callable[[], Answer | None] = lambda: DONE
    journals: list[CommandJournal] = field(default_factory=list)

    def start(self, switch: KillSwitch | None = None) -> CommandDesk:
        """Start a desk, as after a restart; it dies where `switch` says."""
        journal = CommandJournal.open(self.path)
        self.journals.append(journal)
        fatal = switch or KillSwitch(fatal=0, after=False)
        return CommandDesk(
            handlers={"identify": self._identify},
            journal=fatal.wrap(journal),
            sink=fatal.wrap(self.sink),
            clock=self.clock,
            counters=self.counters,
        )

    def command(self, **changes: Any) -> Command:
        fields: dict[str, Any] = {
            "id": ID,
            "name": "identify",
            "issued_ms": self.clock.wall_ms(),
            "expires_ms": self.clock.wall_ms() + 60_000,
            "body": {"seconds": 5},
        }
        return Command(**fields | changes)

    def take(self, desk: CommandDesk, **changes: Any) -> None:
        desk.take(encode_command(self.command(**changes)), ContentType.MSGPACK)

    @property
    def reports(self) -> list[CommandReport]:
        return [one for one in self.sink.records if isinstance(one, CommandReport)]

    @property
    def report(self) -> CommandReport:
        (one,) = self.reports
        return one

    def _identify(self, command_id: str, body: Identify) -> Answer | None:
        self.done.append((command_id, body))
        return self.answers()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(path=tmp_path / "commands.db")
    yield bench
    for journal in bench.journals:
        journal.close()


def test_a_command_is_done_and_answered(bench: Bench) -> None:
    bench.take(bench.start())
    assert bench.done == [(ID, Identify(seconds=5))]
    assert bench.report == CommandReport(
        id=ID,
        name="identify",
        outcome=CommandOutcome.DONE,
        detail="blinked",
        t_ms=bench.clock.wall_ms(),
    )


def test_json_is_spoken_too(bench: Bench) -> None:
    bench.start().take(encode_command(bench.command(), ContentType.JSON), "application/json")
    assert bench.report.outcome is CommandOutcome.DONE


@pytest.mark.parametrize("restarts", [False, True])
def test_a_command_that_comes_again_is_answered_again_and_not_done_again(
    bench: Bench, *, restarts: bool
) -> None:
    desk = bench.start()
    bench.take(desk)
    bench.clock.advance(10)
    if restarts:
        desk = bench.start()
        desk.begin()
    bench.take(desk)
    assert len(bench.done) == 1
    assert bench.reports[0] == bench.reports[1]
    assert bench.counters["command.repeated"] == 1


def test_an_answer_that_comes_later_is_the_only_one(bench: Bench) -> None:
    bench.answers = lambda: None
    desk = bench.start()
    bench.take(desk)
    bench.take(desk)
    assert bench.reports == []
    desk.answer(ID, DONE)
    desk.answer(ID, Answer(outcome=CommandOutcome.FAILED))
    desk.answer("nobody-asked-this", DONE)
    assert bench.report.outcome is CommandOutcome.DONE


def test_an_expired_command_is_refused_and_not_done(bench: Bench) -> None:
    bench.take(bench.start(), expires_ms=bench.clock.wall_ms())
    assert bench.done == []
    assert bench.report.outcome is CommandOutcome.REFUSED
    assert "the gateway's clock says 2023-11-14T22:13:20Z" in bench.report.detail


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "open-door"}, "knows no command open-door"),
        ({"name": "silence-alarm", "body": {"until_ms": 5}}, "knows no command silence-alarm"),
        ({"body": {"seconds": 61}}, "its body is not what identify holds"),
        ({"body": {"seconds": 5, "loudly": True}}, "loudly"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    bench: Bench, changes: dict[str, Any], says: str
) -> None:
    bench.take(bench.start(), **changes)
    assert bench.done == []
    assert bench.report.outcome is CommandOutcome.REFUSED
    assert says in bench.report.detail


def test_poison_is_counted_and_refused_by_its_id_once(bench: Bench) -> None:
    desk = bench.start()
    poison = msgspec.msgpack.encode({"id": ID, "name": "identify", "v": 99})
    for payload in (poison, poison, b"\xc1", b"", msgspec.msgpack.encode({"id": "NO"})):
        desk.take(payload, None)
    desk.take(poison, "text/plain")
    assert bench.counters["command.unreadable"] == 6
    assert {(one.id, one.outcome) for one in bench.reports} == {(ID, CommandOutcome.REFUSED)}
    bench.take(desk, id="another-command")
    assert len(bench.done) == 1


def fails(error: Exception) -> Callable[[], Answer]:
    def answer() -> Answer:
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "says"),
    [(DeviceError("the light is broken"), "the light is broken"), (KeyError("secret"), "KeyError")],
)
def test_a_handler_that_fails_is_told_and_the_next_command_is_done(
    bench: Bench, error: Exception, says: str
) -> None:
    bench.answers = fails(error)
    desk = bench.start()
    bench.take(desk)
    assert bench.report.outcome is CommandOutcome.FAILED
    assert says in bench.report.detail
    assert "secret" not in bench.report.detail
    bench.answers = lambda: DONE
    bench.take(desk, id="another-command")
    assert bench.reports[-1].outcome is CommandOutcome.DONE


def test_a_command_that_cannot_be_noted_is_not_done(bench: Bench) -> None:
    desk = bench.start()
    bench.journals[0].close()
    with pytest.raises(StorageError, match=r"commands\.db"):
        bench.take(desk)
    assert bench.done == []
    assert bench.sink.records == []


def test_an_answer_the_outbox_refuses_is_given_after_the_next_start(bench: Bench) -> None:
    bench.sink.is_broken = True
    with pytest.raises(StorageError):
        bench.take(bench.start())
    bench.sink.is_broken = False
    bench.start().begin()
    assert bench.report.outcome is CommandOutcome.DONE


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fatal", range(1, 6))
def test_killed_at_any_step_a_command_is_done_at_most_once_and_answered_with_one_voice(
    bench: Bench, fatal: int, *, after: bool
) -> None:
    with pytest.raises(Killed):
        bench.take(bench.start(KillSwitch(fatal=fatal, after=after)))
    desk = bench.start()
    desk.begin()
    bench.take(desk)
    (answer,) = {msgspec.json.encode(one) for one in bench.reports}
    was_interrupted = (2, True) <= (fatal, after) <= (3, False)  # noted, and its answer not
    outcome = CommandOutcome.FAILED if was_interrupted else CommandOutcome.DONE
    assert msgspec.json.decode(answer, type=CommandReport).outcome is outcome
    assert len(bench.done) == (0 if (fatal, after) == (2, True) else 1)


def test_a_command_whose_answer_is_still_to_come_is_left_alone_by_a_restart(bench: Bench) -> None:
    bench.answers = lambda: None
    bench.take(bench.start())
    again = bench.start()
    again.begin(unsettled=(ID,))
    assert bench.reports == []
    again.begin()
    assert bench.report.outcome is CommandOutcome.FAILED
    assert "does nothing twice" in bench.report.detail


def test_a_damaged_journal_is_put_aside_and_commands_are_heard_again(bench: Bench) -> None:
    bench.path.write_bytes(b"no database" * 500)
    bench.take(bench.start())
    assert bench.report.outcome is CommandOutcome.DONE
    assert bench.path.with_suffix(".damaged").exists()


def test_the_journal_forgets_what_is_long_over_and_nothing_else(tmp_path: Path) -> None:
    journal = CommandJournal.open(tmp_path / "commands.db")
    for number in range(1_200):
        journal.begin(f"command-{number}", "identify", expires_ms=number, now_ms=number)
        if number:
            journal.told(f"command-{number}")
    journal.begin("the-newest", "identify", expires_ms=1 << 40, now_ms=1 << 40)
    assert journal.find("command-0") is not None
    assert journal.find("command-100") is None
    assert journal.find("command-1000") is not None
    journal.close()
