"""How fast history is read, and how much disk it takes: the embedded store, and InfluxDB beside it.

A patient's month at 1 Hz, summed up by the hour and a day of it read raw; the newest values of a ward.
Every question is asked through the ports that the API and the pages ask through, again and again, and
each answer is checked against what was made.
"""

import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from carewire.bench.asking import KIND, PATIENT, SEED, Asked, expect, median_ms
from carewire.bench.figures import Figures
from carewire.bench.influxd_server import require
from carewire.bench.lives import DAY_MS, HOUR_MS, START_MS, heart_rates, runs
from carewire.bench.query_peer import of_influxdb
from cloud.ports import IdentifiedRecord, RollupQuery
from cloud.storage.sqlite_series import SqliteSeries
from vitals.records import ObservationRun

__all__ = ["measure"]

_RUN_S: Final = 600
_RUNS_AN_HOUR: Final = 6
_PATIENTS_A_COMMIT: Final = 5_000


def measure(
    asked: Asked | None = None, *, beside_influxd: bool = False, folder: Path | None = None
) -> Figures:
    """Fill the store and ask; with `beside_influxd`, InfluxDB too, in the same run.

    Raises
    ------
    ConfigurationError
        InfluxDB is asked for and not installed.
    CarewireError
        Something is read back that was not made.
    """
    asked = asked or Asked()
    if beside_influxd:
        require()
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        path = Path(temporary) / "series.db"
        figures: Figures = {**_stored(path, asked), **_answered(path, asked)}
        return {**figures, "influxdb": of_influxdb(Path(temporary), asked)} if beside_influxd else figures


def _stored(path: Path, asked: Asked) -> dict[str, float | int | str | None]:
    """Store the days hour by hour, each packed once it is over, as the service does."""
    made = runs("bench-strap", KIND, seconds=asked.points, seed=SEED, length=_RUN_S)
    items = [_item(PATIENT, "days", seq, run) for seq, run in enumerate(made, start=1)]
    commits_s = packing_s = 0.0
    with closing(SqliteSeries(path)) as store:
        for hour, first in enumerate(range(0, len(items), _RUNS_AN_HOUR)):
            began_s = time.perf_counter()
            _commit(store, items[first : first + _RUNS_AN_HOUR])
            committed_s = time.perf_counter()
            _close_hours(store, START_MS + (hour + 2) * HOUR_MS)
            commits_s += committed_s - began_s
            packing_s += time.perf_counter() - committed_s
    return {
        "points": asked.points,
        "commit_us_per_point": round(commits_s / asked.points * 1e6, 3),
        "packing_us_per_point": round(packing_s / asked.points * 1e6, 3),
        "bytes_per_point": round(path.stat().st_size / asked.points, 3),
    }


def _answered(path: Path, asked: Asked) -> dict[str, float | int | str | None]:
    with closing(SqliteSeries(path)) as store:
        _newest_values(store, "ward", asked.ward)
        figures = _questions(store, asked)
        _newest_values(store, "crowd", asked.crowd)
        return {
            **figures,
            "patients": 1 + asked.ward + asked.crowd,
            "latest_1_ms": median_ms(lambda: store.latest("ward-0")),
        }


def _questions(store: SqliteSeries, asked: Asked) -> dict[str, float | int | str | None]:
    hours = RollupQuery(kind=KIND, from_ms=START_MS, to_ms=START_MS + asked.days * DAY_MS, every_ms=HOUR_MS)
    from_ms, to_ms = START_MS + DAY_MS, START_MS + 2 * DAY_MS
    ward = [f"ward-{at}" for at in range(asked.ward)]
    times_ms, values = heart_rates(asked.points, seed=SEED)
    in_hours = int(np.count_nonzero((times_ms >= hours.from_ms) & (times_ms < hours.to_ms)))
    of_day = values[(times_ms >= from_ms) & (times_ms < to_ms)]
    expect("the hours", int(store.rollups(PATIENT, hours).count.sum()), in_hours)
    day = store.observations(PATIENT, KIND, from_ms, to_ms, DAY_MS)
    expect("the day", float(day.value.sum()), float(of_day.sum()))
    expect("the ward", len(store.latest_of(ward)), asked.ward)
    return {
        f"downsample_{asked.days}d_1h_ms": median_ms(lambda: store.rollups(PATIENT, hours)),
        "raw_1d_ms": median_ms(lambda: store.observations(PATIENT, KIND, from_ms, to_ms, DAY_MS)),
        f"latest_{asked.ward}_ms": median_ms(lambda: store.latest_of(ward)),
    }


def _newest_values(store: SqliteSeries, name: str, patients: int) -> None:
    """Give each of so many patients a newest heart rate."""
    for first in range(0, patients, _PATIENTS_A_COMMIT):
        people = range(first, min(first + _PATIENTS_A_COMMIT, patients))
        _commit(store, [_newest_value(name, at) for at in people])


def _newest_value(name: str, at: int) -> IdentifiedRecord:
    run = ObservationRun(device=f"strap-{name}-{at}", kind=KIND, t_ms=[START_MS + at], value=[60.0 + at % 40])
    return _item(f"{name}-{at}", name, at + 1, run)


def _item(patient: str, epoch: str, seq: int, run: ObservationRun) -> IdentifiedRecord:
    return IdentifiedRecord(
        gateway="bench",
        epoch=f"bench000-{epoch}",
        seq=seq,
        record=run,
        patient_id=patient,
        received_ms=START_MS,
    )


def _commit(store: SqliteSeries, items: list[IdentifiedRecord]) -> None:
    """Store, and let go of what would wait for the alerts."""
    store.commit(items)
    store.done([each.message_id for each in store.pending(len(items))])


def _close_hours(store: SqliteSeries, now_ms: int) -> None:
    """Pack what is over: what was quiet between two looks."""
    idle = 0
    while idle < 2:  # noqa: PLR2004 - the first look only sees what there is
        idle = 0 if store.keeping.close_hours(now_ms) else idle + 1
