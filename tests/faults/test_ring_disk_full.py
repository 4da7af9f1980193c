"""The disk is full: the ring makes room of its own, loses nothing it need not, and stops nobody."""

from edge.outbox import Timekeeper
from edge.ring import RingLimits, WaveformRing
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_records import DEVICE, open_outbox, run
from tests.fakes.small_disk import SmallDisk, small_disk
from vitals.records import Waveform

__all__ = ["small_disk"]

ROOM_BYTES = 640 << 10


def ring_on(disk: SmallDisk, clock: FakeClock, *, keep_free_bytes: int) -> WaveformRing:
    keeper = Timekeeper(clock=clock, boot_id="boot-1", is_synced=lambda: True)
    limits = RingLimits(max_bytes=2 << 20, keep_free_bytes=keep_free_bytes, write_every_s=10.0)
    return WaveformRing.open(disk.folder / "ring", timekeeper=keeper, limits=limits)


def record(ring: WaveformRing, clock: FakeClock, seconds: int) -> list[Waveform]:
    kept = []
    for _ in range(seconds):
        t0_ms = clock.wall_ms()
        samples = (t0_ms // 1_000 % 30_000).to_bytes(2, "little") * 2_000
        kept.append(
            Waveform(device=DEVICE, kind="ecg", t0_ms=t0_ms, rate_hz=2_000.0, samples=samples, scale=0.001)
        )
        ring.keep(kept[-1:])
        clock.advance(1)
    return kept


def everything(ring: WaveformRing) -> list[Waveform]:
    return ring.read(DEVICE, "ecg", 0, 1 << 44)


def test_a_ring_that_may_grow_beyond_its_disk_keeps_the_newest_that_fit(small_disk: SmallDisk) -> None:
    clock = FakeClock()
    ring = ring_on(small_disk, clock, keep_free_bytes=0)
    kept = record(ring, clock, 600)
    found = everything(ring)
    assert len(found) > 100
    assert [one for one in kept if one in found] == found
    small_disk.grow()
    later = record(ring, clock, 30)
    assert everything(ring)[-30:] == later
    again = ring_on(small_disk, clock, keep_free_bytes=0)
    assert len(everything(again)) >= len(found)


def test_what_the_outbox_needs_is_left_to_it(small_disk: SmallDisk) -> None:
    clock = FakeClock()
    outbox = open_outbox(small_disk.folder / "outbox.db")
    outbox.append([run(0)])
    ring = ring_on(small_disk, clock, keep_free_bytes=ROOM_BYTES)
    record(ring, clock, 600)
    for number in range(10):
        outbox.append([run(number)])
    assert outbox.status().records == 11
    outbox.close()
