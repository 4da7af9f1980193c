"""What the cloud asks: a table of handlers, each command done at most once and answered for ever the same.

A command is read, judged, noted, done and answered, in this order; the answer travels as a record.
What cannot be read is refused by its id where it has one, and counted in any case.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog

from edge.counters import Counters
from edge.ports import RecordSink
from edge.remote.command_journal import CommandJournal, Noted
from vitals.clock import Clock
from vitals.errors import CarewireError, EnvelopeError
from vitals.records import CommandOutcome, CommandReport
from vitals.release import Refusal
from vitals.wire.command import BODIES, Command, decode_command, id_of
from vitals.wire.envelope import ContentType, content_type

__all__ = ["Answer", "CommandDesk", "Handler", "refused"]

_log = structlog.get_logger()

_LONGEST_DETAIL: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a command, and in a sentence why."""

    outcome: CommandOutcome
    detail: str = ""


def refused(detail: str) -> Answer:
    """Return that a command is not done, and why."""
    return Answer(outcome=CommandOutcome.REFUSED, detail=detail)


Handler = Callable[[str, Any], Answer | None]
"""Does a command, given its id and its body (a value of `BODIES[name]`); None: the answer comes later."""


class CommandDesk:
    """Takes commands one at a time, on one thread; answers may come from it alone, too."""

    def __init__(
        self,
        *,
        handlers: Mapping[str, Handler],
        journal: CommandJournal,
        sink: RecordSink,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._handlers = handlers
        self._journal = journal
        self._sink = sink
        self._clock = clock
        self._counters = counters

    def begin(self, *, unsettled: Collection[str] = ()) -> None:
        """After a start: answer what a kill left open; `unsettled` are those whose answer is still to come.

        Raises
        ------
        StorageError
            If the disk refuses; the next start does it.
        """
        for left in self._journal.open_ends():
            if left.report is not None:
                self._tell(left.report)
            elif left.id not in unsettled:
                self._counters["command.interrupted"] += 1
                self._answer(left.id, left.name, _INTERRUPTED)

    def take(self, payload: bytes, kind: str | None) -> None:
        """Take a command as it came; whatever it holds, it costs no other.

        Raises
        ------
        StorageError
            If it cannot be noted: it is not done, and the cloud will ask again; or if the answer cannot be
            kept: the next start gives it.
        """
        try:
            encoding = content_type(kind)
        except EnvelopeError as error:
            self._counters["command.unreadable"] += 1
            _log.warning("command.unreadable", error=str(error))
            return
        try:
            command = decode_command(payload, encoding)
        except EnvelopeError as error:
            self._refuse_unreadable(payload, encoding, error)
            return
        known = self._journal.find(command.id)
        if known is None:
            self._do(command)
        else:
            self._say_again(known)

    def answer(self, command_id: str, answer: Answer) -> None:
        """Answer a command whose handler said that the answer would come later.

        Raises
        ------
        StorageError
            If the answer cannot be kept.
        """
        known = self._journal.find(command_id)
        if known is not None and known.report is None:
            self._answer(known.id, known.name, answer)

    def _do(self, command: Command) -> None:
        now_ms = self._clock.wall_ms()
        self._journal.begin(command.id, command.name, expires_ms=command.expires_ms, now_ms=now_ms)
        answer = self._refusal(command, now_ms) or self._handled(command)
        if answer is not None:
            self._answer(command.id, command.name, answer)

    def _refusal(self, command: Command, now_ms: int) -> Answer | None:
        if command.name not in BODIES or command.name not in self._handlers:
            return refused(f"this gateway knows no command {command.name}: update its software")
        if now_ms >= command.expires_ms:
            return refused(f"it expired before it came: the gateway's clock says {_iso(now_ms)}")
        return None

    def _handled(self, command: Command) -> Answer | None:
        try:
            body = msgspec.convert(command.body, BODIES[command.name])
        except msgspec.ValidationError as error:
            return refused(f"its body is not what {command.name} holds: {error}")
        self._counters[f"command.{command.name}"] += 1
        _log.info("command.begun", command=command.id, name=command.name)
        try:
            return self._handlers[command.name](command.id, body)
        except CarewireError as error:
            return Answer(outcome=CommandOutcome.FAILED, detail=str(error))
        except Exception as error:  # noqa: BLE001 - a mistake of ours costs one command and is said
            _log.exception("command.fault", command=command.id, name=command.name)
            return Answer(
                outcome=CommandOutcome.FAILED,
                detail=f"a fault in the gateway's program ({type(error).__name__}): see its log",
            )

    def _refuse_unreadable(self, payload: bytes, kind: ContentType, error: EnvelopeError) -> None:
        self._counters["command.unreadable"] += 1
        identity = id_of(payload, kind)
        _log.warning("command.unreadable", command=identity and identity[0], error=str(error))
        if identity is None:
            return
        known = self._journal.find(identity[0])
        if known is None:
            now_ms = self._clock.wall_ms()
            self._journal.begin(*identity, expires_ms=now_ms, now_ms=now_ms)
            self._answer(*identity, refused(str(error)))
        else:
            self._say_again(known)

    def _say_again(self, known: Noted) -> None:
        self._counters["command.repeated"] += 1
        if known.report is not None:
            self._tell(known.report)

    def _answer(self, command_id: str, name: str, answer: Answer) -> None:
        report = CommandReport(
            id=command_id,
            name=name,
            outcome=answer.outcome,
            detail=answer.detail[:_LONGEST_DETAIL],
            t_ms=self._clock.wall_ms(),
        )
        _log.info("command.answered", command=command_id, name=name, outcome=answer.outcome.value)
        self._tell(self._journal.answered(report))

    def _tell(self, report: CommandReport) -> None:
        self._sink.append([report])
        self._journal.told(report.id)


_INTERRUPTED: Final = Answer(
    outcome=CommandOutcome.FAILED,
    detail=Refusal.INTERRUPTED.told(
        "the gateway stopped while it was at it, and does nothing twice: ask again"
    ),
)


def _iso(t_ms: int) -> str:
    return datetime.fromtimestamp(t_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
