"""The watchdog is fed while all move, and a gateway with a stuck part is ended, whatever is stuck."""

import threading
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.adapters import watchman
from edge.adapters.service_manager import ServiceManager
from edge.adapters.watchman import STUCK_STATUS, Watchman
from edge.supervision import Deadline, Part, Supervision
from tests.fakes.notify_socket import FakeNotifySocket

ROWS = {part: Deadline(part=part, within_s=0.1) for part in Part}


class Ended(threading.Event):
    """Takes the place of the end of the process."""

    status: int | None = None

    def __call__(self, status: int) -> None:
        self.status = status
        self.set()


@pytest.fixture
def supervision() -> Supervision:
    return Supervision(monotonic_s=time.monotonic, deadlines=ROWS)


def test_it_feeds_while_everything_moves_and_ends_when_left(tmp_path: Path, supervision: Supervision) -> None:
    ended = Ended()
    with FakeNotifySocket(tmp_path / "notify") as socket:
        manager = ServiceManager(address=socket.address, watchdog_s=0.06)
        with Watchman(supervision, manager, end=ended):
            assert socket.listen(lambda heard: heard.count("WATCHDOG=1") >= 3, within_s=5)
        socket.forget()
        assert not socket.listen(bool, within_s=0.1)
    assert not ended.is_set()


def test_a_stuck_part_is_named_no_longer_fed_and_ends_the_gateway(
    tmp_path: Path, supervision: Supervision
) -> None:
    ended = Ended()
    supervision.mark(Part.DELIVERY)
    with (
        FakeNotifySocket(tmp_path / "notify") as socket,
        capture_logs() as logs,
        Watchman(supervision, ServiceManager(address=socket.address), every_s=0.02, end=ended),
    ):
        assert ended.wait(5)
        socket.listen(within_s=0.1)
    assert ended.status == STUCK_STATUS
    assert socket.heard[-1].startswith("STATUS=ending: delivery has not moved")
    [stuck] = [entry for entry in logs if entry["event"] == "gateway.stuck"]
    assert (stuck["part"], stuck["within_s"]) == (Part.DELIVERY, 0.1)


def test_where_it_is_stuck_is_shown(supervision: Supervision, capfd: pytest.CaptureFixture[str]) -> None:
    ended = Ended()
    supervision.mark(Part.LOOP)
    with capture_logs(), Watchman(supervision, ServiceManager(), every_s=0.02, end=ended):
        assert ended.wait(5)
    assert "test_where_it_is_stuck_is_shown" in capfd.readouterr().err


def test_it_ends_the_gateway_even_if_the_log_hangs(
    supervision: Supervision, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, released = Ended(), threading.Event()
    monkeypatch.setattr(watchman, "_LAST_WORDS_S", 0.05)
    monkeypatch.setattr(watchman._log, "error", lambda *_, **__: released.wait(5), raising=False)
    supervision.mark(Part.LOOP)
    with Watchman(supervision, ServiceManager(), every_s=0.02, end=ended):
        assert ended.wait(5)
        released.set()
    assert ended.status == STUCK_STATUS
