"""A whole home on a virtual radio: each sample that was measured is in a record once, or a gap covers it."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from edge.adapters.inbox import Inbox
from edge.adapters.intake import Intake
from edge.config import EdgeSettings, RadioSettings, device_id
from edge.health import GatewayHealth
from edge.last_seen import LastSeen
from edge.pipeline import Pipeline
from edge.profiles import PROFILES
from edge.rhythm import RhythmJudge
from firmware_sim.bootstrap import PatientSettings, Simulator, SimulatorSettings
from firmware_sim.wearables import Wearable
from tests.fakes.gateway_radio import central_of
from tests.fakes.on_air import radio, until
from tests.fakes.record_sink import FakeRecordSink
from vitals.clock import ScaledClock
from vitals.gatt import uuids
from vitals.gatt.signals import SIGNALS, Signal
from vitals.records import Gap, ObservationRun, Waveform

SPEED = 20.0
EARLY_MS = {True: 2_000, False: 100}
"""How exact times are, by whether the wearable dates its values: calendars have whole seconds."""
LATE_MS = 60_000
"""In the wearers' life, twenty times as fast: how late a value may be handed over."""
ANN = PatientSettings(scenario="exercise", wearables=("strap", "oximeter", "band", "pendant"))
BEN = PatientSettings(scenario="resting", wearables=("strap", "cgm", "oximeter"))
T = TypeVar("T")

KINDS = {Signal.ECG: "ecg", Signal.PPG: "ppg", Signal.ACCELERATION: "acceleration"}
SCALARS: dict[str, dict[str, Callable[[Any], object]]] = {
    uuids.HEART_RATE_MEASUREMENT: {"heart_rate": lambda told: told["heart_rate_bpm"]},
    uuids.PLX_CONTINUOUS_MEASUREMENT: {
        "oxygen_saturation": lambda told: told["normal"]["spo2_percent"],
        "pulse_rate": lambda told: told["normal"]["pulse_rate_bpm"],
    },
    uuids.RSC_MEASUREMENT: {
        "step_cadence": lambda told: told["cadence_steps_min"],
        "walking_speed": lambda told: told["speed_m_s"],
    },
    uuids.CGM_MEASUREMENT: {"glucose": lambda told: told["records"][0]["glucose_mg_dl"]},
}
"""How the book's messages tell a value of a kind."""


@dataclass(slots=True, kw_only=True)
class Home:
    """One gateway of a home after the other, without a cloud."""

    sim: Simulator
    sink: FakeRecordSink
    clock: ScaledClock
    folder: Path

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[None]:
        """Run a gateway; whatever it kept is known to the next."""
        health, last_seen = GatewayHealth(), LastSeen(self.folder / "last-seen.json")
        patience = {"scan_rest_s": 0.1, "first_pause_s": 0.05, "longest_pause_s": 0.5}
        settings = EdgeSettings(
            gateway_id="home",
            data_dir=self.folder,
            adopt=True,
            radio=RadioSettings.model_validate(patience | {"most_devices": 16}),
        )
        inbox = Inbox(counters=health.counters)
        intake = Intake(
            inbox=inbox,
            pipeline=Pipeline(
                judge=RhythmJudge(model=None, health=health), software="test", before=last_seen.load()
            ),
            sink=self.sink,
            clock=self.clock,
            health=health,
            remember=last_seen.save,
        )
        central = central_of(
            settings,
            inbox=inbox,
            clock=self.clock,
            health=health,
            last_sequence=last_seen.last_sequence,
        )
        async with asyncio.TaskGroup() as tasks:
            listening, writing = tasks.create_task(central.run()), tasks.create_task(intake.run())
            yield
            listening.cancel()
            await asyncio.wait([listening])
            intake.stop()
            await asyncio.wait([writing])

    def of(self, form: type[T], wearable: Wearable, kind: str) -> list[T]:
        device = device_id(wearable.address)
        return [
            record
            for record in self.sink.records
            if isinstance(record, form) and (record.device, record.kind) == (device, kind)  # type: ignore[attr-defined] # runs, strips and gaps have both
        ]

    async def hear_everybody(self, after_s: float) -> None:
        """Wait until every wearable was heard again, so many seconds of life from now."""
        since_ms = self.clock.wall_ms() + 1000 * after_s
        names = {device_id(wearable.address) for wearable in self.sim.wearables}
        await until(lambda: all(self._newest_ms().get(name, 0) >= since_ms for name in names), within_s=120.0)

    def _newest_ms(self) -> dict[str, int]:
        newest: dict[str, int] = {}
        for record in self.sink.records:
            if isinstance(record, ObservationRun):
                newest[record.device] = max(newest.get(record.device, 0), *record.t_ms)
            elif isinstance(record, Waveform):
                newest[record.device] = max(newest.get(record.device, 0), record.t0_ms)
        return newest


