"""What alerting has done since it started, for reports and for health."""

from collections import Counter, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from cloud.alerts.telling.batch import Batch
from cloud.ports import Alert, AlertState, HandOff, Occasion

__all__ = ["AlertStatistics", "HandOffLatency"]

_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffLatency:
    """How long from the notification at the gateway to the hand-off at the channel."""

    alert_id: str
    condition: str
    channel: str
    person_id: str
    latency_ms: int
    delayed: bool


@dataclass(slots=True, kw_only=True)
class AlertStatistics:
    """Counts by event name, the newest latencies, and what does not work now.

    `blocked` are the patients whose records wait because they cannot be judged, `unwatched` those
    whose silence is not. `stepped_s` is when the worker last did all there was to do, monotonic,
    `watched_s` when it had last judged the silence of everybody. `fallen` gateways fell silent together.
    """

    counters: Counter[str] = field(default_factory=Counter)
    latencies: deque[HandOffLatency] = field(default_factory=lambda: deque(maxlen=_KEPT))
    blocked: set[str] = field(default_factory=set)
    unwatched: set[str] = field(default_factory=set)
    stepped_s: float | None = None
    watched_s: float | None = None
    fallen: int = 0

    def note_alerts(self, alerts: Iterable[Alert]) -> None:
        """Count transitions by the state they led to."""
        self.counters.update(f"alert.{alert.state}" for alert in alerts)

    def forget_all_but(self, patient_ids: Collection[str]) -> None:
        """Let go of the trouble with all others: erased, or another's by now."""
        self.blocked.intersection_update(patient_ids)
        self.unwatched.intersection_update(patient_ids)

    def note_batch(self, batch: Batch) -> None:
        """Count hand-offs and holds, and keep the latency of each onset told."""
        self.counters.update(f"held.{held.reason}" for held in batch.held)
        for one in batch.hand_offs:
            self.counters["hand_off.failed" if one.error else "hand_off.succeeded"] += 1
            alert = batch.subjects[one.alert_id]
            if one.error is None and _is_onset(one) and alert.noticed_ms is not None:
                self.latencies.append(
                    HandOffLatency(
                        alert_id=alert.id,
                        condition=alert.condition,
                        channel=one.channel,
                        person_id=one.person_id,
                        latency_ms=one.at_ms - alert.noticed_ms,
                        delayed=alert.delayed,
                    )
                )


def _is_onset(one: HandOff) -> bool:
    return one.occasion == Occasion.ONSET or (one.occasion is None and one.state is AlertState.ACTIVE)
