"""From the runs of a commit to rows: as few as there are series and hours in it."""

from collections.abc import Sequence
from sqlite3 import Connection

import numpy as np

from cloud.ports import IdentifiedRecord
from cloud.storage.points import hot_runs, latest
from cloud.storage.points.columns import NOT_DATED, Points
from cloud.storage.points.series_numbers import Numbering, number_of
from vitals.errors import StorageError
from vitals.records import ObservationRun

__all__ = ["write_runs"]

_NOT_RATED = float("nan")


def write_runs(connection: Connection, numbering: Numbering, items: Sequence[IdentifiedRecord]) -> None:
    """Write the points of those records that are runs; a point that is there already takes the newer value.

    Raises
    ------
    StorageError
        If a value is no number, or missing; ingest sets such records aside before they come here.
    """
    series_id: list[int] = []
    lengths: list[int] = []
    t_ms: list[int] = []
    value: list[float] = []
    quality: list[float] = []
    device_ms: list[int] = []
    for item in items:
        run = item.record
        if not isinstance(run, ObservationRun):
            continue
        count = len(run.t_ms)
        rating, dated = run.quality or [_NOT_RATED] * count, run.device_ms or [NOT_DATED] * count
        if not len(run.value) == len(rating) == len(dated) == count:
            raise StorageError(f"record {item.seq} of {item.gateway} has columns not of one length")
        series_id.append(number_of(connection, numbering, item, run))
        lengths.append(count)
        t_ms += run.t_ms
        value += run.value
        quality += rating
        device_ms += dated
    if not t_ms:
        return
    points = Points(
        t_ms=np.array(t_ms, np.int64),
        value=np.array(value, np.float64),
        quality=np.array(quality, np.float64),
        device_ms=np.array(device_ms, np.int64),
    )
    if not np.isfinite(points.value).all():
        raise StorageError("a run holds a value that is not a number")
    of_point = np.repeat(np.array(series_id, np.int64), lengths)
    hot_runs.append(connection, of_point, points)
    latest.note(connection, of_point, points)
