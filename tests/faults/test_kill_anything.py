"""Kill -9 of the gateway, of the service and of the broker in mid-run: nothing that was made is missing."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carewire.demo import Demo
from carewire.layout import Heart, Layout, free_port
from carewire.seed import observer_of, seed_demo

SPEED = 4.0


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    layout = Layout(
        folder=tmp_path,
        http_port=free_port(),
        mqtt_port=free_port(),
        radio_port=free_port(),
        anchor_ms=time.time_ns() // 1_000_000,
        speed=SPEED,
        heart=Heart(scenario="atrial-fibrillation"),
    )
    layout.write_settings()
    with observer_of(layout, seed_demo(layout)) as observer:
        yield Demo(layout=layout, observer=observer)


def kill(demo: Demo, part: str) -> None:
    pid = demo.supervisor.parts[part].pid
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def test_nothing_made_is_missing_after_kills_of_every_part(demo: Demo) -> None:
    victims = ["gateway", "cloud", "broker", "cloud", "gateway", "broker"]
    told: list[str] = []
    demo.tell = told.append
    over = threading.Event()

    def killer() -> None:
        while not demo.supervisor.parts.keys() >= set(victims) and not over.wait(0.1):
            pass
        over.wait(4.0)
        for victim in victims:
            kill(demo, victim)
            if over.wait(2.5):
                return

    thread = threading.Thread(target=killer, daemon=True)
    thread.start()
    try:
        report = demo.run(duration_s=28.0 * SPEED)
    finally:
        over.set()
        thread.join(10)
    assert report["restarts"] == {"broker": 2, "cloud": 2, "simulator": 0, "gateway": 2}, told
    assert report["records_made"] > 200
    assert report["records_in_outbox"] == 0
    assert report["records_lost"] == 0
    assert report["records_stored"] + report["records_quarantined"] == report["records_made"]
    assert "atrial-fibrillation" in {alert["condition"] for alert in report["alerts"]}
