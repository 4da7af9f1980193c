"""A pipeline without a radio, a model file or a loop, and what it is played."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from edge.alarms.local_alarm import LocalAlarms
from edge.health import GatewayHealth
from edge.last_seen import NOTHING_YET, Progress
from edge.pipeline import Pipeline
from edge.ports import Backlog
from tests.fakes.judge import judge_of
from tests.fakes.rhythm_model import FakeRhythmModel
from tests.fakes.strap import FakeStrap, beats_mv, stamp_at
from vitals.features.rhythm import RHYTHM_FEATURES
from vitals.gatt import heart_rate, uuids
from vitals.gatt.heart_rate import HeartRateMeasurement
from vitals.records import AnyRecord, ObservationRun, Waveform
from vitals.wire.envelope import encode_record

STRAP = "c0-00-00-00-00-01"
T = TypeVar("T")


class Bench:
    """A pipeline and everything it returned; each record is checked as the outbox would."""

    def __init__(
        self,
        model: FakeRhythmModel | None = None,
        *,
        backlog: Callable[[], Backlog] = Backlog,
        before: Progress = NOTHING_YET,
    ) -> None:
        self.alarms: list[str] = []
        self.health = GatewayHealth(
            alarms=LocalAlarms(
                hook=lambda change: self.alarms.append(f"{change.alarm.key} {change.is_raised}")
            )
        )
        self.judge = judge_of(self.health, model)
        self.pipeline = Pipeline(
            judge=self.judge,
            software="carewire test",
            backlog=backlog,
            before=before,
        )
        self.records: list[AnyRecord] = []

    def keep(self, records: Iterable[AnyRecord]) -> None:
        for record in records:
            encode_record(record)
            self.records.append(record)

    def play(self, strap: FakeStrap, *, fault: Callable[[int, bytes], bytes | None] = lambda _, v: v) -> None:
        for number, (value, received) in enumerate(strap.frames()):
            faulty = fault(number, value)
            if faulty is not None:
                self.keep(self.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, faulty, received))
        self.keep(self.pipeline.close())

    def notify(self, uuid: str, value: bytes, at_s: float = 0.0) -> None:
        self.keep(self.pipeline.on_notification(STRAP, uuid, value, stamp_at(at_s)))

    def pulse(self, measurement: HeartRateMeasurement, at_s: float = 0.0) -> None:
        self.notify(uuids.HEART_RATE_MEASUREMENT, heart_rate.encode(measurement), at_s)

    def of(self, kind: type[T]) -> list[T]:
        return [record for record in self.records if isinstance(record, kind)]

    def kind(self, key: str) -> list[ObservationRun]:
        return [run for run in self.of(ObservationRun) if run.kind == key]


def fibrillating_mv(length_s: float) -> NDArray[np.float64]:
    intervals_s = np.random.default_rng(7).uniform(0.45, 1.1, 400)
    times_s = 0.4 + np.cumsum(intervals_s)
    return beats_mv(times_s[times_s < length_s - 0.5], length_s, 130)


def irregular(inputs: Mapping[str, NDArray[np.float32]]) -> float:
    """Stand in for the model: sure of fibrillation from a tenth of spread between RR intervals on."""
    spread = inputs["rhythm"][0, RHYTHM_FEATURES.index("rr.coefficient_of_variation")]
    return 0.95 if spread > 0.1 else 0.05


def sample_count(bench: Bench) -> int:
    return sum(len(strip.samples) // 2 for strip in bench.of(Waveform))
