"""Where records wait, durably, until the cloud says they are stored."""

from edge.outbox.lanes import LANES, Lane
from edge.outbox.queue import Acknowledged, Outbox
from edge.outbox.reckoning import Timekeeper
from edge.outbox.run import ENVELOPE_BYTES, MAX_RUN_BYTES, Run
from edge.outbox.status import EpochStatus, OutboxStatus, read_gone, read_held, read_status

__all__ = [
    "ENVELOPE_BYTES",
    "LANES",
    "MAX_RUN_BYTES",
    "Acknowledged",
    "EpochStatus",
    "Lane",
    "Outbox",
    "OutboxStatus",
    "Run",
    "Timekeeper",
    "read_gone",
    "read_held",
    "read_status",
]
