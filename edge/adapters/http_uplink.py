"""The uplink over HTTPS (httpx), where MQTT does not get through: each batch a request, its answer the ack.

There is no connection to hold. The link counts as up while the service answers a question that is asked
every few seconds: what do you want of me? A request that fails ends it, with all that were under way.
"""

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from random import Random, SystemRandom
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from edge.adapters.tls import tls_context
from edge.backoff import Backoff
from edge.sending.uplink import (
    RECEIVED,
    AckArrived,
    CommandArrived,
    HeadArrived,
    LinkDown,
    LinkEvent,
    LinkUp,
    LivenessArrived,
    Received,
)
from vitals.errors import ConfigurationError, DeliveryError, EnvelopeError
from vitals.wire.command import decode_commands
from vitals.wire.envelope import MAX_BATCH_BYTES, ContentType
from vitals.wire.ledger import Witnessed
from vitals.wire.liveness import LIVENESS_HEADER, encode_liveness, liveness_of_header

if TYPE_CHECKING:
    import anyio
    import httpx

__all__ = ["HttpOptions", "HttpUplink"]

_log = structlog.get_logger()

BATCHES: Final = "/api/v1/ingest/batches"
COMMANDS: Final = "/api/v1/ingest/commands"
LEDGER: Final = "/api/v1/ingest/ledger"
_STEADY_S: Final = 30.0  # a link that stood so long was a good one
_WATCH_S: Final = 1.0
_LONGEST_HOLD_S: Final = 60.0
_MOST_ANSWER_BYTES: Final = 2_000_000

_REASONS: Final[Mapping[int, int]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: 0x87,
        HTTPStatus.FORBIDDEN: 0x87,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: 0x95,
        HTTPStatus.UNPROCESSABLE_ENTITY: 0x99,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: 0x99,
        HTTPStatus.TOO_MANY_REQUESTS: 0x97,
        HTTPStatus.SERVICE_UNAVAILABLE: 0x88,
    }
)
"""What a refusal is called in MQTT 5, so that delivery knows one set of reasons."""
_UNSPECIFIED: Final = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """How the service is reached; a CA file is trusted instead of the system's. Times are real seconds.

    `token` is asked for each time the service is reached for: another comes with each certificate.
    """

    url: str
    token: Callable[[], str] = field(repr=False)
    ca_file: Path | None = None
    connect_s: float = 10.0
    answer_s: float = 30.0
    ask_every_s: float = 10.0
    heads_every_s: float = 60.0
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0


