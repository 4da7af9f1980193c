"""Sums beside InfluxDB: right whatever comes late, is corrected, killed or lost."""

import random
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from cloud.ports import ClockDoubt, IdentifiedRecord, RecordClock, RollupQuery, Rollups
from cloud.storage.influx.line_protocol import lines_of
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import OTHER_STRAP, STRAP, identified, run
from tests.fakes.influxdb import InfluxDB, influxdb
from tests.integration.influx.stores import store_beside
from vitals.errors import StorageError
from vitals.records import ObservationRun

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOON_MS = 1_800_000_000_000 // DAY_MS * DAY_MS + DAY_MS // 2
LATER_MS = NOON_MS + 30 * DAY_MS


def asked(from_ms: int, to_ms: int, every_ms: int, kind: str = "heart_rate") -> RollupQuery:
    return RollupQuery(kind=kind, from_ms=from_ms, to_ms=to_ms, every_ms=every_ms)


def hourly(store: Any, *, days: int = 1) -> list[tuple[int, int, float]]:
    """Hour, count and mean, the hours counted from noon."""
    found = store.rollups("wei", asked(NOON_MS, NOON_MS + days * DAY_MS, HOUR_MS))
    hours = ((found.from_ms - NOON_MS) // HOUR_MS).tolist()
    return list(zip(hours, found.count.tolist(), found.mean.tolist(), strict=True))


def assert_same(found: Rollups, expected: Rollups) -> None:
    assert found.from_ms.tolist() == expected.from_ms.tolist()
    assert found.count.tolist() == expected.count.tolist()
    for name in ("minimum", "maximum", "mean", "deviation"):
        assert np.allclose(getattr(found, name), getattr(expected, name), rtol=1e-9, atol=1e-6), name


def some_records(dice: random.Random, seq: int) -> list[IdentifiedRecord]:
    """A run of points over half an hour of one of two days: late, again, unsure, impossible or ill dated."""
    start_ms = NOON_MS + dice.randrange(2 * DAY_MS // MINUTE_MS) * MINUTE_MS
    t_ms = sorted({start_ms + dice.randrange(30 * MINUTE_MS // 5_000) * 5_000 for _ in range(40)})
    points = ObservationRun(
        device=dice.choice([STRAP, OTHER_STRAP]),
        kind="heart_rate",
        t_ms=t_ms,
        value=[dice.uniform(10, 320) if dice.random() < 0.2 else dice.gauss(70, 9) for _ in t_ms],
        quality=[dice.random() for _ in t_ms] if dice.random() < 0.5 else None,
    )
    item = identified(points, seq, patient_id=dice.choice(["wei", "wei", "o'neil, a=b"]))
    match dice.randrange(8):
        case 0:
            return [replace(item, clock_doubt=ClockDoubt.AHEAD)]
        case 1:
            shift_ms = dice.choice([None, 90_001])
            clock = RecordClock(boot_id="boot", offset_ms=dice.choice([1, 2]), shift_ms=shift_ms)
            doubt = ClockDoubt.UNSYNCED if shift_ms is None else dice.choice([None, ClockDoubt.AHEAD])
            return [replace(item, clock=clock, clock_doubt=doubt)]
    return [item]


@pytest.mark.parametrize(
    ("each", "seed"), [("store", 1), ("store", 2), ("store2", 3), ("store3", 4)], indirect=["each"]
)
def test_sums_are_those_of_the_embedded_store_whatever_came_when(
    each: Any, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    reference = SqliteSeries(tmp_path / "reference.db")
    seq = 0
    for _ in range(12):
        for _ in range(6):
            seq += 1
            records = some_records(dice, seq)
            each.commit(records)
            reference.commit(records)
        if dice.random() < 0.5:
            each.keep_up(dice.choice([NOON_MS + DAY_MS, LATER_MS]))
        for every_ms in (MINUTE_MS, HOUR_MS, DAY_MS // 4, 7 * MINUTE_MS, 90_000):
            from_ms = NOON_MS + dice.choice([0, -HOUR_MS, 5 * MINUTE_MS, 12_345])
            query = asked(from_ms, from_ms + dice.choice([DAY_MS, 50 * HOUR_MS + 1, 123_456]), every_ms)
            for patient_id in ("wei", "o'neil, a=b"):
                assert_same(each.rollups(patient_id, query), reference.rollups(patient_id, query))
        start_ms = NOON_MS + dice.randrange(DAY_MS)
        for patient_id in ("wei", "o'neil, a=b"):
            span = (patient_id, "heart_rate", start_ms, start_ms + DAY_MS, 50)
            assert each.observations(*span).points == reference.observations(*span).points
            assert each.observations(*span).omitted == reference.observations(*span).omitted
        assert each.latest_of(["wei", "nobody"]) == reference.latest_of(["wei", "nobody"])
    reference.close()


def test_what_is_summed_up_is_read_without_its_points(each: Any, influx: InfluxDB, bucket: str) -> None:
    each.commit([identified(run((NOON_MS, 60), (NOON_MS + HOUR_MS, 80), (NOON_MS + HOUR_MS + 1, 90)), 1)])
    each.keep_up(LATER_MS)
    influx.ask("DELETE FROM observation", bucket)
    assert hourly(each) == [(0, 1, 60.0), (1, 2, 85.0)]
    assert each.rollups("wei", asked(NOON_MS, NOON_MS + DAY_MS, DAY_MS)).count.tolist() == [3]


def test_an_hour_is_summed_up_after_its_end_and_read_exactly_before(store: Any) -> None:
    store.commit([identified(run((NOON_MS, 60)), 1)])
    assert store.keep_up(NOON_MS + HOUR_MS) == 0
    assert hourly(store) == [(0, 1, 60.0)]
    assert store.keep_up(NOON_MS + HOUR_MS + 6 * MINUTE_MS) == 1
    assert store.keep_up(LATER_MS) == 0


def test_a_value_corrected_to_what_nobody_can_show_leaves_no_sum_behind(each: Any) -> None:
    each.commit([identified(run((NOON_MS, 60), (NOON_MS + HOUR_MS, 70)), 1)])
    each.keep_up(LATER_MS)
    each.commit([identified(run((NOON_MS, 999)), 2)])
    assert hourly(each) == [(1, 1, 70.0)]
    each.keep_up(LATER_MS)
    assert hourly(each) == [(1, 1, 70.0)]
    minutes = each.rollups("wei", asked(NOON_MS, NOON_MS + DAY_MS, MINUTE_MS))
    assert minutes.count.tolist() == [1]


def test_many_patients_are_summed_up_together(store: Any) -> None:
    for place in range(120):
        store.commit([identified(run((NOON_MS + place, 60.0 + place)), 1 + place, patient_id=f"p-{place}")])
    assert store.keep_up(LATER_MS) == 3
    found = store.rollups("p-119", asked(NOON_MS, NOON_MS + HOUR_MS, HOUR_MS))
    assert found.mean.tolist() == [179.0]


def test_sums_whose_server_is_killed_meanwhile_are_made_again(tmp_path: Path) -> None:
    with influxdb() as server, store_beside(server.url, tmp_path, bucket=server.new_database()) as store:
        store.commit([identified(run((NOON_MS, 60), (NOON_MS + HOUR_MS, 70)), 1)])
        assert store.upkeep.step(LATER_MS)
        server.kill()
        with pytest.raises(StorageError, match="start it"):
            store.upkeep.step(LATER_MS)
        server.start()
        assert hourly(store) == [(0, 1, 60.0), (1, 1, 70.0)]
        assert store.keep_up(LATER_MS) == 1
        assert hourly(store) == [(0, 1, 60.0), (1, 1, 70.0)]


@pytest.mark.parametrize("suffix", ["_1m", "_1h"])
def test_sums_that_are_dropped_are_made_again_and_answers_stay_right(
    store: Any, influx: InfluxDB, bucket: str, suffix: str
) -> None:
    now_ms = NOON_MS + DAY_MS
    store.commit([identified(run((NOON_MS, 60), (NOON_MS + HOUR_MS, 70)), 1)])
    store.keep_up(now_ms)
    influx.ask(f"DROP DATABASE {bucket}{suffix}")
    every_ms = {"_1m": MINUTE_MS, "_1h": HOUR_MS}[suffix]
    query = asked(NOON_MS, NOON_MS + DAY_MS, every_ms)
    assert store.rollups("wei", query).mean.tolist() == [60.0, 70.0]
    for _ in range(2 + 2):  # two days are looked through, and what they hold is summed up
        assert store.upkeep.step(now_ms)
    assert influx.ask('SELECT count("count") FROM sums', f"{bucket}{suffix}") == [[0, 2]]
    assert store.rollups("wei", query).mean.tolist() == [60.0, 70.0]


def test_hours_of_a_journal_that_kept_no_account_are_looked_for(
    influx: InfluxDB, bucket: str, tmp_path: Path
) -> None:
    now_ms = NOON_MS + DAY_MS
    with store_beside(influx.url, tmp_path, bucket=bucket) as store:
        clock = RecordClock(boot_id="boot", offset_ms=1, shift_ms=HOUR_MS)
        store.commit([identified(run((NOON_MS, 60)), 1), identified(run((NOON_MS, 70)), 2, clock=clock)])
    with sqlite3.connect(tmp_path / "series.db") as journal:  # as a file of an earlier version is opened
        journal.execute("DELETE FROM unsummed_hour")
        journal.execute("DELETE FROM outlying_series")
        journal.execute("INSERT INTO outlying_series SELECT '*', '*', id, 0, 0 FROM clock_run WHERE id != 0")
        journal.execute("UPDATE surveyed SET from_ms = ?", (1 << 62,))
    with store_beside(influx.url, tmp_path, bucket=bucket) as store:
        assert hourly(store) == [(0, 1, 60.0), (1, 1, 70.0)]
        for _ in range(2 + 1):
            assert store.upkeep.step(now_ms)
        assert hourly(store) == [(0, 1, 60.0), (1, 1, 70.0)]
        influx.ask("DELETE FROM observation WHERE clock = 'believed'", bucket)
        assert hourly(store) == [(0, 1, 60.0), (1, 1, 70.0)]


def test_a_refused_point_that_is_written_again_is_summed_up(
    store: Any, influx: InfluxDB, bucket: str
) -> None:
    store.commit([identified(run((NOON_MS, 60)), 1)])
    store.keep_up(LATER_MS)
    (line,) = lines_of([identified(run((NOON_MS + 1, 80)), 1)])
    assert store.write_again(line.text.encode()) is None
    assert hourly(store) == [(0, 2, 70.0)]
    store.keep_up(LATER_MS)
    influx.ask("DELETE FROM observation", bucket)
    assert hourly(store) == [(0, 2, 70.0)]


def test_influxdb_3_is_never_asked_for_more_than_it_opens(store3: Any) -> None:
    """A point every ten minutes for eight days: 1,152 files, and it opens 432."""
    t_ms = [NOON_MS + place * 10 * MINUTE_MS for place in range(8 * 144)]
    store3.commit([identified(run(*((t, 60.0 + place % 7) for place, t in enumerate(t_ms))), 1)])
    found = store3.observations("wei", "heart_rate", 0, NOON_MS * 2, 10_000)
    assert found.t_ms.tolist() == t_ms
    few = store3.observations("wei", "heart_rate", 0, NOON_MS * 2, 500)
    assert (few.t_ms.tolist(), few.omitted) == (t_ms[-500:], len(t_ms) - 500)
    assert store3.latest("wei")["heart_rate"].t_ms == t_ms[-1]
    for _ in range(2):
        assert [count for _, count, _ in hourly(store3, days=9)] == [6] * (8 * 24)
        days = store3.rollups("wei", asked(NOON_MS, NOON_MS + 8 * DAY_MS, DAY_MS))
        assert days.count.tolist() == [144] * 8
        store3.keep_up(LATER_MS)
