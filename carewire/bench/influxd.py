"""What InfluxDB 1.x makes of the same points: written straight into it, without broker or acknowledgement.

As many writers as there were gateways, each over one connection, write line protocol as the service's own
adapter would; each waits for its answer, as a gateway does for its acknowledgement. The points are those of
the other runs, in batches of as many and in the 5,000 that InfluxDB's makers recommend.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from carewire.bench.figures import Figures, rank
from carewire.bench.influxd_server import Influxd, influxd
from carewire.bench.payloads import Payloads
from carewire.bench.process import cpu_s, memory_mb
from carewire.bench.ward import (
    OBSERVATIONS_A_BATCH,
    Burst,
    Shape,
    gateway_of,
    patient_of,
    records_of,
)
from cloud.ports import IdentifiedRecord
from cloud.storage.influx.line_protocol import MEASUREMENT, lines_of
from vitals.errors import CarewireError

__all__ = ["BATCHES_OF", "measure"]

BATCHES_OF: Final = (OBSERVATIONS_A_BATCH, 5_000)


def measure(folder: Path | None, burst: Burst) -> Figures:
    """Write a burst in batches of each size, each into a server of its own.

    Raises
    ------
    CarewireError
        The server does not start, refuses points, or does not hold them afterwards.
    """
    return {f"batches_of_{size}": _measured(folder, burst, size) for size in BATCHES_OF}


def _measured(folder: Path | None, burst: Burst, size: int) -> Figures:
    with tempfile.TemporaryFile(dir=folder) as file, influxd(folder) as server:
        bodies = Payloads(file, _bodies(burst, size))
        began_cpu_s, began_s = cpu_s(server.pid), time.monotonic()
        with ThreadPoolExecutor(burst.gateways) as writers:
            of_each = len(bodies) // burst.gateways
            shares = [range(at * of_each, (at + 1) * of_each) for at in range(burst.gateways)]
            took_ms = [
                ms for each in writers.map(lambda share: _write(server, bodies, share), shares) for ms in each
            ]
        elapsed_s, took_cpu_s = time.monotonic() - began_s, cpu_s(server.pid) - began_cpu_s
        stored, peak_mb = _count(server), memory_mb(server.pid, "VmHWM")
    written = burst.sent
    if stored != written:
        raise CarewireError(f"{written} points were written to InfluxDB, it holds {stored}")
    return {
        "observations_per_s": round(written / elapsed_s),
        "cpu_s_per_million": round(took_cpu_s / written * 1e6, 3),
        "rss_mb": round(peak_mb, 1),
        "answer_p50_ms": rank(took_ms, 0.50),
        "answer_p99_ms": rank(took_ms, 0.99),
        "batch_bytes": bodies.mean_bytes,
    }


def _bodies(burst: Burst, size: int) -> Iterator[bytes]:
    """Yield each gateway's bodies in turn, as many from each."""
    together = size // OBSERVATIONS_A_BATCH
    start_ms = burst.start_ms(time.time_ns() // 1_000_000)
    for gateway in range(burst.gateways):
        for first in range(0, burst.batches, together):
            numbers = range(first, min(first + together, burst.batches))
            lines = [line for number in numbers for line in _lines(gateway, number, start_ms)]
            yield "\n".join(lines).encode()


def _lines(gateway: int, number: int, start_ms: int) -> Iterator[str]:
    for record in records_of(Shape.RUNS, gateway, number, start_ms):
        item = IdentifiedRecord(
            gateway=gateway_of(gateway),
            epoch="bench",
            seq=1,
            record=record,
            patient_id=patient_of(gateway),
            received_ms=start_ms,
        )
        yield from (line.text for line in lines_of([item]))


def _write(server: Influxd, bodies: Payloads, share: Sequence[int]) -> list[float]:
    """Write a share of the bodies one after another; return how long each took."""
    connection = server.connection()
    took_ms = []
    try:
        for number in share:
            began_s = time.perf_counter()
            server.write(connection, bodies[number])
            took_ms.append((time.perf_counter() - began_s) * 1000)
    finally:
        connection.close()
    return took_ms


def _count(server: Influxd) -> int:
    connection = server.connection()
    try:
        (found,) = server.series(connection, f"SELECT count(value) FROM {MEASUREMENT}")  # noqa: S608 - ours
    finally:
        connection.close()
    return int(found["values"][0][1])
