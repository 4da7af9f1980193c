"""What a gateway keeps on its disk, opened by its settings."""

import secrets
from typing import Final

from edge.config import EdgeSettings
from edge.judging.roster import ROSTER
from edge.outbox import LANES, Lane, Outbox, OutboxStatus, Timekeeper
from edge.ports import Backlog, LaneBacklog
from edge.remote.releases import Releases
from edge.remote.waveform_keeper import AroundEvents, WaveformKeeper
from edge.ring import RingLimits, WaveformRing

__all__ = ["backlog_of", "open_outbox", "open_releases", "open_ring", "waveform_keeper"]

_EPOCH_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def open_outbox(settings: EdgeSettings, timekeeper: Timekeeper) -> Outbox:
    """Open where records wait to be acknowledged."""
    return Outbox.open(
        settings.outbox_file,
        timekeeper=timekeeper,
        new_epoch=_new_epoch,
        max_bytes=settings.outbox.max_bytes,
    )


def backlog_of(outbox: Outbox) -> Backlog:
    """Return what waits in an outbox."""
    status, counters = outbox.status(), outbox.counters
    return Backlog(
        records=status.records,
        size_bytes=status.bytes,
        oldest_unsent_ms=status.oldest_ms,
        acknowledged=status.acknowledged,
        given_up=counters.get("outbox.refused", 0) + counters.get("outbox.given_way", 0),
        lanes=tuple(_lane_backlog(status, lane) for lane in LANES),
    )


def _lane_backlog(status: OutboxStatus, lane: Lane) -> LaneBacklog:
    epochs = [epoch for epoch in status.epochs if epoch.lane is lane]
    oldest = (epoch.oldest_ms for epoch in epochs if epoch.oldest_ms is not None)
    return LaneBacklog(
        lane=lane,
        records=sum(epoch.held for epoch in epochs),
        size_bytes=sum(epoch.held_bytes for epoch in epochs),
        oldest_ms=min(oldest, default=None),
    )


def open_ring(settings: EdgeSettings, timekeeper: Timekeeper) -> WaveformRing:
    """Open where raw waveforms are kept for a while, sent or not."""
    row = settings.ring
    limits = RingLimits(
        hours=row.hours,
        max_bytes=row.max_bytes,
        keep_free_bytes=row.keep_free_bytes,
        write_every_s=row.write_every_s,
    )
    return WaveformRing.open(settings.data_dir / "ring", timekeeper=timekeeper, limits=limits)


def waveform_keeper(settings: EdgeSettings, outbox: Outbox, ring: WaveformRing) -> WaveformKeeper:
    """Return who decides which waveforms are sent and which are only kept."""
    row = settings.ring
    around = AroundEvents(before_s=row.before_event_s, after_s=row.after_event_s)
    return WaveformKeeper(
        outbox,
        ring,
        around=around,
        sends_all=settings.waveforms == "all",
        remembered=settings.data_dir / "event-stretches.json",
        pressure=lambda: outbox.pressure,
    )


def open_releases(settings: EdgeSettings) -> Releases:
    """Open what was released to this gateway: settings and models, and whom it takes them from."""
    return Releases.open(settings.data_dir, pinned=settings.trust.release_keys, models=ROSTER)


def _new_epoch(lane: str) -> str:
    return "".join(secrets.choice(_EPOCH_ALPHABET) for _ in range(8)) + f"-{lane}"
