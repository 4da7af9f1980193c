"""What an observation costs to store as history grows.

The same wearables as in `carewire.bench.ingest`, day after day, from the decoded batch to the committed store
and, once an hour is over, to its closed block; broker and network left out. Slices are let go as the alert
evaluator lets them go.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carewire.bench.figures import Figures, rank
from carewire.bench.ward import (
    BATCH_S,
    KINDS,
    OBSERVATIONS_A_BATCH,
    Shape,
    batch_of,
    gateway_of,
    patient_of,
    wearable_of,
)
from carewire.layout import toml_text
from cloud.config import load_settings
from cloud.ingest.service import IngestService
from cloud.ports import Delivery, Patient
from cloud.storage.relational.opening import open_relational
from cloud.storage.series import SeriesStores, open_series_stores
from vitals.errors import CarewireError
from vitals.wire.envelope import encode_batch

__all__ = ["LEVELS", "measure"]

LEVELS: Final = (1_000_000, 10_000_000, 100_000_000)
"""How many observations are stored when it is measured what the next cost."""
_MEASURED: Final = 400_000
_WEARABLES: Final = 10
_BATCHES_EACH: Final = 6
"""Batches of each wearable in a commit: some 64 together, as many as the service takes at once."""
_OBSERVATIONS_A_COMMIT: Final = _WEARABLES * _BATCHES_EACH * OBSERVATIONS_A_BATCH
_COMMIT_MS: Final = _BATCHES_EACH * BATCH_S * 1000
_START_MS: Final = 1_700_002_800_000  # a full hour
_MOST_SLICES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    """What a commit took."""

    wall_ms: float
    storing_cpu_s: float
    closing_cpu_s: float


def measure(
    folder: Path | None = None, *, observations: int = LEVELS[0], levels: Iterable[int] = LEVELS
) -> Figures:
    """Fill a store up to `observations`; at each level up to there, measure what the next ones cost."""
    reached = [level for level in levels if level <= observations]
    with _store(folder) as (stores, service):
        number, found = 0, {}
        for level in reached:
            while number * _OBSERVATIONS_A_COMMIT < level:
                _commit(stores, service, number)
                number += 1
            costs = []
            for _ in range(-(-_MEASURED // _OBSERVATIONS_A_COMMIT)):
                costs.append(_commit(stores, service, number))
                number += 1
            found[f"after_{level:_}"] = _figures(costs)
        stored = _stored(stores)
    if stored != number * _OBSERVATIONS_A_COMMIT:
        raise CarewireError(f"{number * _OBSERVATIONS_A_COMMIT} observations were stored, {stored} are there")
    return {"observations": stored, "wearables": _WEARABLES, **found}


def _figures(costs: list[_Cost]) -> Figures:
    millions = len(costs) * _OBSERVATIONS_A_COMMIT / 1e6
    return {
        "storing_cpu_s_per_million": round(sum(cost.storing_cpu_s for cost in costs) / millions, 3),
        "closing_cpu_s_per_million": round(sum(cost.closing_cpu_s for cost in costs) / millions, 3),
        "commit_p50_ms": rank([cost.wall_ms for cost in costs], 0.50),
        "commit_p99_ms": rank([cost.wall_ms for cost in costs], 0.99),
    }


def _commit(stores: SeriesStores, service: IngestService, number: int) -> _Cost:
    """Store what all wearables tell next, close the hours that are over, and let go of the slices."""
    now_ms = _START_MS + (number + 1) * _COMMIT_MS
    deliveries = list(_deliveries(number, now_ms))
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    service.ingest(deliveries)
    wall_ms, stored_cpu_s = (time.perf_counter() - began_s) * 1000, time.process_time()
    while stores.upkeep.step(now_ms):
        pass
    closed_cpu_s = time.process_time()
    while slices := stores.feed.pending(_MOST_SLICES):
        stores.feed.done([one.message_id for one in slices])
    return _Cost(
        wall_ms=wall_ms,
        storing_cpu_s=stored_cpu_s - began_cpu_s,
        closing_cpu_s=closed_cpu_s - stored_cpu_s,
    )


def _deliveries(number: int, now_ms: int) -> Iterator[Delivery]:
    for each in range(number * _BATCHES_EACH, (number + 1) * _BATCHES_EACH):
        for wearable in range(_WEARABLES):
            yield Delivery(
                gateway=gateway_of(wearable),
                payload=encode_batch(batch_of(Shape.RUNS, wearable, each, _START_MS, now_ms)),
                content_type=None,
                received_ms=now_ms,
                acknowledge=lambda: None,
            )


@contextmanager
def _store(folder: Path | None) -> Iterator[tuple[SeriesStores, IngestService]]:
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        settings_file = Path(temporary, "cloud.toml")
        settings_file.write_text(toml_text({"data_dir": temporary}))
        settings = load_settings(settings_file)
        relational, stores = (
            open_relational(settings.database_url, keys=settings.key_place()),
            open_series_stores(settings),
        )
        try:
            for number in range(_WEARABLES):
                relational.directory.add_patient(Patient(id=patient_of(number), display_name="Bench"))
                relational.directory.bind(wearable_of(number), patient_of(number), 0)
            service = IngestService(
                store=stores.records, devices=relational.directory, answers=relational.commands
            )
            yield stores, service
        finally:
            stores.close()
            relational.close()


def _stored(stores: SeriesStores) -> int:
    found = [
        stores.series.observations(patient_of(number), kind, 0, 2**53, 1)
        for number in range(_WEARABLES)
        for kind in KINDS
    ]
    return sum(len(series.points) + series.omitted for series in found)
