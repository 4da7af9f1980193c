"""What to send next, what is on its way, and when to give up waiting. Pure: time is told.

A batch is `on the wire` until the broker answers, then `waiting` until the cloud acknowledges.
Events have limits of their own, so that no backlog of bulk stands before a live alert; bulk on the
wire is kept small, because what the wire holds goes first whatever its lane.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from edge.outbox import LANES, MAX_RUN_BYTES, Lane, Run
from edge.sending.uplink import NO_SUBSCRIBER, REFUSED
from vitals.wire.envelope import Ack

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of the traffic of `lanes`, together, may be under way, and how long to wait for an ack."""

    lanes: frozenset[Lane]
    batch_bytes: int
    wire_batches: int
    wire_bytes: int
    waiting_batches: int
    waiting_bytes: int
    longest_ack_s: float


LIMITS: Final = (
    Limits(
        lanes=frozenset({Lane.EVENTS}),
        batch_bytes=MAX_RUN_BYTES,
        wire_batches=4,
        wire_bytes=480_000,
        waiting_batches=64,
        waiting_bytes=4_000_000,
        longest_ack_s=15.0,
    ),
    Limits(
        lanes=frozenset({Lane.OBSERVATIONS, Lane.WAVEFORMS}),
        batch_bytes=64_000,
        wire_batches=2,
        wire_bytes=128_000,
        waiting_batches=16,
        waiting_bytes=1_024_000,
        longest_ack_s=600.0,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait for whom; real seconds."""

    first_ack_s: float = 5.0
    answer_s: float = 10.0
    slowest_bytes_per_s: float = 8_000.0
    most_patience: int = 8
    silence_s: float = 120.0
    longest_silence_s: float = 3600.0
    first_hold_s: float = 1.0
    longest_hold_s: float = 15.0


DEFAULT_PACE: Final = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What to read from the outbox: seqs `first` to `last` once more, or (None) what is fresh."""

    lane: Lane
    max_bytes: int
    target_bytes: int
    again: "Again | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Seqs that were sent and must be sent once more."""

    epoch: str
    first: int
    last: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flight:
    lane: Lane
    epoch: str
    remaining: tuple[Range, ...]
    size_bytes: int
    attempt: int
    deadline_s: float
    is_on_wire: bool = True


class SendWindow:
    """One link's traffic. Every method that depends on the time is given it."""

    def __init__(
        self, *, random: Callable[[], float], pace: Pace = DEFAULT_PACE, limits: Sequence[Limits] = LIMITS
    ) -> None:
        self._random = random
        self._pace = pace
        self._limits = {lane: row for row in limits for lane in row.lanes}
        self._next_ticket = 1
        self._patience = 1
        self._silences = 0
        self._refusals = 0
        self.counters: Counter[str] = Counter()
        self.link_down()

    # --- The link ---------------------------------------------------------------------------

    def link_up(self, max_payload_bytes: int) -> None:
        """Begin a connection: everything still in the outbox is to be offered, from its beginning."""
        self.link_down()
        self._is_up = True
        self._max_bytes = min(MAX_RUN_BYTES, max_payload_bytes)

    def begin_anew(self) -> None:
        """Offer everything from its beginning on the same connection: the outbox forgot what was offered."""
        if self._is_up:
            self.link_up(self._max_bytes)

    def link_down(self) -> None:
        """End the connection: nothing is on its way any more, and nothing is known of what was."""
        self._is_up = False
        self._max_bytes = MAX_RUN_BYTES
        self._flights: dict[int, _Flight] = {}
        self._again: dict[Lane, deque[Again]] = {lane: deque() for lane in LANES}
        self._dry: set[Lane] = set()
        self._hold_until_s = float("-inf")
        self._unheard_since_s: float | None = None
        self.sent_to: dict[str, int] = {}
        """The last seq offered on this connection, by epoch."""

    # --- Sending ----------------------------------------------------------------------------

    def wanted(self, now_s: float) -> Want | None:
        """Return what should be sent now: the most urgent lane that has room and perhaps something."""
        if not self._is_up or now_s < self._hold_until_s:
            return None
        self._hold_until_s = float("-inf")
        for lane in LANES:
            if self._has_room(lane) and (self._again[lane] or lane not in self._dry):
                return Want(
                    lane=lane,
                    max_bytes=self._max_bytes,
                    target_bytes=self._limits[lane].batch_bytes,
                    again=self._again[lane][0] if self._again[lane] else None,
                )
        return None

    def nothing(self, want: Want) -> None:
        """Take note that the outbox has nothing for `want`."""
        if want.again:
            self._again[want.lane].popleft()
        else:
            self._dry.add(want.lane)

    def notify(self) -> None:
        """Take note that the outbox may have something new."""
        self._dry.clear()

    def sending(self, want: Want, run: Run, size_bytes: int, now_s: float) -> int:
        """Take note that `run` goes out for `want`; return the ticket its answer will bear."""
        attempt = 0
        if want.again:
            rest = self._again[want.lane].popleft()
            attempt = rest.attempt
            if run.last_seq < rest.last:
                self._again[want.lane].appendleft(replace(rest, first=run.last_seq + 1))
        else:
            self.sent_to[run.epoch] = run.last_seq
        ticket, self._next_ticket = self._next_ticket, self._next_ticket + 1
        self._flights[ticket] = _Flight(
            lane=want.lane,
            epoch=run.epoch,
            remaining=((run.first_seq, run.last_seq),),
            size_bytes=size_bytes,
            attempt=attempt,
            deadline_s=now_s + self._answer_s(size_bytes),
        )
        if self._unheard_since_s is None:
            self._unheard_since_s = now_s
        self.counters["delivery.resent" if want.again else "delivery.sent"] += 1
        return ticket

    # --- Answers ----------------------------------------------------------------------------

    def received(self, ticket: int, reason_code: int, now_s: float, *, hold_s: float = 0.0) -> None:
        """Take note of the answer; a refusal keeps the batch and slows everything, by `hold_s` at least."""
        flight = self._flights.get(ticket)
        if flight is None:
            self.counters["delivery.answer_stale"] += 1
        elif reason_code >= REFUSED or reason_code == NO_SUBSCRIBER:
            name = "delivery.refused" if reason_code >= REFUSED else "delivery.no_subscriber"
            self.counters[name] += 1
            self._fly_again(ticket)
            backed_off_s = self._backed_off(
                self._pace.first_hold_s, self._refusals, self._pace.longest_hold_s
            )
            self._hold_until_s = now_s + max(backed_off_s, hold_s)
            self._refusals += 1
        else:
            self.counters["delivery.received"] += 1
            self._patience, self._refusals = 1, 0
            wait_s = self._backed_off(
                self._pace.first_ack_s, flight.attempt, self._limits[flight.lane].longest_ack_s
            )
            self._flights[ticket] = replace(flight, is_on_wire=False, deadline_s=now_s + wait_s)

    def acknowledged(self, ack: Ack, now_s: float) -> None:
        """Take note of the cloud's acknowledgement; it may cover parts of several batches, or none.

        The cloud is there, so what still waits need not wait as long as if it were not.
        """
        gone = [*ack.stored, *((aside.seq, aside.seq) for aside in ack.quarantined)]
        soon_s = now_s + 2 * self._pace.first_ack_s
        for ticket, flight in list(self._flights.items()):
            left = without(flight.remaining, gone) if flight.epoch == ack.epoch else flight.remaining
            if not left:
                del self._flights[ticket]
            elif not flight.is_on_wire:
                deadline_s = min(flight.deadline_s, soon_s)
                self._flights[ticket] = replace(flight, remaining=left, deadline_s=deadline_s)
            else:
                self._flights[ticket] = replace(flight, remaining=left)
        self._unheard_since_s = now_s if self._flights else None
        self._silences = 0

    # --- Time -------------------------------------------------------------------------------

    def expire(self, now_s: float) -> None:
        """Line up once more what the cloud has not acknowledged in time."""
        for ticket, flight in list(self._flights.items()):
            if not flight.is_on_wire and flight.deadline_s <= now_s:
                self.counters["delivery.ack_late"] += 1
                self._fly_again(ticket)

    def is_dead(self, now_s: float) -> str | None:
        """Return why the connection should be given up, or None: the broker or the cloud is mute."""
        if any(flight.is_on_wire and flight.deadline_s <= now_s for flight in self._flights.values()):
            self._patience = min(2 * self._patience, self._pace.most_patience)
            return "the broker does not answer"
        if self._unheard_since_s is not None and now_s >= self._unheard_since_s + self._silence_s():
            self._silences += 1
            return "the cloud does not acknowledge"
        return None

    def next_s(self) -> float | None:
        """Return when to look again if nothing happens before."""
        times = [flight.deadline_s for flight in self._flights.values()]
        if self._hold_until_s > float("-inf"):
            times.append(self._hold_until_s)
        if self._unheard_since_s is not None:
            times.append(self._unheard_since_s + self._silence_s())
        return min(times, default=None)

    @property
    def in_flight(self) -> int:
        """How many batches the cloud has yet to acknowledge on this connection."""
        return len(self._flights)

    # --- Details ----------------------------------------------------------------------------

    def _has_room(self, lane: Lane) -> bool:
        limits = self._limits[lane]
        alike = [flight for flight in self._flights.values() if flight.lane in limits.lanes]
        wire = [flight for flight in alike if flight.is_on_wire]
        return (
            len(wire) < limits.wire_batches
            and len(alike) < limits.waiting_batches
            and sum(flight.size_bytes for flight in wire) < limits.wire_bytes
            and sum(flight.size_bytes for flight in alike) < limits.waiting_bytes
        )

    def _fly_again(self, ticket: int) -> None:
        flight = self._flights.pop(ticket)
        self._again[flight.lane].extend(
            Again(epoch=flight.epoch, first=first, last=last, attempt=flight.attempt + 1)
            for first, last in flight.remaining
        )

    def _answer_s(self, size_bytes: int) -> float:
        on_wire = sum(flight.size_bytes for flight in self._flights.values() if flight.is_on_wire)
        return (
            self._pace.answer_s + (on_wire + size_bytes) / self._pace.slowest_bytes_per_s
        ) * self._patience

    def _silence_s(self) -> float:
        return float(min(self._pace.silence_s * 2 ** min(self._silences, 16), self._pace.longest_silence_s))

    def _backed_off(self, first_s: float, times: int, longest_s: float) -> float:
        return float(min(first_s * 2 ** min(times, 16), longest_s) * (0.75 + 0.5 * self._random()))


def without(ranges: Sequence[Range], gone: Iterable[Range]) -> tuple[Range, ...]:
    """Return what is left of inclusive `ranges` when those `gone` are taken out."""
    left = list(ranges)
    for gone_first, gone_last in gone:
        if gone_first > gone_last:
            continue
        left = [
            piece
            for first, last in left
            for piece in (
                (first, min(last, gone_first - 1)),
                (max(first, gone_last + 1), last),
            )
            if piece[0] <= piece[1]
        ]
    return tuple(left)
