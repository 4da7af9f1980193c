"""`carewire cloud migrate-series` on a real InfluxDB: everything arrives, whatever is killed meanwhile."""

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from msgspec.structs import replace
from typer.testing import CliRunner

from carewire.commands.cloud import app
from cloud.config import CloudSettings
from cloud.ports import ClockDoubt, IdentifiedRecord, RecordClock, RollupQuery
from cloud.storage.series import open_series_stores
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import OTHER_STRAP, STRAP, identified, run, strip
from tests.fakes.influxdb import InfluxDB, influxdb
from tests.fakes.influxdb2 import TOKEN, influxdb2
from tests.fakes.influxdb3 import influxdb3
from tests.integration.influx.stores import Whole, store_beside
from vitals.errors import CarewireError, ConfigurationError
from vitals.records import ObservationRun

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
START_MS = 1_800_000_000_000 // DAY_MS * DAY_MS
PATIENTS = ("wei", "o'neil, a=b")
KINDS = ("heart_rate", "oxygen_saturation")
_ENDS_S = 120.0


def a_run(dice: random.Random, seq: int, days: int) -> IdentifiedRecord:
    start_ms = START_MS + dice.randrange(days * 24) * HOUR_MS
    t_ms = sorted({start_ms + dice.randrange(3_600) * 1_000 for _ in range(30)})
    points = ObservationRun(
        device=dice.choice([STRAP, OTHER_STRAP]),
        kind=dice.choice(KINDS),
        t_ms=t_ms,
        value=[dice.choice([60.0, -0.0, dice.gauss(70, 9), 1e300]) for _ in t_ms],
        quality=[dice.random() for _ in t_ms] if dice.random() < 0.5 else None,
        device_ms=[t - 5 for t in t_ms] if dice.random() < 0.3 else None,
    )
    item = identified(points, seq, patient_id=dice.choice([*PATIENTS, None]))
    clock = RecordClock(boot_id="boot", offset_ms=dice.choice([0, 7]), shift_ms=dice.choice([None, 90_001]))
    match dice.randrange(8):
        case 0:
            return replace(item, clock_doubt=ClockDoubt.AHEAD)
        case 1:
            return replace(item, clock=clock, clock_doubt=None if clock.shift_ms else ClockDoubt.UNSYNCED)
        case 2:
            return replace(item, clock=clock, clock_doubt=ClockDoubt.AHEAD)
    return item


def fill(folder: Path, *, runs: int = 150, days: int = 3) -> None:
    dice = random.Random(7)
    store = SqliteSeries(folder / "series.db")
    for seq in range(1, runs + 1):
        store.commit([a_run(dice, seq, days)])
        if seq == runs // 2:
            while store.keeping.close_hours(START_MS + 30 * DAY_MS):
                pass
    store.commit([identified(strip(START_MS), runs + 1)])
    store.close()


def everything(store: Any) -> list[Any]:
    """All that can be read of the patients and of nobody."""
    found: list[Any] = []
    for patient_id in (*PATIENTS, ""):
        found.append(store.latest(patient_id))
        for kind in KINDS:
            series = store.observations(patient_id, kind, 0, START_MS * 2, 100_000)
            sums = store.rollups(
                patient_id,
                RollupQuery(kind=kind, from_ms=START_MS, to_ms=START_MS + 5 * DAY_MS, every_ms=HOUR_MS),
            )
            found += [series.points, sums.from_ms.tolist(), sums.count.tolist(), sums.maximum.tolist()]
        found.append(store.waveforms(patient_id, "ecg", 0, START_MS * 2))
    return found


@contextmanager
def embedded(folder: Path) -> Iterator[Any]:
    stores = open_series_stores(CloudSettings(data_dir=folder))
    try:
        yield Whole(stores)
    finally:
        stores.close()


def words(folder: Path, url: str, bucket: str, *more: str, token: str = "") -> list[str]:
    """What is said after `carewire cloud`."""
    settings = folder / "cloud.toml"
    secret = f'token = "{token}"\n' if token else ""
    settings.write_text(f'data_dir = "{folder}"\n[influx]\nbucket = "{bucket}"\n{secret}')
    sides = more or ("--from", "sqlite", "--to", "influx")
    return ["migrate-series", "--config", str(settings), "--influx", f"influx+{url}", *sides]


def said(asked: list[str]) -> Result:
    return CliRunner().invoke(app, asked)


def refusal(asked: list[str]) -> str:
    error = said(asked).exception
    assert isinstance(error, CarewireError), error
    return str(error)


