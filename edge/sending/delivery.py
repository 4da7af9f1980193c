"""From the outbox to the cloud and back: sends what waits, deletes what the cloud acknowledges.

The broker's answer only opens the window for more. When the link comes back everything still held
is offered again from its beginning: `(gateway, epoch, seq)` makes the cloud absorb what it has.
"""

import asyncio
import random as randomness
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import structlog
from msgspec import Raw

from edge.clock import clock_stamp
from edge.outbox import ENVELOPE_BYTES, Outbox, Run
from edge.sending.send_window import DEFAULT_PACE, Pace, SendWindow, Want
from edge.sending.uplink import (
    AckArrived,
    CommandArrived,
    HeadArrived,
    LinkDown,
    LinkEvent,
    LinkUp,
    LivenessArrived,
    Received,
    Uplink,
)
from vitals.clock import Clock
from vitals.errors import DeliveryError, EnvelopeError, StorageError
from vitals.wire.envelope import VERSION, Batch, content_type, decode_ack, encode_batch
from vitals.wire.liveness import Liveness, decode_liveness

_MOST_EVENTS: Final = 1_000
_STORAGE_PAUSE_S: Final = 1.0
_LONGEST_REST_S: Final = 15.0

_log = structlog.get_logger()


class Delivery:
    """Runs for as long as the gateway does; may be cancelled at any time."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        outbox: Outbox,
        uplink: Uplink,
        clock: Clock,
        *,
        boot_id: str,
        pace: Pace = DEFAULT_PACE,
        random: Callable[[], float] = randomness.random,
        monotonic_s: Callable[[], float] = time.monotonic,
        mark: Callable[[], None] = lambda: None,
        on_command: Callable[[CommandArrived], None] = lambda _: None,
        on_liveness: Callable[[Liveness], None] = lambda _: None,
        on_head: Callable[[HeadArrived], None] = lambda _: None,
    ) -> None:
        """`clock` is stamped on batches; `monotonic_s` measures patience, in real seconds.

        `mark` is called each time round: while it is, delivery moves. `on_command` is handed, on the event
        loop, what the cloud asks of this gateway, `on_liveness` what it says of its alerting, `on_head` what
        it gives of the ledger to witness.
        """
        self._on_command = on_command
        self._on_liveness = on_liveness
        self._on_head = on_head
        self._mark = mark
        self._outbox = outbox
        self._uplink = uplink
        self._clock = clock
        self._boot_id = boot_id
        self._now_s = monotonic_s
        self._window = SendWindow(random=random, pace=pace)
        self._openings = outbox.openings
        self._events: deque[LinkEvent] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._counters: Counter[str] = Counter()
        self._is_link_up = False
        self._heard_at_s: float | None = None
        self._notices = 0

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._uplink.run(self._on_event), name="uplink")
            tasks.create_task(self._serve(), name="delivery")

    def notify(self) -> None:
        """Say that the outbox has something new; from any thread, at any time."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and delivery with it
                self._loop.call_soon_threadsafe(self._notified)

    @property
    def is_link_up(self) -> bool:
        """Whether a connection to the broker stands."""
        return self._is_link_up

    @property
    def heard_s_ago(self) -> float | None:
        """How many real seconds ago the cloud last acknowledged anything; None: not since the start."""
        return None if self._heard_at_s is None else self._now_s() - self._heard_at_s

    @property
    def counters(self) -> Mapping[str, int]:
        """What happened since the start, by event name."""
        return self._counters + self._window.counters

    # --- The loop ---------------------------------------------------------------------------

    async def _serve(self) -> None:
        while True:
            self._mark()
            self._wake.clear()
            try:
                is_busy = await self._step()
            except StorageError as error:
                self._counters["delivery.storage_errors"] += 1
                _log.error("delivery.storage_error", error=str(error))
                await asyncio.sleep(_STORAGE_PAUSE_S)
            else:
                if not is_busy:
                    await self._rest()

    async def _step(self) -> bool:
        """Hear what was said and send one batch; tell whether another try at once is worth it."""
        while self._events:
            await self._hear(self._events.popleft())
        self._follow_the_outbox()
        self._watch()
        want = self._window.wanted(self._now_s())
        if want is None:
            return False
        notices = self._notices
        run = await asyncio.to_thread(self._read, want)
        if run is not None:
            self._send(want, run)
        elif want.again or notices == self._notices:  # else what is new may have come after the look
            self._window.nothing(want)
        return True

    def _follow_the_outbox(self) -> None:
        """Begin anew once a salvage has opened the file again: what was on its way would never be let go."""
        if self._outbox.openings != self._openings:
            self._openings = self._outbox.openings
            self._window.begin_anew()

    def _read(self, want: Want) -> Run | None:
        if want.again is not None:
            again = want.again
            return self._outbox.batch_again(again.epoch, again.first, again.last, max_bytes=want.max_bytes)
        return self._outbox.next_batch(
            after=self._window.sent_to,
            lanes=(want.lane,),
            max_bytes=want.max_bytes,
            target_bytes=want.target_bytes,
        )

    def _send(self, want: Want, run: Run) -> None:
        batch = Batch(
            v=VERSION,
            epoch=run.epoch,
            first_seq=run.first_seq,
            boot_id=self._boot_id,
            clock=clock_stamp(self._clock),
            made=run.made,
            records=[Raw(record) for record in run.payloads],
        )
        payload = encode_batch(batch)
        ticket = self._window.sending(want, run, len(payload), self._now_s())
        try:
            self._uplink.send(payload, ticket=ticket)
        except DeliveryError as error:
            _log.info("delivery.not_sent", reason=str(error))
            self._window.link_down()

    def _watch(self) -> None:
        now_s = self._now_s()
        self._window.expire(now_s)
        reason = self._window.is_dead(now_s)
        if reason is not None:
            self._counters["delivery.reconnects_forced"] += 1
            _log.warning("delivery.reconnecting", reason=reason)
            self._window.link_down()
            self._uplink.restart(reason)

    async def _rest(self) -> None:
        next_s = self._window.next_s()
        wait_s = _LONGEST_REST_S if next_s is None else max(0.0, next_s - self._now_s())
        with suppress(TimeoutError):
            async with asyncio.timeout(min(wait_s, _LONGEST_REST_S)):  # wait_for may swallow a cancellation
                await self._wake.wait()

    # --- What is heard ----------------------------------------------------------------------

    def _on_event(self, event: LinkEvent) -> None:
        if (
            isinstance(event, AckArrived | CommandArrived | LivenessArrived | HeadArrived)
            and len(self._events) >= _MOST_EVENTS
        ):
            self._counters["delivery.arrival_dropped"] += 1  # harmless: the cloud will say it again
        else:
            self._events.append(event)
        self._wake.set()

    def _notified(self) -> None:
        self._notices += 1
        self._window.notify()
        self._wake.set()

    async def _hear(self, event: LinkEvent) -> None:
        match event:
            case LinkUp():
                self._is_link_up = True
                self._counters["delivery.link_up"] += 1
                self._window.link_up(event.max_payload_bytes - ENVELOPE_BYTES)
            case LinkDown():
                self._is_link_up = False
                self._counters["delivery.link_down"] += 1
                _log.info("delivery.link_down", reason=event.reason)
                self._window.link_down()
            case Received():
                self._window.received(event.ticket, event.reason_code, self._now_s(), hold_s=event.hold_s)
            case AckArrived():
                await self._acknowledge(event)
            case CommandArrived():
                self._on_command(event)
            case LivenessArrived():
                self._hear_liveness(event)
            case HeadArrived():
                self._on_head(event)

    def _hear_liveness(self, event: LivenessArrived) -> None:
        try:
            said = decode_liveness(event.payload, content_type(event.content_type))
        except EnvelopeError as error:
            self._counters["delivery.liveness_unreadable"] += 1
            _log.warning("delivery.liveness_unreadable", error=str(error))
            return
        self._on_liveness(said)

    async def _acknowledge(self, event: AckArrived) -> None:
        try:
            ack = decode_ack(event.payload, content_type(event.content_type))
        except EnvelopeError as error:
            self._counters["delivery.ack_unreadable"] += 1
            _log.warning("delivery.ack_unreadable", error=str(error))
            return
        done = await asyncio.to_thread(self._outbox.acknowledge, ack)
        self._counters["delivery.acknowledged"] += done.stored + done.quarantined
        for aside in ack.quarantined:
            _log.warning("delivery.quarantined", epoch=ack.epoch, seq=aside.seq, reason=aside.reason)
        self._heard_at_s = self._now_s()
        self._window.acknowledged(ack, self._heard_at_s)
