"""Two uplinks as one: the broker's, and while it does not bring acknowledgements, the service's own.

To delivery a change of way is a connection that ends and another that stands: what is held is offered
again from its beginning, and the cloud absorbs what it has. The broker's uplink runs all the time, so
what it brings down (acknowledgements late, commands) is heard whatever the way up.
"""

import asyncio
import random as randomness
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import structlog

from edge.sending.uplink import (
    NO_SUBSCRIBER,
    REFUSED,
    AckArrived,
    LinkDown,
    LinkEvent,
    LinkUp,
    Received,
    Uplink,
)
from edge.sending.way import DEFAULT_PATIENCE, Patience, Way, WaySelector
from vitals.errors import DeliveryError

__all__ = ["FallbackUplink"]

_log = structlog.get_logger()

_LONGEST_REST_S: Final = 15.0


class FallbackUplink:
    """`edge.sending.uplink.Uplink` over two others."""

    def __init__(
        self,
        by_mqtt: Uplink,
        by_http: Uplink,
        *,
        patience: Patience = DEFAULT_PATIENCE,
        random: Callable[[], float] = randomness.random,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._by_mqtt = by_mqtt
        self._by_http = by_http
        self._now_s = monotonic_s
        self._selector = WaySelector(now_s=monotonic_s(), random=random, patience=patience)
        self._way: Way | None = None
        self._mqtt_up: LinkUp | None = None
        self._is_told_up = False
        self._http: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._wake = asyncio.Event()
        self._counters: Counter[str] = Counter()
        self._on_event: Callable[[LinkEvent], None] = lambda _event: None

    @property
    def way(self) -> Way | None:
        """By what batches go now; None: they wait."""
        return self._way

    @property
    def counters(self) -> Mapping[str, int]:
        """What happened since the start on either way, and how often the way changed, by event name."""
        return {**self._by_mqtt.counters, **self._by_http.counters, **self._counters}

    async def run(self, on_event: Callable[[LinkEvent], None]) -> None:
        """Keep a way up open until cancelled."""
        self._on_event = on_event
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._by_mqtt.run(self._from_mqtt), name="uplink-mqtt")
            while True:
                self._selector.look(self._now_s())
                self._follow()
                await self._rest()

    def send(self, payload: bytes, *, ticket: int) -> None:
        """Hand over one batch by the way that holds.

        Raises
        ------
        DeliveryError
            There is none now.
        """
        match self._way:
            case Way.MQTT:
                self._by_mqtt.send(payload, ticket=ticket)
                self._selector.sent(self._now_s())
                self._wake.set()
            case Way.HTTP:
                self._by_http.send(payload, ticket=ticket)
            case None:
                raise DeliveryError("the broker is waited for: the batch stays in the outbox until then")

    def restart(self, reason: str) -> None:
        """Drop the connection that seems dead."""
        if self._way is Way.HTTP:
            self._by_http.restart(reason)
            return
        self._selector.mute(self._now_s())
        self._by_mqtt.restart(reason)
        self._follow()

    # --- What is heard ----------------------------------------------------------------------

    def _from_mqtt(self, event: LinkEvent) -> None:
        now_s = self._now_s()
        match event:
            case LinkUp():
                self._mqtt_up = event
                self._selector.came_up(now_s)
            case LinkDown():
                self._mqtt_up = None
                self._selector.went_down(now_s)
            case Received() if self._way is not Way.MQTT:
                return  # of a connection that delivery has been told the end of
            case Received():
                self._on_event(event)
                if event.reason_code >= REFUSED or event.reason_code == NO_SUBSCRIBER:
                    self._selector.refused(now_s)
            case AckArrived():
                self._on_event(event)
                self._selector.acked(now_s)
            case _:
                self._on_event(event)
        self._follow()

    def _from_http(self, event: LinkEvent) -> None:
        if self._way is not Way.HTTP:
            return
        match event:
            case LinkUp():
                self._tell_up(event)
            case LinkDown():
                self._tell_down(event.reason)
                self._selector.http_failed(self._now_s())
                self._wake.set()
            case _:
                self._on_event(event)

    # --- The way ----------------------------------------------------------------------------

    def _follow(self) -> None:
        """Take the way the selector names, and tell delivery."""
        self._wake.set()
        way = self._selector.way
        if way is self._way:
            return
        _log.warning("uplink.way", way=way, broker=self._selector.standing)
        self._counters[f"uplink.to_{way or 'nowhere'}"] += 1
        before, self._way = self._way, way
        if before is Way.HTTP:
            self._stop_http()
        self._tell_down(f"going by {way or 'nothing'} now")
        if way is Way.MQTT and self._mqtt_up is not None:
            self._tell_up(self._mqtt_up)
        elif way is Way.HTTP and self._tasks is not None:
            self._http = self._tasks.create_task(self._by_http.run(self._from_http), name="uplink-http")

    def _stop_http(self) -> None:
        if self._http is not None:
            self._http.cancel()
            self._http = None

    def _tell_up(self, event: LinkUp) -> None:
        self._is_told_up = True
        self._on_event(event)

    def _tell_down(self, reason: str) -> None:
        if self._is_told_up:
            self._is_told_up = False
            self._on_event(LinkDown(reason=reason))

    async def _rest(self) -> None:
        self._wake.clear()
        next_s = self._selector.next_s()
        wait_s = _LONGEST_REST_S if next_s is None else max(0.0, next_s - self._now_s())
        with suppress(TimeoutError):
            async with asyncio.timeout(min(wait_s, _LONGEST_REST_S)):  # wait_for may swallow a cancellation
                await self._wake.wait()
