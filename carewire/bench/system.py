"""A broker and a service to measure against, each the very command a user would run."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from carewire.layout import Layout, bound, free_port
from carewire.mosquitto import make_certificates, mosquitto_command
from carewire.processes import Part, Supervisor, until
from carewire.seed import observer_of, seed_demo
from vitals.errors import CarewireError

__all__ = ["await_word", "start", "system"]

READY_S = 60.0


@contextmanager
def system(
    folder: Path | None, *, certified: Sequence[str] = (), roles: Sequence[str] = ()
) -> Iterator[tuple[Layout, Supervisor]]:
    """Run a broker and the service until the block ends, and whatever else the supervisor is given.

    The broker is the embedded one; where gateways are `certified`, mosquitto as `deploy/` has it. The service
    has these roles only, if any are named.

    Raises
    ------
    CarewireError
        The service does not answer; the message ends with its last words.
    """
    with tempfile.TemporaryDirectory(dir=folder) as temporary, Supervisor() as supervisor:
        layout = Layout(
            folder=Path(temporary),
            http_port=free_port(),
            mqtt_port=free_port(),
            radio_port=free_port(),
            anchor_ms=time.time_ns() // 1_000_000,
            certificates=make_certificates(Path(temporary) / "certificates", certified)
            if certified
            else None,
        )
        layout.write_settings()
        with observer_of(layout, seed_demo(layout)) as observer:
            start(supervisor, layout, "broker", _broker(layout))
            cloud = start(supervisor, layout, "cloud", [*layout.command("cloud"), *_options(roles)])
            if not any(observer.is_up() for _ in until(READY_S)):
                raise CarewireError(f"the service did not start: {cloud.last_words()}")
        yield layout, supervisor


def _broker(layout: Layout) -> list[str]:
    if layout.certificates is None:
        return layout.command("broker")
    return bound(*mosquitto_command(layout.folder / "mosquitto", layout.mqtt_port, layout.certificates))


def _options(roles: Sequence[str]) -> list[str]:
    return [word for role in roles for word in ("--role", role)]


def start(supervisor: Supervisor, layout: Layout, name: str, command: list[str]) -> Part:
    """Start one more part, its log beside the others'."""
    part = Part(name=name, command=command, log_file=layout.log_file(name))
    supervisor.start(part)
    return part


def await_word(part: Part, is_said: Callable[[str], bool], limit_s: float = READY_S) -> str:
    """Return a part's log once it says what is waited for.

    Raises
    ------
    CarewireError
        It ended, or it does not say it in time; the message ends with its last words.
    """
    for _ in until(limit_s):
        log = part.log_file.read_text(errors="replace")
        if is_said(log):
            return log
        if part.pid is None:
            break
    raise CarewireError(f"the {part.name} did not get ready: {part.last_words()}")
