"""Two patients, eight wearables, five minutes of their lives: every sample is stored or declared as a gap."""

import json
import time
from pathlib import Path

from carewire.accounting.reconcile import Verdict
from carewire.demo import Demo
from carewire.household import HOUSEHOLD, verdicts
from carewire.layout import Layout, free_port
from carewire.seed import observer_of, seed_demo
from edge.config import device_id

SPEED = 8.0
LIFE_S = 300.0
STEADY = ("chest-strap", "finger-oximeter", "cgm-sensor", "wrist-band", "fall-pendant")
"""Those with a link as long as they are worn. The others wake for a moment: beside other work, one may find
nobody to tell, and keeps what it measured until the next time."""


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
        run.examine = lambda: found.extend(verdicts(layout, observer)) or {}
        report = run.run(LIFE_S)

    assert report["records_lost"] == 0
    assert report["records_quarantined"] == 0
    assert [verdict for verdict in found if not verdict.is_whole] == []
    assert {verdict.name.device for verdict in found} == heard(book)
    models = {device_id(address): model for _, address, model in layout.devices()}
    assert sorted(models[device] for device in heard(book) if models[device] in STEADY) == sorted(STEADY)
    made, declared = sum(each.made for each in found), sum(each.declared for each in found)
    assert made > 130 * 0.8 * LIFE_S
    assert declared < 0.05 * made


def heard(book: Path) -> set[str]:
    """Return of whom the simulator says that something it measured was heard."""
    with book.open() as lines:
        told = (json.loads(line) for line in lines if line.endswith("\n"))
        return {device_id(line["device"]) for line in told if line["sent"]}
