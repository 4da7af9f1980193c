"""Ingest as one thing to start, stop and ask: subscriber, HTTP desk, inbox, worker and presence together."""

from collections.abc import Callable
from dataclasses import dataclass

from cloud.config import MqttSettings
from cloud.gateways.standing import Standing
from cloud.gateways.twins import TwinWatch
from cloud.ingest.acknowledge import MqttAckSender
from cloud.ingest.batch_desk import BatchDesk
from cloud.ingest.command_channel import MqttCommandChannel
from cloud.ingest.head_channel import MqttHeadChannel
from cloud.ingest.inbox import Inbox
from cloud.ingest.liveness_channel import MqttLivenessChannel
from cloud.ingest.presence import GatewayPresence
from cloud.ingest.service import IngestService, IngestStats
from cloud.ingest.subscriber import MqttSubscriber, SubscriberCounts
from cloud.ingest.worker import IngestWorker
from cloud.ports import AnswerBook, DeviceRegistry, IdentifiedRecord, RecordStore
from vitals.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestHealth:
    """Whether gateways' records are being stored, and if not, why."""

    healthy: bool
    troubles: tuple[str, ...]
    waiting: int
    stats: IngestStats
    broker: SubscriberCounts


class Ingest:
    """Everything between the broker and the store."""

    def __init__(  # noqa: PLR0913 - the ports it stands on
        self,
        settings: MqttSettings,
        *,
        store: RecordStore,
        devices: DeviceRegistry,
        answers: AnswerBook,
        clock: Clock,
        on_committed: Callable[[list[IdentifiedRecord]], None] = lambda _: None,
        inbox: Inbox | None = None,
        standing: Standing | None = None,
        twins: TwinWatch | None = None,
    ) -> None:
        """Put the parts together; nothing runs before `start`."""
        self.presence = GatewayPresence()
        self._inbox = Inbox() if inbox is None else inbox
        self.batches = BatchDesk(inbox=self._inbox, clock=clock)
        self._service = IngestService(
            store=store,
            devices=devices,
            answers=answers,
            standing=standing,
            twins=twins,
            on_committed=on_committed,
        )
        self._subscriber = MqttSubscriber(settings, inbox=self._inbox, presence=self.presence, clock=clock)
        acks = MqttAckSender(self._subscriber.client)
        self.commands = MqttCommandChannel(self._subscriber.client)
        self.liveness = MqttLivenessChannel(self._subscriber.client)
        self.heads = MqttHeadChannel(self._subscriber.client)
        self._worker = IngestWorker(self._inbox, self._service, acks, tend=self._subscriber.tend)

    def start(self) -> None:
        """Begin to take in what gateways publish."""
        self._worker.start()
        self._subscriber.start()

    def stop(self) -> None:
        """Finish the commit at hand and let go of the broker; the session stays there."""
        self._worker.stop()
        self._subscriber.stop()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return (*self._subscriber.troubles(), *self._worker.troubles())

    def health(self) -> IngestHealth:
        """Return how it is."""
        troubles = self.troubles()
        return IngestHealth(
            healthy=not troubles,
            troubles=troubles,
            waiting=len(self._inbox),
            stats=self._service.stats,
            broker=self._subscriber.counts,
        )