async def test_every_sample_is_stored_once_or_declared_in_a_gap_across_lost_links_and_a_restart(
    tmp_path: Path,
) -> None:
    anchor_ms, book = round(time.time() * 1000), tmp_path / "book.jsonl"
    settings = SimulatorSettings(speed=SPEED, patients=(ANN, BEN), book=book, anchor_ms=anchor_ms)
    async with radio(settings) as sim:
        clock = ScaledClock(speed=SPEED, anchor_ms=anchor_ms)
        home = Home(sim=sim, sink=FakeRecordSink(), clock=clock, folder=tmp_path)
        async with home.gateway():
            await home.hear_everybody(60.0)
            for wearable in sim.wearables:
                wearable.drop_link()
            await home.hear_everybody(60.0)
        async with home.gateway():
            await home.hear_everybody(60.0)
    lines = [json.loads(line) for line in book.read_text().splitlines()]
    for wearable in sim.wearables:
        own = [line for line in lines if line["device"] == wearable.address]
        for wish in PROFILES[wearable.model.key].signals:
            assert_signal(home, wearable, own, Signal(wish.signal))
        for uuid, kinds in SCALARS.items():
            for kind, value_of in kinds.items():
                assert_scalar(home, wearable, [line for line in own if line["uuid"] == uuid], kind, value_of)


def assert_signal(home: Home, wearable: Wearable, own: list[dict[str, Any]], signal: Signal) -> None:
    """Lay what was stored beside what was made, count by count, from the first sample heard on."""
    made: defaultdict[int, list[int]] = defaultdict(list)
    for line in own:
        values = line["values"]
        if line["uuid"] == uuids.SIGNAL_DATA and _signal_of(values) == signal:
            for lead, counts in enumerate(values["channels"]):
                made[lead] += counts
    kind = KINDS[signal]
    for place, lead in enumerate(SIGNALS[signal].leads):
        at, counts = 0, np.array(made[place])
        stretches, gaps = _stretches(home, wearable, kind, lead)
        assert len(stretches) == len(gaps) + 1
        assert len(gaps) >= 2, "links were lost, and the gateway was away"
        for number, stretch in enumerate(stretches):
            start = at + _place(counts[at:], stretch[:100])
            missed = gaps[number - 1].missed if number else None
            assert missed in {None, start - at}, "as many are declared missing as are"
            at = start + len(stretch)
            assert np.array_equal(stretch, counts[start:at])


def _signal_of(values: dict[str, Any]) -> int:
    return int(values["signal"] if "signal" in values else values["settings"]["signal"])


def _stretches(home: Home, wearable: Wearable, kind: str, lead: str) -> tuple[list[np.ndarray], list[Gap]]:
    """Return what was stored between one gap and the next, in counts, and the gaps."""
    (row,) = [row for row in wearable.model.signals if KINDS[row.signal] == kind]
    per_count = row.resolution / SIGNALS[row.signal].resolution_units_per_unit
    gaps = sorted(home.of(Gap, wearable, kind), key=lambda gap: gap.from_ms)
    stretches: list[list[int]] = [[] for _ in range(len(gaps) + 1)]
    for strip in home.of(Waveform, wearable, kind):
        if strip.lead == lead:
            samples = np.frombuffer(strip.samples, dtype="<i2") * strip.scale + strip.offset
            number = sum(strip.t0_ms >= gap.to_ms for gap in gaps)
            stretches[number] += np.rint(samples / per_count).astype(int).tolist()
    return [np.array(stretch) for stretch in stretches], gaps


def _place(made: np.ndarray, first: np.ndarray) -> int:
    (places,) = np.nonzero((sliding_window_view(made, len(first)) == first).all(axis=1))
    assert len(places), "what was stored was made"
    return int(places[0])


def assert_scalar(
    home: Home,
    wearable: Wearable,
    lines: list[dict[str, Any]],
    kind: str,
    value_of: Callable[[Any], object],
) -> None:
    """Find each value told in its turn, or a gap over its time; what came before the first is not owed.

    An oximeter's spot checks, which it dates, are of the same kinds and another characteristic.
    """
    if not lines:
        return
    is_dated = lines[0]["uuid"] == uuids.CGM_MEASUREMENT
    points = [
        (t_ms, value)
        for run in home.of(ObservationRun, wearable, kind)
        if (run.device_ms is not None) == is_dated
        for t_ms, value in zip(run.t_ms, run.value, strict=True)
    ]
    gaps = home.of(Gap, wearable, kind)
    made = list(dict.fromkeys((line["wall_ms"], value_of(line["values"])) for line in lines))
    early_ms = EARLY_MS[is_dated]
    told = _matched(points, made, early_ms)
    for number in range(min(told), max(told)):
        wall_ms, _ = made[number]
        is_covered = any(gap.from_ms - early_ms <= wall_ms <= gap.to_ms + early_ms for gap in gaps)
        assert number in told or is_covered, (kind, made[number])
    assert len(gaps) >= 2 or kind == "glucose", "links were lost, and the gateway was away"


def _matched(points: list[tuple[int, float]], made: list[tuple[float, object]], early_ms: int) -> set[int]:
    """Return which of the values made were stored, each point being of one: the last that it can be of."""
    matched, number = set[int](), len(made)
    for t_ms, value in sorted(points, reverse=True):
        number -= 1
        while made[number][0] > t_ms + early_ms or made[number][1] != value:
            number -= 1
            assert number >= 0, "what was stored was made"
        assert t_ms - made[number][0] <= LATE_MS
        matched.add(number)
    return matched
