"""What is asked for is sent as it was cut, and the answer says how much of it there is."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge.outbox import Timekeeper
from edge.ports import Pressure
from edge.remote.commands import Answer
from edge.remote.waveform_upload import WaveformUpload, missing
from edge.ring import RingLimits, WaveformRing
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_records import DEVICE
from tests.fakes.record_sink import FakeRecordSink
from vitals.records import CommandOutcome, Waveform
from vitals.wire.command import UploadWaveform

BEGAN_MS = 1_700_000_000_000


def strip(second: float, samples: int = 50) -> Waveform:
    return Waveform(
        device=DEVICE,
        kind="ecg",
        t0_ms=BEGAN_MS + round(1_000 * second),
        rate_hz=50.0,
        samples=b"\x01\x00" * samples,
        scale=0.001,
    )


@pytest.fixture
def sink() -> FakeRecordSink:
    return FakeRecordSink()


@pytest.fixture
def upload(tmp_path: Path, sink: FakeRecordSink) -> WaveformUpload:
    keeper = Timekeeper(clock=FakeClock(), boot_id="boot-1", is_synced=lambda: True)
    ring = WaveformRing.open(
        tmp_path / "ring", timekeeper=keeper, limits=RingLimits(), free_bytes=lambda _: 1 << 40
    )
    ring.keep(strip(second) for second in [*range(60), *range(70, 120)])
    return WaveformUpload(ring=ring, sink=sink)


@pytest.mark.parametrize("pressure", [Pressure.HIGH, Pressure.FULL])
def test_while_the_outbox_is_nearly_full_nothing_is_pushed_out_for_what_is_asked(
    upload: WaveformUpload, sink: FakeRecordSink, pressure: Pressure
) -> None:
    answer = ask(replace(upload, pressure=lambda: pressure), 0, 10)
    assert answer.outcome is CommandOutcome.REFUSED
    assert "ask again" in answer.detail
    assert sink.records == []
    assert ask(upload, 0, 10).outcome is CommandOutcome.DONE


def ask(upload: WaveformUpload, first: int, last: int, kind: str = "ecg") -> Answer:
    body = UploadWaveform(
        device=DEVICE, kind=kind, from_ms=BEGAN_MS + 1_000 * first, to_ms=BEGAN_MS + 1_000 * last
    )
    return upload("0123456789abcdef", body)


def test_a_stretch_that_is_held_is_sent_whole(upload: WaveformUpload, sink: FakeRecordSink) -> None:
    assert ask(upload, 10, 20) == Answer(outcome=CommandOutcome.DONE, detail="10.0 s are on their way")
    assert sink.records == [strip(second) for second in range(10, 20)]


def test_a_stretch_asked_for_twice_is_the_same_strips_again(
    upload: WaveformUpload, sink: FakeRecordSink
) -> None:
    ask(upload, 10, 20)
    ask(upload, 10, 20)
    assert sink.records[:10] == sink.records[10:]


def test_what_is_missing_in_the_middle_is_named(upload: WaveformUpload) -> None:
    answer = ask(upload, 50, 80)
    assert answer.outcome is CommandOutcome.PARTLY
    assert answer.detail == (
        "20.0 of 30.0 s are on their way; not held: 2023-11-14T22:14:20.000Z to 2023-11-14T22:14:30.000Z"
    )


@pytest.mark.parametrize(("first", "last", "kind"), [(300, 360, "ecg"), (0, 60, "ppg"), (61, 69, "ecg")])
def test_what_is_not_held_at_all_is_refused(
    upload: WaveformUpload, sink: FakeRecordSink, first: int, last: int, kind: str
) -> None:
    answer = ask(upload, first, last, kind)
    assert answer.outcome is CommandOutcome.REFUSED
    assert f"no {kind} of {DEVICE}" in answer.detail
    assert sink.records == []


@pytest.mark.parametrize(("first", "last"), [(10, 10), (20, 10), (0, 601)])
def test_a_stretch_that_is_none_or_too_long_is_refused(upload: WaveformUpload, first: int, last: int) -> None:
    answer = ask(upload, first, last)
    assert answer.outcome is CommandOutcome.REFUSED
    assert "600 s at most" in answer.detail


def test_many_holes_are_counted_and_not_all_named() -> None:
    strips = [strip(second) for second in range(0, 40, 2)]
    assert len(list(missing(strips, BEGAN_MS, BEGAN_MS + 40_000))) == 20


def test_the_rounding_of_a_strips_start_is_no_hole() -> None:
    strips = [strip(0.0), strip(1.03), strip(2.0)]
    assert list(missing(strips, BEGAN_MS, BEGAN_MS + 3_000)) == []
