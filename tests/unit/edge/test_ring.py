"""The ring gives back what it was given: in its bounds, after kills, damage, full disks, clock jumps."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.outbox import Timekeeper
from edge.ring import RingLimits, WaveformRing
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_records import DEVICE
from vitals.errors import StorageError
from vitals.records import Waveform

PLENTY = 1 << 40
SMALL = RingLimits(hours=1.0, max_bytes=64 << 10, keep_free_bytes=1_000, write_every_s=10.0)


def strip(
    t0_ms: int, *, kind: str = "ecg", device: str = DEVICE, lead: str = "", rate_hz: int = 100
) -> Waveform:
    samples = (t0_ms % 30_000).to_bytes(2, "little") * rate_hz
    return Waveform(
        device=device, kind=kind, t0_ms=t0_ms, rate_hz=rate_hz, samples=samples, scale=0.001, lead=lead
    )


@dataclass(slots=True, kw_only=True)
class Bench:
    """A ring in a folder, and the clock and disk it stands on."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    boot_id: str = "boot-1"
    is_synced: bool = True
    free_bytes: int = PLENTY
    limits: RingLimits = SMALL

    def open(self) -> WaveformRing:
        keeper = Timekeeper(clock=self.clock, boot_id=self.boot_id, is_synced=lambda: self.is_synced)
        return WaveformRing.open(
            self.folder, timekeeper=keeper, limits=self.limits, free_bytes=lambda _: self.free_bytes
        )

    def record(self, ring: WaveformRing, seconds: int) -> list[Waveform]:
        """Let a device stream for so long, a strip a second."""
        kept = []
        for _ in range(seconds):
            kept.append(strip(self.clock.wall_ms()))
            ring.keep(kept[-1:])
            self.clock.advance(1)
        return kept

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(folder=tmp_path / "ring")


def everything(ring: WaveformRing, kind: str | None = "ecg") -> list[Waveform]:
    return ring.read(DEVICE, kind, 0, 1 << 44)


def test_what_was_kept_is_read_back_from_memory_and_from_disk_alike(bench: Bench) -> None:
    ring = bench.open()
    kept = bench.record(ring, 35)
    assert ring.counters["ring.chunks"] == 3
    assert everything(ring) == kept


def test_a_range_holds_the_strips_that_overlap_it_and_no_others(bench: Bench) -> None:
    ring = bench.open()
    kept = bench.record(ring, 30)
    first_ms = kept[0].t0_ms
    found = ring.read(DEVICE, "ecg", first_ms + 5_500, first_ms + 8_000)
    assert found == kept[5:8]
    assert ring.read(DEVICE, "ppg", 0, 1 << 44) == ring.read("c0-99", "ecg", 0, 1 << 44) == []


def test_kinds_and_leads_are_kept_apart(bench: Bench) -> None:
    ring, t0_ms = bench.open(), bench.clock.wall_ms()
    given = [strip(t0_ms, kind="ppg"), *(strip(t0_ms, kind="acceleration", lead=lead) for lead in "xyz")]
    ring.keep(given)
    assert everything(ring, "ppg") == given[:1]
    assert everything(ring, "acceleration") == given[1:]
    assert len(everything(ring, None)) == 4


def test_writes_are_few_and_large(bench: Bench) -> None:
    ring = bench.open()
    bench.record(ring, 100)
    assert ring.counters["ring.chunks"] == 9


def test_a_stop_writes_what_gathered_and_the_next_start_has_it(bench: Bench) -> None:
    ring = bench.open()
    kept = bench.record(ring, 15)
    ring.flush()
    assert everything(bench.open()) == kept


def test_a_kill_loses_only_what_had_gathered_since_the_last_write(bench: Bench) -> None:
    kept = bench.record(bench.open(), 25)
    assert everything(bench.open()) == kept[:22]


def test_a_new_process_begins_a_file_of_its_own(bench: Bench) -> None:
    for _ in range(2):
        ring = bench.open()
        bench.record(ring, 12)
        ring.flush()
    assert [file.name for file in bench.files] == ["0000000001.ring", "0000000002.ring"]