def hours_moved(folder: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{folder}/moving.db?mode=ro", uri=True)) as book:
            (count,) = book.execute("SELECT count(*) FROM moved").fetchone()
            return int(count)
    except sqlite3.OperationalError:
        return 0  # not begun yet


def started_and_moved(asked: list[str], folder: Path, hours: int) -> "subprocess.Popen[str]":
    program = [sys.executable, "-m", "carewire", "cloud", *asked]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + _ENDS_S
    while hours_moved(folder) < hours:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return process


@pytest.mark.parametrize("version", [1, 2, 3])
def test_what_is_read_beside_influx_is_what_was_read_before(
    influx: InfluxDB, tmp_path: Path, version: int
) -> None:
    bucket = influx.new_database() + "_moved"
    fill(tmp_path)
    with embedded(tmp_path) as store:
        before = everything(store)
    with influxdb2(influx.url) as second, influxdb3(influx.url) as third:
        url = {1: influx.url, 2: second.url, 3: third.url}[version]
        token = {} if version == 1 else {"token": TOKEN}
        moved = said(words(tmp_path, url, bucket, **token))
        assert moved.exit_code == 0, moved.stderr
        assert "both sides agree" in moved.stdout
        with store_beside(url, tmp_path, bucket=bucket, **token) as store:
            assert everything(store) == before
            store.keep_up(START_MS + 30 * DAY_MS)
            assert everything(store) == before
            assert store.commit([identified(run((START_MS, 61)), 1)]).duplicates == 1
    assert not (tmp_path / "moving.db").exists()


def test_there_and_back_again_nothing_is_lost(influx: InfluxDB, tmp_path: Path) -> None:
    bucket = influx.new_database()
    fill(tmp_path)
    with embedded(tmp_path) as store:
        before = everything(store)
    there = said(words(tmp_path, influx.url, bucket))
    with store_beside(influx.url, tmp_path, bucket=bucket) as store:
        store.commit([identified(run((START_MS + 9, 71)), 9_000)])
    back = said(words(tmp_path, influx.url, bucket, "--from", "influx", "--to", "sqlite"))
    assert (there.exit_code, back.exit_code) == (0, 0), back.stderr
    with embedded(tmp_path) as store:
        after = everything(store)
        assert after != before
        assert 71.0 in [
            point.value for point in store.observations("wei", "heart_rate", 0, START_MS * 2, 10**6).points
        ]


def test_killed_half_way_it_goes_on_where_it_was(influx: InfluxDB, tmp_path: Path) -> None:
    bucket = influx.new_database()
    fill(tmp_path, runs=300, days=20)
    with embedded(tmp_path) as store:
        before = everything(store)
    asked = words(tmp_path, influx.url, bucket)
    process = started_and_moved(asked, tmp_path, 40)
    process.kill()
    process.communicate()
    known = hours_moved(tmp_path)
    for series_url in ({}, {"series_url": f"influx+{influx.url}"}):
        with pytest.raises(ConfigurationError, match="its points are being moved: end that with"):
            open_series_stores(CloudSettings(data_dir=tmp_path, **series_url))
    again = said(asked)
    assert again.exit_code == 0, again.stderr
    assert f"{known:,} before" in again.stdout
    with store_beside(influx.url, tmp_path, bucket=bucket) as store:
        assert everything(store) == before


def test_a_server_killed_half_way_costs_nothing_but_time(tmp_path: Path) -> None:
    with influxdb() as server:
        bucket = server.new_database()
        fill(tmp_path, runs=300, days=20)
        with embedded(tmp_path) as store:
            before = everything(store)
        asked = words(tmp_path, server.url, bucket)
        process = started_and_moved(asked, tmp_path, 40)
        server.kill()
        _, told = process.communicate(timeout=_ENDS_S)
        assert process.returncode == 1
        assert "start it, or correct series_url" in told
        server.start()
        assert said(asked).exit_code == 0
        with store_beside(server.url, tmp_path, bucket=bucket) as store:
            assert everything(store) == before


def test_what_differs_is_named_and_nothing_changes_over(influx: InfluxDB, tmp_path: Path) -> None:
    bucket = influx.new_database()
    fill(tmp_path)
    tags = f"clock=believed,device={STRAP},kind=heart_rate,patient=wei"
    influx.seed(bucket, f"observation,{tags} value=5,quality=-1 {START_MS + 40 * DAY_MS}")
    influx.seed(bucket, f"observation,{tags.replace('wei', 'eve')} value=5,quality=-1 {START_MS}")
    asked = words(tmp_path, influx.url, bucket)
    moved = said(asked)
    assert moved.exit_code == 1
    assert f"wei, heart_rate, {STRAP}, believed" in moved.stderr
    assert "eve, heart_rate" in moved.stderr
    assert "0 points at the source, 1 at the destination" in moved.stderr
    assert "2 hours differ" in moved.stderr
    with pytest.raises(ConfigurationError, match="being moved"):
        open_series_stores(CloudSettings(data_dir=tmp_path))
    given_up = said([*asked, "--abandon"])
    assert given_up.exit_code == 0, given_up.stderr
    with embedded(tmp_path) as store:
        assert store.latest("wei")


def test_while_the_service_has_the_file_open_nothing_begins(influx: InfluxDB, tmp_path: Path) -> None:
    fill(tmp_path, runs=5)
    asked = words(tmp_path, influx.url, influx.new_database())
    with embedded(tmp_path):
        assert "stop the service first" in refusal(asked)
    assert said(asked).exit_code == 0


def test_a_service_whose_points_are_elsewhere_does_not_start(influx: InfluxDB, tmp_path: Path) -> None:
    fill(tmp_path, runs=5)
    with embedded(tmp_path):
        pass
    with (
        pytest.raises(ConfigurationError, match="its points are in sqlite: correct series_url, or move them"),
        store_beside(influx.url, tmp_path),
    ):
        pass
    asked = words(tmp_path, influx.url, influx.new_database())
    assert said(asked).exit_code == 0
    with pytest.raises(ConfigurationError, match="--from influx --to sqlite"), embedded(tmp_path):
        pass
    assert "its points are in influx" in refusal(asked)


@pytest.mark.parametrize(
    ("more", "advice"),
    [
        (("--from", "sqlite", "--to", "sqlite"), "say --from sqlite --to influx"),
        (("--from", "csv", "--to", "influx"), "say --from sqlite --to influx"),
    ],
)
def test_sides_that_make_no_move_are_refused(tmp_path: Path, more: tuple[str, ...], advice: str) -> None:
    assert advice in refusal(words(tmp_path, "http://127.0.0.1:9", "ward", *more))


def test_a_server_that_is_down_begins_nothing(tmp_path: Path) -> None:
    fill(tmp_path, runs=5)
    assert "start it" in refusal(words(tmp_path, "http://127.0.0.1:9", "ward"))
    with embedded(tmp_path) as store:
        assert store.latest_of(PATIENTS) is not None
