"""How fast the service makes records durable: batches through validation, identity and the embedded store."""

import tempfile
import time
from pathlib import Path

from msgspec import Raw

from carewire.bench.figures import Figures, rank
from cloud.ingest.service import IngestService
from cloud.ports import Delivery, Patient
from cloud.storage.relational import open_relational
from cloud.storage.sqlite_series import SqliteSeries
from vitals.records import ObservationRun
from vitals.wire.envelope import VERSION, Batch, ClockStamp, encode_batch, encode_record

BATCHES = 100
RECORDS_A_BATCH = 200
BATCHES_A_COMMIT = 10
DEVICE = "bench-strap"
START_MS = 1_700_000_000_000


def measure(folder: Path | None = None) -> Figures:
    """Commit every batch alone, then as many again in commits of ten."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        relational = open_relational(f"sqlite:///{temporary}/carewire.db")
        series = SqliteSeries(Path(temporary) / "series.db")
        try:
            relational.directory.add_patient(Patient(id="bench-patient", display_name="Bench"))
            relational.directory.bind(DEVICE, "bench-patient", 0)
            service = IngestService(store=series, devices=relational.directory, answers=relational.commands)
            alone_ms = _commits_ms(service, [[_delivery(at)] for at in range(BATCHES)])
            grouped = [
                [_delivery(at) for at in range(first, first + BATCHES_A_COMMIT)]
                for first in range(BATCHES, 2 * BATCHES, BATCHES_A_COMMIT)
            ]
            grouped_ms = _commits_ms(service, grouped)
        finally:
            series.close()
            relational.close()
    records = BATCHES * RECORDS_A_BATCH
    return {
        "records_a_batch": RECORDS_A_BATCH,
        "commit_p50_ms": rank(alone_ms, 0.50),
        "commit_p99_ms": rank(alone_ms, 0.99),
        "records_per_s": round(records / sum(alone_ms) * 1000),
        "records_per_s_in_commits_of_ten_batches": round(records / sum(grouped_ms) * 1000),
    }


def _commits_ms(service: IngestService, commits: list[list[Delivery]]) -> list[float]:
    took_ms = []
    for deliveries in commits:
        began_s = time.perf_counter()
        service.ingest(deliveries)
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return took_ms


def _delivery(number: int) -> Delivery:
    first = number * RECORDS_A_BATCH
    records = [
        Raw(
            encode_record(
                ObservationRun(
                    device=DEVICE, kind="heart_rate", t_ms=[START_MS + 1000 * at], value=[60.0 + at % 40]
                )
            )
        )
        for at in range(first, first + RECORDS_A_BATCH)
    ]
    batch = Batch(
        v=VERSION,
        epoch="bench000-observations",
        first_seq=first + 1,
        boot_id="bench",
        clock=ClockStamp(wall_ms=START_MS, boottime_ms=0, synced=True),
        records=records,
    )
    return Delivery(
        gateway="bench",
        payload=encode_batch(batch),
        content_type=None,
        received_ms=START_MS,
        acknowledge=lambda: None,
    )
