"""From what wearables notify to the records the cloud gets: pure, synchronous, never stopped by bad input."""

from collections.abc import Callable
from typing import Final

from edge.clock import Stamp
from edge.judging.judge import Judge
from edge.last_seen import NOTHING_YET, Progress, device_of, key_of
from edge.ports import Backlog, GatewayCondition
from edge.wearable import Wearable
from vitals.records import AnyRecord, GatewayReport, LinkState

__all__ = ["Pipeline"]

_REPORT_EVERY_S: Final = 30.0


class Pipeline:
    """Knows every wearable; each call returns the records it gave rise to, oldest first."""

    def __init__(
        self,
        *,
        judge: Judge,
        software: str,
        backlog: Callable[[], Backlog] = Backlog,
        condition: Callable[[], GatewayCondition] = GatewayCondition,
        before: Progress = NOTHING_YET,
    ) -> None:
        self._judge = judge
        self._software = software
        self._backlog = backlog
        self._condition = condition
        self._before = before
        self._wearables: dict[str, Wearable] = {}
        self._reported_s = float("-inf")
        self._told_standing: frozenset[str] = frozenset()
        self._latest = Stamp(wall_ms=0, monotonic_s=0.0)

    def on_notification(self, device: str, uuid: str, value: bytes, received: Stamp) -> list[AnyRecord]:
        """Take the value of a characteristic, notified or read."""
        self._latest = received
        return self._wearable(device).on_value(uuid, value, received)

    def on_link(
        self,
        device: str,
        link: LinkState,
        received: Stamp,
        *,
        reason: str | None = None,
        rssi_dbm: int | None = None,
    ) -> list[AnyRecord]:
        """Take note that a wearable came, how well it was heard, or that it went or fell silent, and why."""
        self._latest = received
        self._judge.health.counters[f"link.{link}"] += 1
        return self._wearable(device).on_link(link, received, reason, rssi_dbm)

    def tick(self, now: Stamp) -> list[AnyRecord]:
        """Do what is due by time alone: late strips, changed wearables, the gateway's own report."""
        self._latest = now
        records = [record for wearable in self._wearables.values() for record in wearable.tick(now)]
        standing = frozenset(self._judge.health.alarms.standing)
        if now.monotonic_s - self._reported_s >= _REPORT_EVERY_S or standing != self._told_standing:
            self._reported_s, self._told_standing = now.monotonic_s, standing
            records.append(self._report(now))
        return records

    def close(self) -> list[AnyRecord]:
        """Return what still waited for more: the last call before a stop."""
        now = self._latest
        return [record for wearable in self._wearables.values() for record in wearable.close(now)]

    def progress(self) -> Progress:
        """Return how far the records returned so far go."""
        safe_until_ms, records = dict(self._before.safe_until_ms), dict(self._before.records)
        spent = dict(self._before.spent)
        standing = {
            key: event_id
            for key, event_id in self._before.standing.items()
            if device_of(key) not in self._wearables
        }
        for device, wearable in self._wearables.items():
            safe_until_ms |= {key_of(device, kind): t_ms for kind, t_ms in wearable.safe_until_ms().items()}
            records |= {key_of(device, uuid): memory for uuid, memory in wearable.memories().items()}
            spent |= {key_of(device, name): alarms for name, alarms in wearable.spent().items()}
            standing |= {key_of(device, name): event_id for name, event_id in wearable.standing().items()}
        return Progress(safe_until_ms=safe_until_ms, records=records, spent=spent, standing=standing)

    def _wearable(self, device: str) -> Wearable:
        if device not in self._wearables:
            self._wearables[device] = Wearable(device=device, judge=self._judge, before=self._before)
        return self._wearables[device]

    def _report(self, now: Stamp) -> GatewayReport:
        backlog, condition = self._backlog(), self._condition()
        return GatewayReport(
            t_ms=now.wall_ms,
            software=self._software,
            outbox_records=backlog.records,
            outbox_bytes=backlog.size_bytes,
            oldest_unsent_ms=backlog.oldest_unsent_ms,
            counters=self._judge.health.counted(),
            inference_count=self._judge.models.timings.count,
            inference_p50_us=self._judge.models.timings.p50_us,
            uptime_s=condition.uptime_s,
            host=condition.host,
            clock_synced=condition.clock_synced,
            models=self._judge.models.versions(),
            configuration_version=condition.configuration_version,
        )
