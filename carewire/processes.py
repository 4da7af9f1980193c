"""Child processes that are kept alive: started, watched, started again when they die, stopped."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from vitals.errors import CarewireError

STOP_TIMEOUT_S = 10.0


class PartDiedError(CarewireError):
    """A part ended by itself again and again, or ended for good."""


@dataclass(slots=True, kw_only=True)
class Part:
    """One child process and its history."""

    name: str
    command: Sequence[str]
    log_file: Path
    restarts: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process and self.process.poll() is None else None

    def start(self) -> None:
        """Start the process; its output goes to the log file."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is the supervisor's to handle
            )

    def stop(self) -> None:
        """Ask it to end, and end it when it does not in STOP_TIMEOUT_S seconds."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self, lines: int = 3) -> str:
        """Return the end of its log."""
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return "\n".join(text.strip().splitlines()[-lines:])


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Keeps parts running. A part that dies more than `max_restarts` times ends the run.

    What is `held` stays down, once it is, until it is held no more.
    """

    on_death: Callable[[Part, int], None] = lambda _part, _status: None
    max_restarts: int = 20
    parts: dict[str, Part] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def start(self, part: Part) -> None:
        """Start a part and look after it from now on."""
        self.parts[part.name] = part
        part.start()

    def look(self) -> None:
        """Start again whatever died since the last look.

        Raises
        ------
        PartDiedError
            If a part has used up its restarts; the message ends with its last words.
        """
        for part in self.parts.values():
            status = part.process.poll() if part.process else None
            if status is None or part.name in self.held:
                continue
            part.restarts += 1
            self.on_death(part, status)
            if part.restarts > self.max_restarts:
                raise PartDiedError(
                    f"the {part.name} ended {part.restarts} times (status {status}); see {part.log_file}. "
                    f"Its last words:\n{part.last_words()}"
                )
            part.start()

    def release(self, name: str) -> Part:
        """Stop looking after a part; return it."""
        return self.parts.pop(name)

    def stop(self) -> None:
        """Stop every part, the last started first."""
        with ExitStack() as stack:
            for part in self.parts.values():
                stack.callback(part.stop)
        self.parts.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def until(timeout_s: float, poll_s: float = 0.1) -> Iterator[float]:
    """Yield the seconds gone, every `poll_s`, until `timeout_s` have."""
    start = time.monotonic()
    while (gone := time.monotonic() - start) < timeout_s:
        yield gone
        time.sleep(poll_s)
