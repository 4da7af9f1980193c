"""The same questions to InfluxDB 1.x, on the same points, as its users ask them.

It is given the values alone, without the quality of each, which Carewire keeps besides.
"""

import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

from carewire.bench.asking import KIND, PATIENT, SEED, Asked, expect, median_ms
from carewire.bench.figures import Figures
from carewire.bench.influxd_server import Influxd, influxd
from carewire.bench.lives import DAY_MS, HOUR_MS, START_MS, heart_rates

__all__ = ["of_influxdb"]

_LINES: Final = 5_000
_WRITTEN_DOWN_S: Final = 5.0
"""Its cache is written down after a second without writes, as it is set up here."""


def of_influxdb(folder: Path, asked: Asked) -> Figures:
    """Fill a server of its own in `folder`, and ask it."""
    with influxd(folder) as server, closing(server.connection()) as connection:
        began_s = time.perf_counter()
        _fill(server, connection, asked)
        filled_s = time.perf_counter() - began_s
        time.sleep(_WRITTEN_DOWN_S)
        stored_bytes = server.stored_bytes()
        newest = (
            f"ward,patient=ward-{at} value={60.0 + at % 40} {START_MS + at}" for at in range(asked.ward)
        )
        server.write(connection, "\n".join(newest).encode())
        return {
            "fill_s": round(filled_s, 2),
            **_questions(server, connection, asked),
            "bytes_per_point": round(stored_bytes / asked.points, 3),
        }


def _fill(server: Influxd, connection: HTTPConnection, asked: Asked) -> None:
    times_ms, values = heart_rates(asked.points, seed=SEED)
    for first in range(0, asked.points, _LINES):
        part = slice(first, first + _LINES)
        rows = zip(times_ms[part].tolist(), values[part].tolist(), strict=True)
        lines = (f"{KIND},patient={PATIENT} value={value} {t_ms}" for t_ms, value in rows)
        server.write(connection, "\n".join(lines).encode())


def _questions(
    server: Influxd, connection: HTTPConnection, asked: Asked
) -> dict[str, float | int | str | None]:
    hours = (
        f"SELECT count(value), min(value), max(value), mean(value), stddev(value) {_of(0, asked.days)} "
        f"GROUP BY time({HOUR_MS}ms)"
    )
    day = f"SELECT value {_of(1, 2)}"
    ward = "SELECT last(value) FROM ward GROUP BY patient"

    def ask(query: str) -> list[dict[str, Any]]:
        return server.series(connection, query)

    expect("InfluxDB's hours", len(ask(hours)[0]["values"]), asked.days * 24)
    expect("InfluxDB's ward", len(ask(ward)), asked.ward)
    return {
        f"downsample_{asked.days}d_1h_ms": median_ms(lambda: ask(hours)),
        "raw_1d_ms": median_ms(lambda: ask(day)),
        f"latest_{asked.ward}_ms": median_ms(lambda: ask(ward)),
    }


def _of(first_day: int, end_day: int) -> str:
    from_ms, to_ms = START_MS + first_day * DAY_MS, START_MS + end_day * DAY_MS
    return f"FROM {KIND} WHERE patient = '{PATIENT}' AND time >= {from_ms}ms AND time < {to_ms}ms"
