"""Every strip is kept; what surrounds an event is sent, whatever else is not, and nothing goes twice."""

from pathlib import Path

import pytest

from edge.outbox import Timekeeper
from edge.ports import Pressure
from edge.remote.waveform_keeper import AroundEvents, Stretch, WaveformKeeper
from edge.ring import RingLimits, WaveformRing
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_records import DEVICE, run
from tests.fakes.record_sink import FakeRecordSink
from vitals.errors import StorageError, ValidationError
from vitals.records import AnyRecord, Gap, GapReason, HealthEvent, ObservationRun, Phase, Waveform

AROUND = AroundEvents(before_s=30.0, after_s=30.0)
BEGAN_MS = 1_700_000_000_000


def strip(second: int, *, device: str = DEVICE, kind: str = "ecg") -> Waveform:
    return Waveform(
        device=device,
        kind=kind,
        t0_ms=BEGAN_MS + 1_000 * second,
        rate_hz=50.0,
        samples=second.to_bytes(2, "little", signed=True) * 50,
        scale=0.001,
    )


def event(second: int, *, noticed: int | None = None, phase: Phase = Phase.ONSET) -> HealthEvent:
    return HealthEvent(
        event_id="episode-1",
        device=DEVICE,
        condition="atrial-fibrillation",
        phase=phase,
        t_ms=BEGAN_MS + 1_000 * second,
        noticed_ms=BEGAN_MS + 1_000 * (second if noticed is None else noticed),
    )


@pytest.fixture
def ring(tmp_path: Path) -> WaveformRing:
    keeper = Timekeeper(clock=FakeClock(), boot_id="boot-1", is_synced=lambda: True)
    return WaveformRing.open(
        tmp_path / "ring", timekeeper=keeper, limits=RingLimits(), free_bytes=lambda _: 1 << 40
    )


@pytest.fixture
def sink() -> FakeRecordSink:
    return FakeRecordSink()


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    return tmp_path / "stretches.json"


@pytest.fixture
def keeper(sink: FakeRecordSink, ring: WaveformRing, remembered: Path) -> WaveformKeeper:
    return WaveformKeeper(sink, ring, around=AROUND, sends_all=False, remembered=remembered)


