"""The gateway is killed in the middle of appending: what `append` returned from is there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from edge.outbox import Outbox
from tests.fakes.gateway_records import open_outbox
from vitals.records import ObservationRun
from vitals.wire.envelope import Ack, decode_record

_CHILD = """
import os, sys
from pathlib import Path
from tests.fakes.gateway_records import event, open_outbox, run, strip
outbox = open_outbox(Path(sys.argv[1]), boot_id="one-boot")
for number in range(int(sys.argv[2]), 1 << 30):
    outbox.append([run(number), strip(number), event(number)])
    os.write(1, b"%d\\n" % number)
"""
_KILLS = 8


def killed_while_appending(path: Path, first: int, after_s: float) -> int:
    """Return the last number whose append had returned; the next may or may not be there."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path), str(first)], stdout=subprocess.PIPE, env=_environment()
    )
    assert child.stdout is not None
    last = int(child.stdout.readline())
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    told = child.stdout.read()
    child.stdout.close()
    child.wait(timeout=10)
    return max([last, *(int(line) for line in told.split(b"\n") if line)])


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


def numbers_held(outbox: Outbox) -> list[int]:
    after: dict[str, int] = {}
    numbers = []
    while (taken := outbox.next_batch(after=after)) is not None:
        assert taken.first_seq == after.get(taken.epoch, 0) + 1, "a number is missing"
        after[taken.epoch] = taken.last_seq
        for payload in taken.payloads:
            record = decode_record(payload)
            if isinstance(record, ObservationRun):
                numbers.append(record.t_ms[0])
    return numbers


def test_whatever_append_returned_from_survives_sigkill_and_numbers_go_on(tmp_path: Path) -> None:
    path, random, last = tmp_path / "outbox.db", Random(7), -1
    for _ in range(_KILLS):
        last = killed_while_appending(path, last + 1, random.uniform(0.0, 0.15))
        outbox = open_outbox(path, boot_id="one-boot")
        held = numbers_held(outbox)
        made = {epoch.lane: epoch.made for epoch in outbox.status().epochs}
        outbox.close()
        assert held in (list(range(last + 1)), list(range(last + 2)))
        assert set(made.values()) == {len(held)}, "a batch is there whole or not at all"
        last = held[-1]


def test_numbers_go_on_after_a_kill_even_when_everything_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    killed_while_appending(path, 0, 0.05)
    outbox = open_outbox(path, boot_id="one-boot")
    made = dict(outbox.status().made)
    while (taken := outbox.next_batch()) is not None:
        outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(taken.first_seq, taken.last_seq)]))
    outbox.close()
    killed_while_appending(path, 1_000_000, 0.0)
    again = open_outbox(path, boot_id="one-boot")
    taken = again.next_batch()
    again.close()
    assert taken is not None
    assert taken.first_seq == made[taken.epoch] + 1
