"""What happens now, for open pages: in this process, bounded, dropped for whoever cannot keep up.

Nothing here is durable and nothing needs to be: an event is published after its record is stored,
so a page that missed some reads them from the API.
"""

import asyncio
import base64
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import msgspec

from cloud.live_ids import StreamIds, StreamName
from cloud.ports import IdentifiedRecord, LiveFeed, Strip
from vitals.records import DeviceReport, Gap, ObservationRun, Waveform

__all__ = ["LiveEvent", "LiveHub", "RecordsToLive", "Subscription", "gap_event", "strip_event"]

HELD_EVENTS: Final = 120
"""How many of a patient's events a reconnecting page can still be given."""
QUEUE_EVENTS: Final = 240
"""How many events may wait for one watcher before it is told to reload instead."""
STREAMS_A_PERSON: Final = 24
"""How many streams one person may hold open, and as many their programs: each costs looks at their grants."""
STREAMS_IN_ALL: Final = 1_000
"""How many streams there may be: half of the connections, so that pages and gateways find the rest."""
LATE_MS: Final = 60_000
"""Records older than this when received are history: pages read them from the API."""

_OF_ALERTS: Final = frozenset({"alert", "duty"})

_Happened = tuple[str, object]
"""An event's name and data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent:
    """Something a page may show at once; `number` rises by one an event of anybody, and is told to none."""

    number: int
    patient_id: str
    name: str
    data: bytes


class Subscription:
    """One watcher's bounded queue. Filled from any thread, emptied by one task of `loop`."""

    def __init__(
        self,
        patient_ids: frozenset[str],
        names: frozenset[str] | None,
        caller: str | None,
        loop: asyncio.AbstractEventLoop,
        stream: StreamName,
    ) -> None:
        self.stream = stream
        self.patient_ids = patient_ids
        self.caller = caller
        self.overflowed = False
        self._names = names
        self._loop = loop
        self._waiting: deque[LiveEvent] = deque()
        self._wake = asyncio.Event()
        self._lock = threading.Lock()

    @property
    def wants_readings(self) -> bool:
        """Whether this watcher asked for more than what becomes of alerts."""
        return self._names is None or not self._names <= _OF_ALERTS

    def wants(self, event: LiveEvent) -> bool:
        """Tell whether this watcher asked for such an event."""
        return event.patient_id in self.patient_ids and (self._names is None or event.name in self._names)

    def offer(self, event: LiveEvent) -> None:
        """Queue an event without blocking; a full queue marks the watcher as overflowed instead."""
        with self._lock:
            if len(self._waiting) >= QUEUE_EVENTS:
                self.overflowed = True
            else:
                self._waiting.append(event)
        self.wake()

    def wake(self) -> None:
        """Let the watcher look, from any thread; a loop that is gone needs no waking."""
        with contextlib.suppress(RuntimeError):  # raised only by a closed loop
            self._loop.call_soon_threadsafe(self._wake.set)

    async def take(self, timeout_s: float) -> Sequence[LiveEvent]:
        """Return what is waiting, after at most `timeout_s` real seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return ()
        self._wake.clear()
        with self._lock:
            taken = tuple(self._waiting)
            self._waiting.clear()
        return taken


@dataclass(slots=True)
class LiveHub(LiveFeed):
    """Publishes to every open page. Its own numbers leave it only as the `ids` of one stream."""

    ids: StreamIds
    closed: bool = False
    _number: int = 0
    _held: dict[str, deque[LiveEvent]] = field(default_factory=dict)
    _subscriptions: set[Subscription] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, patient_id: str, event: str, data: object) -> None:
        """Tell whoever watches the patient, from any thread, without blocking."""
        encoded = msgspec.json.encode(data)
        with self._lock:
            self._number += 1
            happened = LiveEvent(number=self._number, patient_id=patient_id, name=event, data=encoded)
            self._held.setdefault(patient_id, deque(maxlen=HELD_EVENTS)).append(happened)
            for watcher in self._subscriptions:
                if watcher.wants(happened):
                    watcher.offer(happened)

    def has_room_for(self, caller: str) -> bool:
        """Tell whether a person, or their programs, may open one more stream."""
        with self._lock:
            held = sum(1 for watcher in self._subscriptions if watcher.caller == caller)
            return held < STREAMS_A_PERSON and len(self._subscriptions) < STREAMS_IN_ALL

    def subscribe(
        self,
        patient_ids: frozenset[str],
        *,
        names: frozenset[str] | None = None,
        caller: str | None = None,
        last_event_id: str | None = None,
    ) -> Subscription:
        """Watch patients from the running loop; events after `last_event_id` that are still held come first.

        `overflowed` is set at once when some of those are no longer held.
        """
        watcher = Subscription(patient_ids, names, caller, asyncio.get_running_loop(), self.ids.begin())
        with self._lock:
            if last_event_id is not None:
                self._replay(watcher, last_event_id)
            self._subscriptions.add(watcher)
        return watcher

    def unsubscribe(self, watcher: Subscription) -> None:
        """Forget a watcher."""
        with self._lock:
            self._subscriptions.discard(watcher)

    def close(self) -> None:
        """End every stream soon: the service is stopping."""
        with self._lock:
            self.closed = True
            watchers = list(self._subscriptions)
        for watcher in watchers:
            watcher.wake()

    @property
    def watched(self) -> frozenset[str]:
        """Of whom somebody watches readings now; who watches alerts alone is not counted."""
        with self._lock:
            return frozenset().union(
                *(watcher.patient_ids for watcher in self._subscriptions if watcher.wants_readings)
            )

    def newest_id(self, watcher: Subscription) -> str:
        """Return an id of a watcher's stream for what a page that is up to date has seen."""
        return self.ids.next(watcher.stream, self._number)

    def id_of(self, event: LiveEvent, watcher: Subscription) -> str:
        """Return the id under which a watcher's stream sends an event."""
        return self.ids.next(watcher.stream, event.number)

    @property
    def watchers(self) -> int:
        """How many streams are open."""
        return len(self._subscriptions)

    def _replay(self, watcher: Subscription, last_event_id: str) -> None:
        last = self.ids.number(last_event_id)
        if last is None:
            watcher.overflowed = True
            return
        held = [self._held[patient_id] for patient_id in watcher.patient_ids & self._held.keys()]
        if any(len(events) == HELD_EVENTS and events[0].number > last + 1 for events in held):
            watcher.overflowed = True
            return
        missed = (event for events in held for event in events if event.number > last)
        for event in sorted(missed, key=lambda each: each.number):
            if watcher.wants(event):
                watcher.offer(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsToLive:
    """Turns freshly committed records into events; ingest calls it after each commit."""

    feed: LiveFeed

    def on_committed(self, records: Iterable[IdentifiedRecord]) -> None:
        """Publish what is fresh; history that arrives late is left to the API."""
        for each in records:
            tell = _EVENTS.get(type(each.record))
            if tell is None or each.patient_id is None:
                continue
            happened = tell(each.record, each.received_ms - LATE_MS)
            if happened is not None:
                self.feed.publish(each.patient_id, *happened)


def _heart_rate(run: ObservationRun, since_ms: int) -> _Happened | None:
    if run.kind != "heart_rate" or max(run.t_ms) < since_ms:
        return None
    quality: Sequence[float | None] = run.quality or [None] * len(run.value)
    points = [
        (t_ms, value, share)
        for t_ms, value, share in zip(run.t_ms, run.value, quality, strict=True)
        if t_ms >= since_ms
    ]
    return "heart_rate", {"device": run.device, "points": points}


def _ecg(strip: Waveform, since_ms: int) -> _Happened | None:
    return ("ecg", strip_event(strip)) if strip.kind == "ecg" and strip.t0_ms >= since_ms else None


def _device(report: DeviceReport, since_ms: int) -> _Happened | None:
    return ("device", {"device": report.device}) if report.t_ms >= since_ms else None


def _gap(gap: Gap, since_ms: int) -> _Happened | None:
    return ("gap", gap_event(gap)) if gap.to_ms >= since_ms else None


_EVENTS: Mapping[type, Callable[[Any, int], _Happened | None]] = MappingProxyType(
    {ObservationRun: _heart_rate, Waveform: _ecg, DeviceReport: _device, Gap: _gap}
)
"""What a page is told of each sort of record, unless it is older than a moment."""


def gap_event(gap: Gap) -> dict[str, object]:
    """Return what a page is told of data that does not exist."""
    return {"kind": gap.kind, "from_ms": gap.from_ms, "to_ms": gap.to_ms, "reason": gap.reason.value}


def strip_event(strip: Waveform | Strip) -> dict[str, object]:
    """Return what a page is told of a stretch of waveform."""
    return {
        "device": strip.device,
        "t0_ms": strip.t0_ms,
        "rate_hz": strip.rate_hz,
        "scale": strip.scale,
        "offset": strip.offset,
        "lead": strip.lead,
        "samples": base64.b64encode(strip.samples).decode(),
    }