class HttpUplink:
    """`edge.sending.uplink.Uplink` over one service's HTTP, for the gateway whose token is sent along."""

    def __init__(
        self,
        options: HttpOptions,
        *,
        random: Random | None = None,
        mark: Callable[[], None] = lambda: None,
        witnessed: Callable[[], Witnessed | None] = lambda: None,
    ) -> None:
        """`mark` is called every few seconds while it moves; `witnessed` is what is kept of the ledger here.

        Raises
        ------
        ConfigurationError
            The CA file cannot be used.
        """
        self._options = options
        self._random = random or SystemRandom()
        self._mark = mark
        self._witnessed = witnessed
        self._next_head_s = time.monotonic()
        self._tls = tls_context(options.ca_file, None, None)
        self._counters: Counter[str] = Counter()
        self._link: _Link | None = None

    async def run(self, on_event: Callable[[LinkEvent], None]) -> None:
        """Keep the link up until cancelled, pausing longer after each that failed."""
        import httpx  # noqa: PLC0415 - a gateway whose broker is there never needs it

        backoff = Backoff(
            first_s=self._options.first_pause_s, longest_s=self._options.longest_pause_s, random=self._random
        )
        while True:
            began_s = time.monotonic()
            self._mark()
            try:
                token = await asyncio.to_thread(self._options.token)
                async with httpx.AsyncClient(
                    base_url=self._options.url,
                    headers={"Authorization": f"Bearer {token}"},
                    verify=self._tls or ssl.create_default_context(),
                    timeout=httpx.Timeout(self._options.answer_s, connect=self._options.connect_s),
                    limits=httpx.Limits(keepalive_expiry=4 * self._options.ask_every_s),
                    trust_env=False,
                    follow_redirects=False,
                ) as client:
                    reason = await self._live(client, on_event)
            except ConfigurationError as error:  # the token's file is away, or is being replaced
                reason = str(error)
            if time.monotonic() - began_s >= _STEADY_S:
                backoff.reset()
            pause_s = backoff.next_s()
            _log.warning("http.no_link", url=self._options.url, reason=reason, next_try_s=round(pause_s, 1))
            await asyncio.sleep(pause_s)

    def send(self, payload: bytes, *, ticket: int) -> None:
        """Post one batch.

        Raises
        ------
        DeliveryError
            The service was not reached, or not again.
        """
        if self._link is None:
            raise DeliveryError("the service is not reached: the batch stays in the outbox until it is")
        self._link.send(payload, ticket)

    def restart(self, reason: str) -> None:
        """Give up what is under way, and reach for the service again."""
        if self._link is not None:
            self._link.end(reason)

    @property
    def counters(self) -> Mapping[str, int]:
        """What happened since the start, by event name."""
        return dict(self._counters)

    async def _live(self, client: "httpx.AsyncClient", on_event: Callable[[LinkEvent], None]) -> str:
        """Live through one stretch of reaching the service; return why it ended."""
        link = _Link(client, self._counters, on_event)
        try:
            if await link.ask():
                self._counters["http.connected"] += 1
                _log.info("http.connected", url=self._options.url)
                self._link = link
                on_event(LinkUp(max_payload_bytes=MAX_BATCH_BYTES))
                await self._watch(link)
            else:
                self._counters["http.connect_failed"] += 1
        finally:
            was_up, self._link = self._link is not None, None
            await link.close()
        if was_up:
            self._counters["http.disconnected"] += 1
            on_event(LinkDown(reason=link.reason))
        return link.reason

    async def _watch(self, link: "_Link") -> None:
        """Ask now and then what is wanted, and for heads to witness; return when the link has ended."""
        next_s = time.monotonic() + self._options.ask_every_s
        while not link.ended.is_set():
            self._mark()
            if time.monotonic() >= next_s:
                await link.ask()
                next_s = time.monotonic() + self._options.ask_every_s
            if time.monotonic() >= self._next_head_s:
                self._next_head_s = time.monotonic() + self._options.heads_every_s
                await link.ask_for_head(self._witnessed())
            with suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_S):
                    await link.ended.wait()


