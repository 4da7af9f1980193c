"""What the ingest measurements send: wearables that tell four kinds of quantity at 1 Hz, 200 a batch.

A batch covers 50 seconds of one wearable, in one of two shapes: a run a kind, as a gateway sends what
has waited, or a record an observation, as it sends what it hears.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np

from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun
from vitals.wire.envelope import VERSION, ClockStamp, SoundBatch

__all__ = [
    "BATCH_S",
    "KINDS",
    "OBSERVATIONS_A_BATCH",
    "RECORDS_A_BATCH",
    "USUAL",
    "Burst",
    "Shape",
    "batch_of",
    "gateway_of",
    "patient_of",
    "records_of",
    "wandering",
    "wearable_of",
]

BATCH_S: Final = 50
USUAL: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "heart_rate": (72.0, 12.0),
        "respiratory_rate": (15.0, 3.0),
        "oxygen_saturation": (96.0, 2.0),
        "body_temperature": (36.8, 0.4),
        "glucose": (104.0, 12.0),
    }
)
"""The middle of each kind, in its unit, and how far it wanders."""
KINDS: Final = ("heart_rate", "respiratory_rate", "oxygen_saturation", "body_temperature")
"""Those of a batch."""
OBSERVATIONS_A_BATCH: Final = BATCH_S * len(KINDS)
_CYCLE_S: Final = 7_200


class Shape(StrEnum):
    """How 200 observations lie in a batch."""

    RUNS = "runs"
    """Four runs of 50."""
    SINGLE = "single"
    """200 records of one observation."""


RECORDS_A_BATCH: Final[Mapping[Shape, int]] = MappingProxyType(
    {Shape.RUNS: len(KINDS), Shape.SINGLE: OBSERVATIONS_A_BATCH}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """How much is sent, and by how many: at most `window` batches of each gateway are on their way."""

    observations: int = 1_000_000
    gateways: int = 10
    window: int = 8

    @property
    def batches(self) -> int:
        """Return how many batches each gateway sends: so many that none of `observations` is left out."""
        return -(-self.observations // (OBSERVATIONS_A_BATCH * self.gateways))

    @property
    def sent(self) -> int:
        """Return how many observations that makes."""
        return self.batches * self.gateways * OBSERVATIONS_A_BATCH

    def start_ms(self, now_ms: int) -> int:
        """Return when the first sample was taken, so that the last is no newer than now."""
        return now_ms - (self.batches + 1) * BATCH_S * 1000


def gateway_of(number: int) -> str:
    """Return the id of a gateway; each has one wearable."""
    return f"bench-gateway-{number:04d}"


def wearable_of(number: int) -> str:
    """Return the id of a gateway's wearable."""
    return f"bench-band-{number:04d}"


def patient_of(number: int) -> str:
    """Return who wears it."""
    return f"bench-patient-{number:04d}"


def records_of(shape: Shape, wearable: int, number: int, start_ms: int) -> list[ObservationRun]:
    """Return batch `number` of a wearable whose first sample was at `start_ms`."""
    begin_ms = start_ms + number * BATCH_S * 1000
    return _SHAPES[shape](wearable_of(wearable), (wearable * 977 + number * BATCH_S) % _CYCLE_S, begin_ms)


def batch_of(shape: Shape, wearable: int, number: int, start_ms: int, now_ms: int) -> SoundBatch:
    """Return those records in the envelope that the wearable's gateway would send now."""
    records = records_of(shape, wearable, number, start_ms)
    return SoundBatch(
        v=VERSION,
        epoch=f"bench{wearable:04d}-observations",
        first_seq=number * len(records) + 1,
        boot_id="bench",
        clock=ClockStamp(wall_ms=now_ms, boottime_ms=now_ms - start_ms, synced=True),
        records=[*records],
    )


def _runs(device: str, at: int, begin_ms: int) -> list[ObservationRun]:
    times_ms = list(range(begin_ms, begin_ms + BATCH_S * 1000, 1000))
    return [
        ObservationRun(device=device, kind=kind, t_ms=times_ms, value=wave[at : at + BATCH_S])
        for kind, wave in _WAVES.items()
    ]


def _singles(device: str, at: int, begin_ms: int) -> list[ObservationRun]:
    return [
        ObservationRun(device=device, kind=kind, t_ms=[begin_ms + 1000 * second], value=[wave[at + second]])
        for second in range(BATCH_S)
        for kind, wave in _WAVES.items()
    ]


_SHAPES: Mapping[Shape, Callable[[str, int, int], list[ObservationRun]]] = MappingProxyType(
    {Shape.RUNS: _runs, Shape.SINGLE: _singles}
)


def wandering(kind: str, seconds: int) -> list[float]:
    """Return a kind at 1 Hz over so long: wandering and noisy, in steps of what a wearable resolves."""
    middle, reach = USUAL[kind]
    random = np.random.default_rng(sum(kind.encode()))
    t_s = np.arange(seconds)
    wander = (
        np.sin(2 * np.pi * t_s / _CYCLE_S)
        + 0.3 * np.sin(2 * np.pi * t_s / 61)
        + 0.2 * random.normal(size=len(t_s))
    )
    step = OBSERVATION_KINDS[kind].resolution
    return [round(round(value / step) * step, 3) for value in (middle + reach * wander).tolist()]


_WAVES: Mapping[str, list[float]] = MappingProxyType(
    {kind: wandering(kind, _CYCLE_S + BATCH_S) for kind in KINDS}
)
