"""The newest point of each series, kept as points come, so that asking for it touches no history."""

import json
from collections.abc import Iterable
from math import isnan
from sqlite3 import Connection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.ports import Point
from cloud.storage.points.columns import Points

__all__ = ["IS_BELIEVED", "LAST_MS", "note", "read_latest", "read_newest_ms"]

IS_BELIEVED = "series.clock_doubt IN ('', 'unsynced') AND clock_run.shift_ms IS NOT NULL"
"""Of series joined with their clock run: its times are believed, or known to be put right."""

LAST_MS: Final = 32_503_680_000_000
"""The year 3000, as on the wire: a clock put right to a later one, or to before 1970, was not put right."""

_NOTE = """
INSERT INTO latest (series_id, t_ms, value, quality) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET t_ms = excluded.t_ms, value = excluded.value, quality = excluded.quality
WHERE excluded.t_ms >= latest.t_ms
"""
_LATEST = f"""
SELECT series.patient_id, series.kind, latest.t_ms + clock_run.shift_ms, latest.value, latest.quality,
    series.device
FROM json_each(?) AS asked CROSS JOIN series ON series.patient_id = asked.value
    CROSS JOIN latest ON latest.series_id = series.id JOIN clock_run ON clock_run.id = series.clock_run
WHERE {IS_BELIEVED} AND latest.t_ms + clock_run.shift_ms BETWEEN 0 AND {LAST_MS}
"""  # noqa: S608 - constants

_NEWEST = f"""
SELECT max(t_ms) FROM (
    SELECT max(latest.t_ms + clock_run.shift_ms) AS t_ms FROM latest
        JOIN series ON series.id = latest.series_id JOIN clock_run ON clock_run.id = series.clock_run
        WHERE {IS_BELIEVED} AND clock_run.by_ntp
    UNION ALL SELECT max(newest_hour_ms) FROM outlying_series WHERE clock_run = 0
)
"""  # noqa: S608 - a constant


def note(connection: Connection, series_id: NDArray[np.int64], points: Points) -> None:
    """Keep the newest of points in the order they came; of those of one moment, the last."""
    order = np.lexsort((points.t_ms, series_id))
    of_series = series_id[order]
    last = order[np.append(of_series[1:] != of_series[:-1], True)]
    newest = points.at(last)
    quality = [None if isnan(rating) else rating for rating in newest.quality.tolist()]
    columns = (series_id[last].tolist(), newest.t_ms.tolist(), newest.value.tolist(), quality)
    connection.executemany(_NOTE, zip(*columns, strict=True))


def read_latest(connection: Connection, patient_ids: Iterable[str]) -> dict[str, dict[str, Point]]:
    """Read the newest point of each kind of each patient, of those whose time is believed."""
    found: dict[str, dict[str, Point]] = {}
    for patient_id, kind, t_ms, value, quality, device in connection.execute(
        _LATEST, (json.dumps(list(patient_ids)),)
    ):
        kinds = found.setdefault(patient_id, {})
        known = kinds.get(kind)
        if known is None or (t_ms, device) >= (known.t_ms, known.device):
            kinds[kind] = Point(t_ms=t_ms, value=value, quality=quality, device=device)
    return found


def read_newest_ms(connection: Connection) -> int | None:
    """Read when the newest point of all was true, by gateways' clocks alone and not by this machine's."""
    ((newest_ms,),) = connection.execute(_NEWEST)
    return None if newest_ms is None else int(newest_ms)
