"""What the service counts and measures, in the words of Prometheus: no person, no patient, no vital sign."""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cloud.ingest.running import IngestHealth
from cloud.ports import GatewayReader
from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = ["IngestCollector", "Metrics", "TroublesCollector"]

MOST_GATEWAYS: Final = 1_000
"""Told one by one: those not heard for the longest; `carewire_gateways` counts all."""
_COMMIT_BUCKETS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """One registry of its own, and the token that opens it."""

    def __init__(self, *, token: str | None) -> None:
        """Without a `token` nobody has the right one."""
        self._token_hash = None if token is None else sha256(token.encode()).digest()
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.commit_s = Histogram(
            "carewire_commit_seconds",
            "How long the store took to make a batch of deliveries durable.",
            buckets=_COMMIT_BUCKETS_S,
            registry=self._registry,
        )

    def add(self, collector: Collector) -> None:
        """Ask `collector` as well, whenever the metrics are asked for."""
        self._registry.register(collector)

    def knows(self, token: str) -> bool:
        """Tell whether a program that sends `token` may collect."""
        given = sha256(token.encode("utf-8", "surrogateescape")).digest()
        return self._token_hash is not None and hmac.compare_digest(given, self._token_hash)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TroublesCollector(Collector):
    """How much is not well."""

    troubles: Callable[[], tuple[str, ...]]

    def collect(self) -> Iterator[Metric]:
        """Yield it."""
        yield _gauge(
            "carewire_troubles", "Parts that are not well; /api/v1/health says which.", len(self.troubles())
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IngestCollector(Collector):
    """Reads what ingest counts anyway, when asked; `desk_waiting` counts requests at the HTTP desk."""

    ingest: Callable[[], IngestHealth]
    desk_waiting: Callable[[], int]
    gateways: GatewayReader
    clock: Clock

    def collect(self) -> Iterator[Metric]:
        """Yield every family; what the store does not tell is left out, and that is told."""
        yield from self._ingest()
        try:
            yield from self._gateways()
            is_readable = True
        except StorageError:
            is_readable = False
        yield _gauge(
            "carewire_store_readable", "Whether the store could be asked about gateways.", is_readable
        )

    def _ingest(self) -> Iterator[Metric]:
        health = self.ingest()
        for field in fields(health.stats):
            words = field.name.replace("_", " ")
            yield _counter(
                f"carewire_ingest_{field.name}",
                f"Ingest: {words}, of records unless it says deliveries.",
                getattr(health.stats, field.name),
            )
        for field in fields(health.broker):
            words = field.name.replace("_", " ")
            yield _counter(
                f"carewire_ingest_broker_{field.name}",
                f"Ingest at the broker: {words}.",
                getattr(health.broker, field.name),
            )
        yield _gauge("carewire_ingest_inbox_deliveries", "Deliveries that wait to be stored.", health.waiting)
        yield _gauge("carewire_ingest_http_requests", "Batches by HTTP under way.", self.desk_waiting())

    def _gateways(self) -> Iterator[Metric]:
        heard = self.gateways.heard_gateways()
        yield _gauge("carewire_gateways", "Gateways ever heard of.", len(heard))
        silence = GaugeMetricFamily(
            "carewire_gateway_silence_seconds", "Since the gateway was last heard.", labels=["gateway"]
        )
        waiting = GaugeMetricFamily(
            "carewire_gateway_waiting_records", "In its outbox, by its last report.", labels=["gateway"]
        )
        lag = GaugeMetricFamily(
            "carewire_gateway_lag_seconds",
            "How old the oldest record is that it had yet to deliver at its last report; 0 if none waited.",
            labels=["gateway"],
        )
        now_ms = self.clock.wall_ms()
        for gateway, heard_ms in sorted(heard.items(), key=lambda each: each[1])[:MOST_GATEWAYS]:
            silence.add_metric([gateway], max(0, now_ms - heard_ms) / 1000)
            reported = self.gateways.gateway_report(gateway)
            if reported is not None:
                report, _ = reported
                oldest_ms = report.oldest_unsent_ms
                waiting.add_metric([gateway], report.outbox_records)
                lag.add_metric([gateway], 0 if oldest_ms is None else max(0, now_ms - oldest_ms) / 1000)
        yield from (silence, waiting, lag)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=float(value))


def _counter(name: str, says: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, says, value=float(value))
