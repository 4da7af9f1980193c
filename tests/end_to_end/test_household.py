"""Two patients, eight wearables, ten minutes of their lives: every sample is stored or declared as a gap."""

import json
import time
from pathlib import Path

from carewire.accounting.reconcile import Verdict
from carewire.demo import Demo
from carewire.household import HOUSEHOLD, verdicts
from carewire.layout import Layout, free_port
from carewire.processes import until
from carewire.seed import observer_of, seed_demo

SPEED = 8.0
LIFE_S = 600.0
WEARABLES = 8
LONGEST_WAIT_S = 120.0
"""A scale or a cuff wakes for a moment every few minutes: beside other work, one may be missed for long."""


def test_every_sample_of_eight_wearables_is_stored_or_declared(tmp_path: Path) -> None:
    layout = Layout(
        folder=tmp_path,
        http_port=free_port(),
        mqtt_port=free_port(),
        radio_port=free_port(),
        anchor_ms=time.time_ns() // 1_000_000,
        speed=SPEED,
        residents=HOUSEHOLD,
        book=(book := tmp_path / "book.jsonl"),
    )
    layout.write_settings()
    found: list[Verdict] = []
    with observer_of(layout, seed_demo(layout)) as observer:
        run = Demo(layout=layout, observer=observer)
        run.before_stop = lambda: wait_for_everyone(book)
        run.examine = lambda: found.extend(verdicts(layout, observer)) or {}
        report = run.run(LIFE_S)

    assert report["records_lost"] == 0
    assert report["records_quarantined"] == 0
    worn = {verdict.name.device for verdict in found}
    assert len(worn) == WEARABLES
    assert [verdict for verdict in found if not verdict.is_whole] == []
    made, declared = sum(each.made for each in found), sum(each.declared for each in found)
    assert made > 130 * 0.8 * LIFE_S
    assert declared < 0.05 * made


def wait_for_everyone(book: Path) -> None:
    """Live on until every wearable has measured something, or for as long as can be asked."""
    for _ in until(LONGEST_WAIT_S):
        with book.open() as lines:
            if len({json.loads(line)["device"] for line in lines if line.endswith("\n")}) == WEARABLES:
                return