@pytest.mark.parametrize("cut_bytes", [1, 700, 2_000])
def test_a_torn_tail_costs_its_chunk_alone(bench: Bench, cut_bytes: int) -> None:
    ring = bench.open()
    kept = bench.record(ring, 25)
    ring.flush()
    (file,) = bench.files
    file.write_bytes(file.read_bytes()[:-cut_bytes])
    again = bench.open()
    assert everything(again) in (kept[:22], kept[:11])
    assert again.counters["ring.damaged"] >= 1


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_a_flipped_bit_costs_at_most_its_chunk_and_never_yields_other_samples(
    tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    bench = Bench(folder=tmp_path_factory.mktemp("ring"))
    ring = bench.open()
    kept = bench.record(ring, 33)
    ring.flush()
    (file,) = bench.files
    raw = bytearray(file.read_bytes())
    raw[int(place * len(raw))] ^= 1 << bit
    file.write_bytes(raw)
    again = bench.open()
    found = everything(again)
    assert [one for one in kept if one in found] == found
    assert len(found) >= 22
    assert again.counters["ring.damaged"] >= 1


def test_a_file_of_something_else_is_left_alone(bench: Bench) -> None:
    bench.folder.mkdir()
    (bench.folder / "notes.txt").write_text("mine")
    (bench.folder / "0000000007.ring").write_bytes(b"not a chunk at all" * 50)
    ring = bench.open()
    kept = bench.record(ring, 12)
    assert everything(ring) == kept
    assert (bench.folder / "notes.txt").read_text() == "mine"
    assert "0000000007.ring" not in [file.name for file in bench.files]  # it held nothing: the first to go


def test_the_ring_never_takes_more_than_its_bytes_and_the_oldest_go_first(bench: Bench) -> None:
    ring = bench.open()
    kept = bench.record(ring, 900)
    ring.flush()
    assert sum(file.stat().st_size for file in bench.files) == ring.size_bytes <= SMALL.max_bytes
    found = everything(ring)
    assert found == kept[-len(found) :]
    assert len(found) > 100


def test_what_is_older_than_the_hours_goes(bench: Bench) -> None:
    bench.limits = RingLimits(hours=1.0, max_bytes=8 << 20, keep_free_bytes=0, write_every_s=10.0)
    ring = bench.open()
    bench.record(ring, 12)
    ring.flush()
    bench.clock.advance(3_700)
    later = bench.record(ring, 12)
    assert everything(ring) == later


def test_a_clock_that_jumps_ten_years_ages_nothing(bench: Bench) -> None:
    ring = bench.open()
    bench.is_synced = False
    kept = bench.record(ring, 12)
    bench.clock.jump_wall(10 * 365 * 86_400)
    bench.record(ring, 30)
    found = everything(ring)
    assert len(found) == 42
    assert found[0].samples == kept[0].samples


def test_hours_are_kept_across_a_boot_by_a_clock_that_ntp_holds(bench: Bench) -> None:
    ring = bench.open()
    bench.record(ring, 12)
    ring.flush()
    bench.boot_id, bench.clock.monotonic = "boot-2", 5.0
    bench.clock.jump_wall(7_200)
    again = bench.open()
    later = bench.record(again, 12)
    assert everything(again) == later


def test_times_of_a_wrong_clock_are_put_right_once_ntp_has_answered(bench: Bench) -> None:
    bench.is_synced = False
    right_ms = bench.clock.wall_ms()
    bench.clock.jump_wall(-50 * 365 * 86_400)
    ring = bench.open()
    wrong = bench.record(ring, 15)
    bench.clock.jump_wall(50 * 365 * 86_400)
    bench.is_synced = True
    ring.keep([])
    found = ring.read(DEVICE, "ecg", right_ms, right_ms + 15_000)
    assert [one.t0_ms for one in found] == [right_ms + 1_000 * second for second in range(15)]
    assert [one.samples for one in found] == [one.samples for one in wrong]


def test_a_wrong_clock_of_an_earlier_boot_is_not_guessed_at(bench: Bench) -> None:
    bench.is_synced = False
    ring = bench.open()
    kept = bench.record(ring, 12)
    ring.flush()
    bench.boot_id = "boot-2"
    assert everything(bench.open()) == kept  # this boot knows no better
    bench.is_synced = True
    assert everything(bench.open()) == []


def test_a_disk_that_others_need_is_left_to_them(bench: Bench) -> None:
    ring = bench.open()
    bench.record(ring, 300)
    bench.free_bytes = 0
    bench.record(ring, 15)
    assert bench.files == []
    assert ring.counters["ring.write_failed"] >= 1
    bench.free_bytes = PLENTY
    later = bench.record(ring, 15)
    assert everything(ring)[-15:] == later


def test_what_a_disk_refuses_waits_in_memory_within_bounds_and_the_loss_is_counted(bench: Bench) -> None:
    bench.free_bytes = 0
    ring = bench.open()
    ring.keep(strip(second * 1_000, rate_hz=10_000) for second in range(300))
    found = everything(ring)
    assert len(found) + ring.counters["ring.strips_lost"] == 300
    assert 150 < len(found) < 250
    assert found[-1].t0_ms == 299_000


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="let the gateway's user write there"):
        Bench(folder=tmp_path / "file" / "ring").open()


def test_a_card_that_is_pulled_out_stops_nothing(bench: Bench) -> None:
    ring = bench.open()
    bench.folder.rmdir()
    kept = bench.record(ring, 25)
    assert ring.counters["ring.write_failed"] >= 1
    assert everything(ring) == kept


def test_what_is_to_be_forgotten_goes_from_memory_and_from_disk_and_the_rest_stays(bench: Bench) -> None:
    ring = bench.open()
    theirs = bench.record(ring, 35)
    others = [strip(one.t0_ms, device="another-strap") for one in theirs]
    ring.keep(others)
    ring.flush()
    ring.keep([strip(theirs[-1].t0_ms + 1_000)])
    assert ring.forget(DEVICE, theirs[10].t0_ms, 1 << 44) == 26
    assert everything(ring) == theirs[:10]
    assert ring.read("another-strap", None, 0, 1 << 44) == others
    assert ring.forget(DEVICE, theirs[10].t0_ms, 1 << 44) == 0
    again = bench.open()
    assert everything(again) == theirs[:10]
    assert again.read("another-strap", None, 0, 1 << 44) == others


def test_bytes_of_what_was_forgotten_are_in_no_file(bench: Bench) -> None:
    ring = bench.open()
    (one, *_) = bench.record(ring, 35)
    ring.flush()
    assert any(one.samples in each.read_bytes() for each in bench.files)
    links = [bench.folder.parent / f"{number}.link" for number, _ in enumerate(bench.files)]
    for link, each in zip(links, bench.files, strict=True):
        link.hardlink_to(each)  # as who reads the disk itself would find what no name leads to
    ring.forget(DEVICE, 0, 1 << 44)
    assert not any(one.samples in each.read_bytes() for each in bench.files)
    assert [set(link.read_bytes()) for link in links] == [{0}] * len(links)
    bench.record(ring, 35)
    assert len(everything(ring)) == 35
