"""The thread that turns queued deliveries into commits, and commits into acknowledgements."""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from cloud.ingest.service import IngestService
from cloud.ports import AckSender, BatchSource, Delivery
from vitals.errors import StorageError

_MOST_MESSAGES = 64
_MOST_BYTES = 2_000_000
_IDLE_S = 0.5
_FIRST_RETRY_S = 0.2
_LONGEST_RETRY_S = 5.0
_HANGING_S = 30.0  # a commit takes milliseconds

_log = structlog.get_logger(__name__)


class IngestWorker:
    """Takes what waits at its source into one transaction; while the store refuses, tries again.

    What it holds meanwhile is one micro-batch; the rest waits at its bounded source and at the broker.
    """

    def __init__(
        self,
        source: BatchSource,
        service: IngestService,
        acks: AckSender,
        *,
        tend: Callable[[], None] = lambda: None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take `tend` along: it is called between batches."""
        self._source = source
        self._service = service
        self._acks = acks
        self._tend = tend
        self._monotonic_s = monotonic_s
        self._failure: str | None = None
        self._storing_since_s: float | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest-store", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and end; what still waits stays at the broker."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(30)

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        if not self._thread.is_alive():
            return ("ingest: its storing thread has ended; start the service again",)
        if self._failure is not None:
            return (f"ingest: nothing can be stored: {self._failure}",)
        since_s = self._storing_since_s
        waited_s = 0.0 if since_s is None else self._monotonic_s() - since_s
        if waited_s > _HANGING_S:
            return (f"ingest: a commit hangs for {waited_s:.0f} s; see whether disk and database answer",)
        return ()

    def _run(self) -> None:
        while not self._stopping.is_set():
            batch = self._source.take(max_messages=_MOST_MESSAGES, max_bytes=_MOST_BYTES, wait_s=_IDLE_S)
            if batch:
                self._until_stored(batch)
            try:
                self._tend()
            except Exception:  # noqa: BLE001 - it is asked again after the next batch
                _log.exception("ingest.tend_failed")

    def _until_stored(self, batch: Sequence[Delivery]) -> None:
        delay_s = _FIRST_RETRY_S
        while not self._stopping.is_set():
            self._storing_since_s = self._monotonic_s()
            try:
                self._store(batch)
            except StorageError as error:
                _log.error("ingest.store_failed", deliveries=len(batch), error=str(error))
                self._failure = str(error)
            except Exception as error:  # noqa: BLE001 - shown in health and tried again
                _log.exception("ingest.worker_fault")
                self._failure = f"{type(error).__name__}; see the log"
            else:
                self._failure = None
                return
            finally:
                self._storing_since_s = None
            self._stopping.wait(delay_s)
            delay_s = min(2 * delay_s, _LONGEST_RETRY_S)

    def _store(self, batch: Sequence[Delivery]) -> None:
        for one in self._service.ingest(batch):
            (one.reply or self._acks).send(one.gateway, one.ack, one.kind)
        for delivery in batch:
            delivery.acknowledge()
