"""How the running gateway is, in a small file for whoever asks beside it: never a value of a wearer."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from edge.now import Now
from vitals.errors import StorageError
from vitals.records import LinkState
from vitals.wire.ledger import Witnessed

__all__ = ["FRESH_S", "AlarmLine", "GatewayState", "StateFile", "WearableLine"]

FRESH_S = 30.0
"""A state older than this is that of a gateway which no longer runs, or stands still."""


class AlarmLine(Struct, frozen=True, kw_only=True):
    """One alarm that stands."""

    key: str
    title: str
    priority: str
    since_ms: int
    device: str | None = None
    seen_to: bool = False


class WearableLine(Struct, frozen=True, kw_only=True):
    """One wearable; `heard_ms` is when its newest value was true."""

    device: str
    name: str
    link: LinkState | None = None
    battery_percent: int | None = None
    heard_ms: int | None = None


class GatewayState(Struct, frozen=True, kw_only=True):
    """How a gateway was at `written_s`, by the system's own wall clock; `t_ms` is by the gateway's."""

    gateway_id: str
    pid: int
    written_s: float
    t_ms: int
    uptime_s: int
    is_link_up: bool
    way: str | None = None
    heard_s_ago: float | None
    waiting_records: int
    clock_synced: bool | None
    ledger: Witnessed | None = None
    alarms: list[AlarmLine] = []
    wearables: list[WearableLine] = []

    @classmethod
    def of(cls, now: Now) -> Self:
        """Return what of a moment may stand in a file."""
        return cls(
            gateway_id=now.gateway_id,
            pid=os.getpid(),
            written_s=time.time(),
            t_ms=now.t_ms,
            uptime_s=now.uptime_s,
            is_link_up=now.is_link_up,
            way=now.way,
            heard_s_ago=now.heard_s_ago,
            waiting_records=now.backlog.records,
            clock_synced=now.reading.clock_synced,
            ledger=now.ledger,
            alarms=[
                AlarmLine(
                    key=alarm.key,
                    title=alarm.title,
                    priority=alarm.priority,
                    since_ms=alarm.since_ms,
                    device=alarm.device,
                    seen_to=alarm.is_acknowledged,
                )
                for alarm in now.alarms
            ],
            wearables=[
                WearableLine(
                    device=wearable.device,
                    name=now.name_of(wearable.device),
                    link=wearable.report.link if wearable.report else None,
                    battery_percent=wearable.report.battery_percent if wearable.report else None,
                    heard_ms=wearable.heard_ms,
                )
                for wearable in now.wearables
            ],
        )

    @property
    def is_of_now(self) -> bool:
        """Whether its gateway still runs, and moves."""
        return abs(time.time() - self.written_s) <= FRESH_S and Path(f"/proc/{self.pid}").exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFile:
    """Replaced whole each time; a power cut may take it, and nothing is lost with it."""

    path: Path

    def write(self, state: GatewayState) -> None:
        """Replace it.

        Raises
        ------
        StorageError
            The disk refuses.
        """
        fresh = self.path.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(state))
            fresh.replace(self.path)
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be written ({error}): let the gateway's user write there"
            ) from error

    def read(self) -> GatewayState | None:
        """Return the last state; `None` if there is none, or none that makes sense."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=GatewayState)
        except (OSError, msgspec.MsgspecError):
            return None

    def read_running(self) -> GatewayState | None:
        """Return the state of a gateway that runs now, or `None`."""
        state = self.read()
        return state if state is not None and state.is_of_now else None
