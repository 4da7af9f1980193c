"""A replay killed again and again: every record is in exactly one place, and in the end all are stored."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import NOW_MS, run
from tests.contracts.series.store import poison
from vitals.wire.envelope import encode_record

RECORDS = 4_000
KILLS = 2


def test_a_replay_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    series = SqliteSeries(tmp_path / "series.db")
    raws = [encode_record(run((NOW_MS + n, 60.0))) for n in range(RECORDS)]
    series.commit([], [poison(n + 1, raw) for n, raw in enumerate(raws)])
    cut_off = 0
    for _ in range(KILLS):
        left = series.quarantined_count()
        replay = started(tmp_path)
        while series.quarantined_count() == left and replay.poll() is None:
            time.sleep(0.001)
        replay.send_signal(signal.SIGKILL)
        replay.wait(10)
        cut_off += 0 < series.quarantined_count() < RECORDS
        (account,) = series.accounts()
        counts = account.counts
        assert (counts.stored + counts.quarantined, counts.missing) == (RECORDS, 0)
        assert counts.quarantined == series.quarantined_count()
    assert cut_off > 0
    assert started(tmp_path).wait(60) == 0
    (account,) = series.accounts()
    assert (account.stored, account.quarantined, account.duplicates) == (((1, RECORDS),), (), 0)
    assert series.observations("", "heart_rate", 0, 2 * NOW_MS, 0).omitted == RECORDS
    series.close()


def started(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "carewire", "cloud", "quarantine", "replay"]
    environment = os.environ | {"CAREWIRE_CLOUD_DATA_DIR": str(folder)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
