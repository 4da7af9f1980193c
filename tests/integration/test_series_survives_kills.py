"""SIGKILL in mid-write: everything whose commit returned is there, and nothing is half there."""

import contextlib
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from cloud.ports import RollupQuery
from cloud.storage.sqlite_series import SqliteSeries

_ROUNDS = 4
_POINTS = 50

_WRITER = """
import sys
from pathlib import Path
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import identified, run

store = SqliteSeries(Path(sys.argv[1]))
seq = int(sys.argv[2])
while True:
    store.commit([identified(run(*((seq * 1000 + i, float(seq)) for i in range(50))), seq)])
    print(seq, flush=True)
    seq += 1
"""


_KEPT_WHILE_WRITTEN = """
import sys
import threading
from pathlib import Path
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import identified, run

store = SqliteSeries(Path(sys.argv[1]))
seq = int(sys.argv[2])

def keep():
    while True:
        store.keeping.close_hours(10**12)

threading.Thread(target=keep, daemon=True).start()
while True:
    points = [(seq % 40 * 900_000 + seq * 100 + i, float(seq)) for i in range(50)]
    store.commit([identified(run(*points), seq)])
    print(seq, flush=True)
    seq += 1
"""


def test_what_was_committed_survives_and_nothing_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "series.db"
    chance = random.Random(7)
    committed = 0
    for _ in range(_ROUNDS):
        committed = _write_and_kill(path, committed + 1, after_s=chance.uniform(0.05, 0.4))
        committed = _check(path, committed)


def test_hours_that_are_being_closed_survive_with_every_point(tmp_path: Path) -> None:
    path = tmp_path / "series.db"
    chance = random.Random(11)
    committed = 0
    closed = 0
    for _ in range(_ROUNDS):
        after_s = chance.uniform(0.2, 0.6)
        committed = _write_and_kill(path, committed + 1, after_s=after_s, program=_KEPT_WHILE_WRITTEN)
        committed = _check(path, committed)
        with contextlib.closing(sqlite3.connect(path)) as file:
            closed += file.execute("SELECT count(*) FROM block").fetchone()[0]
    assert closed > 0


def _write_and_kill(path: Path, first: int, *, after_s: float, program: str = _WRITER) -> int:
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(path), str(first)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline().strip() == str(first)
    time.sleep(after_s)
    writer.kill()
    said, _ = writer.communicate(timeout=20)
    complete = [int(line) for line in said.splitlines(keepends=True) if line.endswith("\n")]
    return max([first, *complete])


def _check(path: Path, committed: int) -> int:
    store = SqliteSeries(path)
    ((first, last),) = store.accounts()[0].stored
    series = store.observations("wei", "heart_rate", 0, 10**12, 10**9)
    asked = RollupQuery(kind="heart_rate", from_ms=0, to_ms=10**9, every_ms=3_600_000)
    summed = store.rollups("wei", asked)
    slices = store.pending(10**9)
    store.close()
    assert first == 1
    assert last in {committed, committed + 1}  # the last may have been stored and not yet said
    assert len(series.points) == last * _POINTS
    assert Counter(series.value.tolist()) == Counter({float(seq): _POINTS for seq in range(1, last + 1)})
    assert summed.count.sum() == ((series.value >= 20) & (series.value <= 300) & (series.t_ms < 10**9)).sum()
    assert len(slices) == last
    return last
