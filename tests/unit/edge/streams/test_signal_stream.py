"""Whatever happens to its frames: every sample is in a strip once, or a stated gap covers it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.clock import Stamp
from edge.streams.signal_stream import SignalStream
from tests.fakes.strap import START_MS, stamp_at
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import Signal
from vitals.records import AnyRecord, Gap, GapReason, Waveform

PENDANT = "c0-00-00-00-00-03"
RATE_HZ = 50
FRAME = 10
FRAME_S = FRAME / RATE_HZ
DELAY_S = 0.03
JITTER_S = 0.02


@dataclass(slots=True)
class Pendant:
    """Makes samples that say when they were made, and hands them to the stream as the radio lets it."""

    stream: SignalStream
    now_s: float = 0.0
    booted_s: float = 0.0
    made: int = 0
    sequence: int = 65_530
    last: SignalFrame | None = None
    kept: list[SignalFrame] = field(default_factory=list)
    records: list[AnyRecord] = field(default_factory=list)

    def make(self) -> SignalFrame:
        counts = tuple(range(self.made, self.made + FRAME))
        frame = SignalFrame(
            signal=Signal.ACCELERATION,
            sequence=self.sequence % 65_536,
            timestamp_us=round((self.now_s - self.booted_s) * 1e6),
            rate_hz=RATE_HZ,
            resolution=1000,
            channels=(counts, tuple(-count for count in counts), counts),
        )
        self.now_s += FRAME_S
        self.made += FRAME
        self.sequence += 1
        return frame

    def deliver(self, frame: SignalFrame, late_s: float = 0.0) -> None:
        self.records += self.stream.on_frame(frame, stamp_at(self.now_s + DELAY_S + late_s))
        self.last = frame

    def stamp(self) -> Stamp:
        return stamp_at(self.now_s)


def send(pendant: Pendant, late_s: float) -> None:
    pendant.deliver(pendant.make(), late_s)


def lose(pendant: Pendant, late_s: float) -> None:
    pendant.kept.append(pendant.make())
    send(pendant, late_s)


def lose_many(pendant: Pendant, late_s: float) -> None:
    pendant.kept.clear()  # what is seconds late is nothing a radio does
    for _ in range(40):
        pendant.make()
    send(pendant, late_s)


def repeat(pendant: Pendant, _: float) -> None:
    if pendant.last:
        pendant.deliver(pendant.last)


def tell_late(pendant: Pendant, _: float) -> None:
    if pendant.kept and pendant.last:
        last = pendant.last
        pendant.deliver(pendant.kept.pop())
        pendant.last = last


def spoil(pendant: Pendant, late_s: float) -> None:
    pendant.make()
    pendant.stream.on_unreadable()
    send(pendant, late_s)


def drop_link(pendant: Pendant, late_s: float) -> None:
    pendant.records += pendant.stream.interrupt(GapReason.LINK_LOST)
    pendant.kept.clear()
    for _ in range(5):
        pendant.make()
    send(pendant, late_s)


def reboot(pendant: Pendant, late_s: float) -> None:
    pendant.records += pendant.stream.interrupt(GapReason.LINK_LOST)
    pendant.kept.clear()
    pendant.make()
    pendant.booted_s, pendant.sequence = pendant.now_s, 0
    send(pendant, late_s)


def set_clock_ahead(pendant: Pendant, late_s: float) -> None:
    pendant.booted_s -= 315_576_000.0
    pendant.kept.clear()
    send(pendant, late_s)


def tick(pendant: Pendant, _: float) -> None:
    pendant.records += pendant.stream.tick(stamp_at(pendant.now_s + 5.0))


HAPPENINGS: tuple[Callable[[Pendant, float], None], ...] = (
    send,
    lose,
    lose_many,
    repeat,
    tell_late,
    spoil,
    drop_link,
    reboot,
    set_clock_ahead,
    tick,
)


def stream_of(signal: Signal = Signal.ACCELERATION, safe_until_ms: int | None = None) -> SignalStream:
    return SignalStream(device=PENDANT, signal=signal, counters=Counter(), safe_until_ms=safe_until_ms)


def samples_of(records: list[AnyRecord], lead: str) -> list[int]:
    """Return every sample of a lead, in counts: each says when it was made."""
    strips = [record for record in records if isinstance(record, Waveform) and record.lead == lead]
    values = [np.frombuffer(strip.samples, dtype="<i2") * strip.scale + strip.offset for strip in strips]
    return [round(value * 1000) for part in values for value in part]


def is_covered(at_ms: float, gaps: list[Gap]) -> bool:
    slack_ms = 1000 * (JITTER_S + 2 / RATE_HZ)
    return any(gap.from_ms - slack_ms <= at_ms <= gap.to_ms + slack_ms for gap in gaps)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.floats(0.0, JITTER_S)), max_size=30),
)
def test_every_sample_is_in_a_strip_once_or_covered_by_a_gap(
    happenings: list[tuple[Callable[[Pendant, float], None], float]],
) -> None:
    pendant = Pendant(stream_of())
    send(pendant, 0.0)
    for happen, late_s in happenings:
        happen(pendant, late_s)
    send(pendant, 0.0)
    pendant.records += pendant.stream.flush()

    stored = samples_of(pendant.records, "x")
    assert stored == sorted(set(stored)), "none twice, none out of turn"
    assert stored == [-count for count in samples_of(pendant.records, "y")]
    gaps = [record for record in pendant.records if isinstance(record, Gap)]
    lost = set(range(pendant.made)) - set(stored)
    bare = [count for count in lost if not is_covered(START_MS + 1000 * (count / RATE_HZ + DELAY_S), gaps)]
    assert bare == []


@pytest.mark.parametrize(
    ("happen", "reason", "missed"),
    [
        (lose, GapReason.FRAMES_MISSED, FRAME),
        (spoil, GapReason.FRAME_UNREADABLE, FRAME),
        (drop_link, GapReason.LINK_LOST, 5 * FRAME),
        (reboot, GapReason.LINK_LOST, None),
        (set_clock_ahead, GapReason.FRAMES_MISSED, None),
    ],
)
def test_a_gap_says_why_and_how_much(
    happen: Callable[[Pendant, float], None], reason: GapReason, missed: int | None
) -> None:
    pendant = Pendant(stream_of())
    send(pendant, 0.0)
    happen(pendant, 0.0)
    (gap,) = [record for record in pendant.records if isinstance(record, Gap)]
    assert (gap.kind, gap.reason, gap.missed) == ("acceleration", reason, missed)


def test_after_a_restart_of_the_gateway_the_time_since_the_last_safe_sample_is_a_gap() -> None:
    pendant = Pendant(stream_of(safe_until_ms=START_MS - 60_000))
    send(pendant, 0.0)
    (gap,) = [record for record in pendant.records if isinstance(record, Gap)]
    assert (gap.reason, gap.from_ms, gap.to_ms) == (
        GapReason.GATEWAY_DOWN,
        START_MS - 60_000,
        START_MS + 1000 * DELAY_S,
    )


def test_how_fast_a_wearables_crystal_runs_is_told_after_a_while() -> None:
    pendant = Pendant(stream_of())
    assert pendant.stream.drift_ppm is None
    for _ in range(round(1800 / FRAME_S)):
        frame = pendant.make()
        pendant.deliver(
            SignalFrame(
                signal=frame.signal,
                sequence=frame.sequence,
                timestamp_us=round(frame.timestamp_us * (1 + 80e-6)),
                rate_hz=RATE_HZ,
                resolution=1000,
                channels=frame.channels,
            )
        )
    assert pendant.stream.drift_ppm == pytest.approx(80.0, abs=1.0)
    assert [record for record in pendant.records if isinstance(record, Gap)] == []
