"""The uplink over MQTT 5: QoS 1 up, the cloud's acknowledgements down, presence retained.

paho's client lives for one connection only. Its memory of unanswered messages goes with it, so that
nothing said on one connection can be taken for an answer on the next; the outbox remembers instead.
"""

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random, SystemRandom
from typing import Final

import structlog

from edge.adapters.mqtt_connection import Connection, MqttOptions
from edge.adapters.tls import tls_context
from edge.backoff import Backoff
from edge.sending.uplink import LinkDown, LinkEvent, LinkUp
from vitals.clock import Clock
from vitals.errors import ConfigurationError, DeliveryError
from vitals.wire import topics
from vitals.wire.ledger import Witnessed

__all__ = ["MqttUplink"]

_STEADY_S: Final = 30.0  # a connection that stood so long was a good one

_log = structlog.get_logger()


class MqttUplink:
    """`edge.sending.uplink.Uplink` over one MQTT broker, for one gateway."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        gateway_id: str,
        options: MqttOptions,
        clock: Clock,
        *,
        random: Random | None = None,
        mark: Callable[[], None] = lambda: None,
        witnessed: Callable[[], Witnessed | None] = lambda: None,
    ) -> None:
        """`mark` is called every few seconds: while it is, the uplink moves.

        `witnessed` is what this gateway keeps of the ledger; its status says so.
        """
        self._mark = mark
        self._witnessed = witnessed
        self._gateway_id = topics.checked(gateway_id)
        self._options = options
        self._clock = clock
        self._random = random or SystemRandom()
        self._tls = tls_context(options.ca_file, options.cert_file, options.key_file)
        self._counters: Counter[str] = Counter()
        self._connection: Connection | None = None

    async def run(self, on_event: Callable[[LinkEvent], None]) -> None:
        """Keep one connection alive until cancelled, pausing longer after each that failed."""
        backoff = Backoff(
            first_s=self._options.first_pause_s, longest_s=self._options.longest_pause_s, random=self._random
        )
        while True:
            began_s = time.monotonic()
            self._mark()
            reason = await self._live(on_event)
            if time.monotonic() - began_s >= _STEADY_S:
                backoff.reset()
            pause_s = backoff.next_s()
            _log.warning(
                "mqtt.no_link",
                host=self._options.host,
                port=self._options.port,
                reason=reason,
                next_try_s=round(pause_s, 1),
            )
            await asyncio.sleep(pause_s)

    def send(self, payload: bytes, *, ticket: int) -> None:
        """Publish one batch.

        Raises
        ------
        DeliveryError
            There is no connection.
        """
        if self._connection is None:
            raise DeliveryError("no connection to the broker: the batch stays in the outbox until there is")
        self._connection.send(payload, ticket)

    def restart(self, reason: str) -> None:
        """Drop the connection and make another."""
        if self._connection is not None:
            self._connection.end(reason)

    @property
    def counters(self) -> Mapping[str, int]:
        """What happened since the start, by event name."""
        return dict(self._counters)

    def _renewed_tls(self) -> ssl.SSLContext | None:
        """Read the certificate anew, since it may have been renewed; what cannot be read changes nothing."""
        options = self._options
        try:
            return tls_context(options.ca_file, options.cert_file, options.key_file)
        except ConfigurationError as error:
            self._counters["mqtt.certificate_unreadable"] += 1
            _log.warning("mqtt.certificate_unreadable", error=str(error))
            return self._tls

    async def _live(self, on_event: Callable[[LinkEvent], None]) -> str:
        """Live through one connection; return why it ended."""
        self._tls = await asyncio.to_thread(self._renewed_tls)
        connection = Connection(
            self._gateway_id,
            self._options,
            self._clock,
            self._tls,
            self._counters,
            on_event,
            self._mark,
            self._witnessed,
        )
        try:
            max_payload_bytes = await connection.open()
            if max_payload_bytes is None:
                self._counters["mqtt.connect_failed"] += 1
            else:
                self._counters["mqtt.connected"] += 1
                _log.info("mqtt.connected", host=self._options.host, port=self._options.port)
                self._connection = connection
                on_event(LinkUp(max_payload_bytes=max_payload_bytes))
                await connection.watch()
        finally:
            was_up, self._connection = self._connection is not None, None
            await connection.close()
        if was_up:
            self._counters["mqtt.disconnected"] += 1
            on_event(LinkDown(reason=connection.reason))
        return connection.reason
