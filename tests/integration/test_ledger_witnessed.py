"""Over a real broker a gateway keeps heads as the ledger grows, and the service hears when it refuses one."""

import asyncio
import time
from pathlib import Path

from cloud.config import MqttSettings
from cloud.ingest.head_channel import MqttHeadChannel
from cloud.ingest.inbox import Inbox
from cloud.ingest.presence import GatewayPresence
from cloud.ingest.subscriber import MqttSubscriber
from cloud.liveness.head_teller import HeadTeller
from cloud.ports import SERVICE, Deed, LedgerNote
from edge.adapters.ledger_witness import LedgerWitness
from edge.adapters.mqtt import MqttUplink
from edge.adapters.mqtt_connection import MqttOptions
from edge.alarms.ledger_watch import LedgerWatch
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.counters import Counters
from edge.sending.uplink import HeadArrived, LinkEvent
from tests.fakes.broker_process import Mosquitto
from tests.fakes.gateway_delivery import GATEWAY, until
from tests.fakes.ledger_book import FakeLedgerBook, desk_over
from tests.fakes.signed_ledger import KEY
from vitals.clock import ScaledClock


def grow(book: FakeLedgerBook, deed: Deed, by: int) -> None:
    book.ledger.append_all([LedgerNote(t_ms=1, deed=deed, actor=SERVICE)] * by)
    desk_over(book).signer.head()


async def test_a_gateway_witnesses_and_the_service_hears_of_a_fork(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    honest, forked = FakeLedgerBook(), FakeLedgerBook()
    grow(honest, Deed.ERASED, 20)
    presence, later_s = GatewayPresence(), [0.0]
    subscriber = MqttSubscriber(
        MqttSettings(port=broker.port), inbox=Inbox(), presence=presence, clock=ScaledClock()
    )
    teller = HeadTeller(
        witnessed=presence.witnessed,
        book=honest,
        public_key=lambda: KEY.public_key().public_bytes_raw().hex(),
        channel=MqttHeadChannel(subscriber.client),
        monotonic_s=lambda: time.monotonic() + later_s[0],
        wall_ms=lambda: 7,
    )
    alarms = LocalAlarms()
    witness = LedgerWitness(
        folder=tmp_path, watch=LedgerWatch(alarms=alarms), counters=Counters(), clock=ScaledClock()
    )

    def on_event(event: LinkEvent) -> None:
        if isinstance(event, HeadArrived):
            witness.hear(event.payload, event.content_type)

    options = MqttOptions(host="127.0.0.1", port=broker.port, first_pause_s=0.1, heartbeat_s=0.3)
    uplink = MqttUplink(GATEWAY, options, ScaledClock(), witnessed=witness.watch.said)

    async def heard(size: int, *verdicts: str) -> None:
        """Wait until the service hears what is kept and thought; a minute passes for it each time."""

        async def goes_on() -> bool:
            later_s[0] += 61.0
            await asyncio.to_thread(teller.step)
            await asyncio.sleep(0.2)
            await witness.step()
            return any(word.size == size and word.verdict in verdicts for word in teller.book.words())

        deadline_s = time.monotonic() + 60
        while not await goes_on():
            assert time.monotonic() < deadline_s, f"nobody heard {verdicts}"

    subscriber.start()
    running = asyncio.create_task(uplink.run(on_event))
    try:
        await until(lambda: GATEWAY in presence.witnessed())
        await heard(20, "first", "same")
        grow(honest, Deed.ERASED, 13)
        await heard(33, "grown", "same")
        grow(forked, Deed.EXPORTED, 40)
        teller.book = forked
        await heard(33, "rewritten")
        assert AlarmKey.LEDGER_CHANGED in alarms.standing
        assert witness.watch.kept == honest.signed[-1]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.to_thread(subscriber.stop)
        broker.kill()