class _Link:
    """One stretch of reaching the service: its requests under way, until one of them fails."""

    def __init__(
        self, client: "httpx.AsyncClient", counters: Counter[str], on_event: Callable[[LinkEvent], None]
    ) -> None:
        self._client = client
        self._counters = counters
        self._on_event = on_event
        self._under_way: set[asyncio.Task[None]] = set()
        self._scopes: set[anyio.CancelScope] = set()
        self.ended = asyncio.Event()
        self.reason = ""

    def send(self, payload: bytes, ticket: int) -> None:
        """Post a batch beside the others."""
        if self.ended.is_set():
            raise DeliveryError("the service is not reached any more: the batch stays in the outbox")
        task = asyncio.create_task(self._post(payload, ticket), name="http-batch")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def end(self, reason: str) -> None:
        """Take the link for ended; nothing is heard from it any more."""
        if not self.ended.is_set():
            self.reason = reason
            self.ended.set()
            for scope in tuple(self._scopes):
                scope.cancel()

    async def close(self) -> None:
        """End what is under way."""
        self.end("closed")
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def ask(self) -> bool:
        """Ask what is wanted of this gateway, hand it on, and tell whether the service knows it."""
        status, content, headers = await self._request("GET", COMMANDS)
        if status == HTTPStatus.OK:
            self._hand_on(content)
            self._hear_liveness(headers.get(LIVENESS_HEADER))
        elif status:
            self._counters["http.refused"] += 1
            self.end(f"the service answers {status}: check http.url, and the token with `gateway list` there")
        return status == HTTPStatus.OK

    async def ask_for_head(self, kept: Witnessed | None) -> None:
        """Ask for the newest head of the ledger, with the proof from the one kept; there may be none."""
        said = {} if kept is None else msgspec.to_builtins(kept)
        status, content, headers = await self._request("GET", LEDGER, query=said)
        if status == HTTPStatus.OK:
            self._on_event(HeadArrived(payload=content, content_type=headers.get("content-type")))
        elif status and status != HTTPStatus.NO_CONTENT:
            self._counters[f"http.ledger_{status}"] += 1
            _log.warning("http.no_head", status=status)

    def _hand_on(self, content: bytes) -> None:
        try:
            commands = decode_commands(content)
        except EnvelopeError as error:
            self._counters["http.commands_unreadable"] += 1
            _log.warning("http.commands_unreadable", error=str(error))
            return
        for command in commands:
            self._on_event(CommandArrived(payload=command, content_type=str(ContentType.MSGPACK)))

    def _hear_liveness(self, header: str | None) -> None:
        said = liveness_of_header(header)
        if said is not None:
            kind = ContentType.MSGPACK
            self._on_event(LivenessArrived(payload=encode_liveness(said, kind), content_type=str(kind)))

    async def _post(self, payload: bytes, ticket: int) -> None:
        status, content, headers = await self._request("POST", BATCHES, payload)
        if not status:
            return
        if status == HTTPStatus.OK:
            self._on_event(Received(ticket=ticket, reason_code=RECEIVED))
            self._on_event(AckArrived(payload=content, content_type=headers.get("content-type")))
            return
        self._counters[f"http.status_{status}"] += 1
        _log.warning("http.batch_refused", status=status, answer=content[:300].decode(errors="replace"))
        self._on_event(
            Received(
                ticket=ticket,
                reason_code=_REASONS.get(status, _UNSPECIFIED),
                hold_s=_hold_s(headers.get("retry-after")),
            )
        )

    async def _request(
        self,
        method: str,
        path: str,
        payload: bytes | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> "_Answer":
        """Return status, content and headers; status 0: it failed, and with it the link."""
        import httpx  # noqa: PLC0415 - as above

        headers = {} if payload is None else {"Content-Type": str(ContentType.MSGPACK)}
        with self._ended_together():
            try:
                async with self._client.stream(
                    method, path, content=payload, headers=headers, params=query
                ) as answer:
                    content = b""
                    async for chunk in answer.aiter_bytes():
                        content += chunk
                        if len(content) > _MOST_ANSWER_BYTES:
                            self.end(
                                "the answer is larger than any of ours: check that http.url is the service"
                            )
                            return _NO_ANSWER
                    return answer.status_code, content, answer.headers
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                self._counters["http.failed"] += 1
                said = str(error) or type(error).__name__
                self.end(f"{said}: check http.url, ca_file, the network and that the service runs")
        return _NO_ANSWER

    @contextmanager
    def _ended_together(self) -> Iterator[None]:
        """Break off a request with the link, as httpx can bear it: cancelled tasks leave sockets open."""
        import anyio  # noqa: PLC0415 - as above

        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            if self.ended.is_set():
                scope.cancel()
            try:
                yield
            finally:
                self._scopes.discard(scope)


_Answer = tuple[int, bytes, Mapping[str, str]]
_NO_ANSWER: Final[_Answer] = (0, b"", {})


def _hold_s(retry_after: str | None) -> float:
    """Return how long the service asks not to be troubled, within reason."""
    return min(float(retry_after), _LONGEST_HOLD_S) if retry_after and retry_after.isdecimal() else 0.0
