"""What the gateway counts and measures, in the words of Prometheus: no wearer, no wearable, no vital sign."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.now import Now
from edge.ports import Backlog, Pressure
from edge.sending.way import Way

__all__ = ["GatewayCollector", "exposition"]

_TOLD: Final = frozenset(
    {
        *("ble", "command", "delivery", "http", "inbox", "intake", "mqtt", "notification", "outbox"),
        *("page", "ring", "state_file", "uplink"),
    }
)
"""Parts whose events are told; what those that judge wearers do is nobody's business here."""
_ALARM: Final = "alarm."


def exposition(collector: Collector) -> Callable[[], str]:
    """Return what tells all of it in Prometheus' text format, with what the process itself takes."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(collector)
    return lambda: generate_latest(registry).decode()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GatewayCollector(Collector):
    """Reads what is known anyway, when it is asked: nothing here waits for a disk."""

    now: Callable[[], Now]
    counted: Callable[[], Mapping[str, int]]
    pressure: Callable[[], Pressure]
    most_bytes: int

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        now, counted = self.now(), self.counted()
        yield from self._outbox(now.backlog, now.t_ms)
        yield from self._link(now)
        yield _events(counted)
        yield _alarms(counted)

    def _outbox(self, backlog: Backlog, now_ms: int) -> Iterator[Metric]:
        records = GaugeMetricFamily("carewire_outbox_records", "Records that wait.", labels=["lane"])
        size = GaugeMetricFamily("carewire_outbox_bytes", "What they weigh.", labels=["lane"])
        age = GaugeMetricFamily(
            "carewire_outbox_oldest_age_seconds",
            "How old the oldest of them is; 0: none waits.",
            labels=["lane"],
        )
        for row in backlog.lanes:
            records.add_metric([row.lane], row.records)
            size.add_metric([row.lane], row.size_bytes)
            age.add_metric([row.lane], 0 if row.oldest_ms is None else max(0, now_ms - row.oldest_ms) / 1000)
        yield from (records, size, age)
        yield GaugeMetricFamily("carewire_outbox_limit_bytes", "How much may wait.", value=self.most_bytes)
        yield GaugeMetricFamily(
            "carewire_outbox_pressure", "0: none, 1: high, 2: full.", value=float(self.pressure())
        )
        yield CounterMetricFamily(
            "carewire_outbox_acknowledged", "Records the cloud has taken, ever.", value=backlog.acknowledged
        )
        yield CounterMetricFamily(
            "carewire_outbox_given_up", "Records that found no room and became gaps.", value=backlog.given_up
        )

    def _link(self, now: Now) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "carewire_link_up", "Whether the cloud is reached.", value=float(now.is_link_up)
        )
        way = GaugeMetricFamily("carewire_link_way", "By what records go up.", labels=["way"])
        for each in Way:
            way.add_metric([each], float(each is now.way))
        yield way
        if now.heard_s_ago is not None:
            yield GaugeMetricFamily(
                "carewire_acknowledged_age_seconds",
                "Since the cloud last acknowledged anything.",
                value=now.heard_s_ago,
            )
        yield GaugeMetricFamily("carewire_uptime_seconds", "Since the gateway started.", value=now.uptime_s)


def _events(counted: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily("carewire_events", "What happened, by event name.", labels=["event"])
    for event, times in sorted(counted.items()):
        if event.partition(".")[0] in _TOLD:
            family.add_metric([event], times)
    return family


def _alarms(counted: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(
        "carewire_own_alarm", "1 for each alarm about the gateway itself that stands.", labels=["alarm"]
    )
    standing = {  # which wearable one is about is not told
        event.removeprefix(_ALARM).partition(":")[0]
        for event, stands in counted.items()
        if event.startswith(_ALARM) and not event.endswith("_failed") and stands
    }
    for key in sorted(standing):
        family.add_metric([key], 1)
    return family