def seconds(records: list[AnyRecord]) -> list[int]:
    return [(one.t0_ms - BEGAN_MS) // 1_000 for one in records if isinstance(one, Waveform)]


def feed(keeper: WaveformKeeper, first: int, last: int) -> None:
    for second in range(first, last):
        keeper.append([strip(second), run(second)])


def test_all_is_sent_and_all_is_kept_where_that_is_asked_for(
    sink: FakeRecordSink, ring: WaveformRing, remembered: Path
) -> None:
    keeper = WaveformKeeper(sink, ring, around=AROUND, sends_all=True, remembered=remembered)
    keeper.append([strip(0), event(0), run(1)])
    assert sink.records == [strip(0), event(0), run(1)]
    assert ring.read(DEVICE, "ecg", 0, 1 << 44) == [strip(0)]


def test_without_an_event_strips_stay_here_and_everything_else_goes(
    keeper: WaveformKeeper, sink: FakeRecordSink, ring: WaveformRing
) -> None:
    feed(keeper, 0, 100)
    assert sink.records == [run(second) for second in range(100)]
    assert len(ring.read(DEVICE, "ecg", 0, 1 << 44)) == 100


def test_half_a_minute_before_and_after_an_event_is_sent_once_each(
    keeper: WaveformKeeper, sink: FakeRecordSink
) -> None:
    feed(keeper, 0, 100)
    keeper.append([strip(100), event(95, noticed=100)])
    feed(keeper, 101, 200)
    assert sorted(seconds(sink.records)) == list(range(65, 130))
    keeper.append([event(120, phase=Phase.END)])
    sent = seconds(sink.records)
    assert sorted(sent) == list(range(65, 150))
    assert len(sent) == len(set(sent))


def test_every_kind_of_the_events_device_is_sent_and_no_other_device(
    keeper: WaveformKeeper, sink: FakeRecordSink
) -> None:
    keeper.append([strip(0), strip(0, kind="ecg", device="c0-02"), event(0)])
    keeper.append([strip(1), strip(1, device="c0-02")])
    assert [one.device for one in sink.records if isinstance(one, Waveform)] == [DEVICE, DEVICE]


def test_a_refusal_of_the_disk_leaves_everything_to_be_tried_again(
    keeper: WaveformKeeper, sink: FakeRecordSink, ring: WaveformRing
) -> None:
    feed(keeper, 0, 50)
    sink.is_broken = True
    with pytest.raises(StorageError):
        keeper.append([strip(50), event(50)])
    sink.is_broken = False
    keeper.append([strip(50), event(50)])
    assert sorted(seconds(sink.records)) == list(range(20, 51))
    assert len(ring.read(DEVICE, "ecg", 0, 1 << 44)) == 51


def test_a_refused_record_is_still_told_and_the_strips_are_kept(
    keeper: WaveformKeeper, sink: FakeRecordSink, ring: WaveformRing
) -> None:
    sink.refuses_records = True
    with pytest.raises(ValidationError):
        keeper.append([strip(0), event(0)])
    assert ring.read(DEVICE, "ecg", 0, 1 << 44) == [strip(0)]


def test_what_follows_an_event_is_sent_although_the_gateway_restarted(
    keeper: WaveformKeeper, sink: FakeRecordSink, ring: WaveformRing, remembered: Path
) -> None:
    keeper.append([strip(0), event(0)])
    again = WaveformKeeper(sink, ring, around=AROUND, sends_all=False, remembered=remembered)
    feed(again, 5, 60)
    assert seconds(sink.records) == [0, *range(5, 30)]


@pytest.mark.parametrize("content", [b"", b"[{]", b'{"a": 1}'])
def test_a_memory_that_cannot_be_read_is_begun_anew(
    sink: FakeRecordSink, ring: WaveformRing, remembered: Path, content: bytes
) -> None:
    remembered.write_bytes(content)
    keeper = WaveformKeeper(sink, ring, around=AROUND, sends_all=False, remembered=remembered)
    keeper.append([strip(0)])
    assert sink.records == []


def test_an_event_whose_clock_jumped_asks_for_ten_minutes_at_most() -> None:
    stretch = AROUND.stretch(event(0, noticed=10**6))
    assert stretch == Stretch(device=DEVICE, from_ms=BEGAN_MS - 30_000, to_ms=BEGAN_MS + 570_000)


# --- While the outbox is pressed ----------------------------------------------------------------


@pytest.fixture
def level() -> list[Pressure]:
    return [Pressure.NONE]


@pytest.fixture
def generous(
    sink: FakeRecordSink, ring: WaveformRing, remembered: Path, level: list[Pressure]
) -> WaveformKeeper:
    """A keeper that sends everything, while there is room."""
    return WaveformKeeper(
        sink, ring, around=AROUND, sends_all=True, remembered=remembered, pressure=lambda: level[0]
    )


@pytest.mark.parametrize("pressed", [Pressure.HIGH, Pressure.FULL])
def test_while_the_outbox_is_pressed_waveforms_wait_in_the_ring_and_that_is_stated(
    generous: WaveformKeeper,
    sink: FakeRecordSink,
    ring: WaveformRing,
    level: list[Pressure],
    pressed: Pressure,
) -> None:
    feed(generous, 0, 10)
    level[0] = pressed
    feed(generous, 10, 20)
    level[0] = Pressure.NONE
    feed(generous, 20, 30)
    assert seconds(sink.records) == [*range(10), *range(20, 30)]
    gaps = [record for record in sink.records if isinstance(record, Gap)]
    assert [(gap.from_ms - BEGAN_MS) // 1_000 for gap in gaps] == list(range(10, 20))
    assert {(gap.device, gap.kind, gap.reason, gap.missed) for gap in gaps} == {
        (DEVICE, "ecg", GapReason.OUTBOX_FULL, 50)
    }
    assert sum(isinstance(record, ObservationRun) for record in sink.records) == 30
    assert len(ring.read(DEVICE, "ecg", 0, 1 << 44)) == 30, "all of it can be asked for"


def test_an_event_and_what_surrounds_it_is_never_held_back(
    generous: WaveformKeeper, sink: FakeRecordSink, level: list[Pressure]
) -> None:
    level[0] = Pressure.FULL
    feed(generous, 0, 60)
    assert seconds(sink.records) == []
    generous.append([event(60)])
    feed(generous, 60, 120)
    assert event(60) in sink.records
    assert seconds(sink.records) == list(range(30, 90))


def test_what_follows_an_event_is_sent_although_the_pressure_came_after_it(
    generous: WaveformKeeper, sink: FakeRecordSink, level: list[Pressure]
) -> None:
    feed(generous, 0, 10)
    generous.append([event(9)])
    level[0] = Pressure.HIGH
    feed(generous, 10, 60)
    assert seconds(sink.records) == list(range(39))
