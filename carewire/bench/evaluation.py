"""How fast a core judges: values of five kinds at 1 Hz held against every row, and what is remembered.

Each patient's vital signs wander as those of a person do; one in ten has a fast heart now and then, so that
episodes begin and end. A slice holds what a gateway sent at once: one second of it live, a minute of it after
a pause. States are kept decoded, as the worker does; what encoding costs is told beside.
"""

import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from carewire.bench.figures import Figures
from carewire.bench.ward import USUAL, wandering
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import PatientState, encode_state
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import ThresholdRule
from cloud.ports import PatientSlice
from vitals.records import ObservationRun

__all__ = ["measure"]

PATIENTS: Final = 20
LIFE_S: Final = 1_200
ROUNDS: Final = 5
SLICES_S: Final = {"live": 1, "ten_seconds": 10, "minute": 60}
_BEGAN_MS: Final = 1_790_000_000_000
_FAST_EVERY: Final = 10
_FAST_BY: Final = 65.0


def measure(life_s: int = LIFE_S, rounds: int = ROUNDS) -> Figures:
    """Judge twenty lives cut in slices of each size, each `rounds` times; medians of a core's seconds."""
    waves = {kind: wandering(kind, life_s) for kind in USUAL}
    timed = {name: _timed(_cut(waves, seconds, life_s), rounds) for name, seconds in SLICES_S.items()}
    states = [_lived(slices) for slices in _cut(waves, SLICES_S["ten_seconds"], life_s)]
    encoded = [encode_state(state) for state in states]
    began_s = time.process_time()
    for state in states:
        encode_state(state)
    encoding_s = time.process_time() - began_s
    values = PATIENTS * life_s * len(USUAL)
    return {
        "rows": len(RULES),
        "limits": sum(isinstance(row, ThresholdRule) for row in RULES.values()),
        "values_per_s": {name: round(values / seconds) for name, seconds in timed.items()},
        "state_bytes": {"median": round(median(map(len, encoded))), "largest": max(map(len, encoded))},
        "encoding_us_a_state": round(1e6 * encoding_s / len(states), 1),
    }


def _timed(lives: Sequence[Sequence[PatientSlice]], rounds: int) -> float:
    """Return the seconds of a core that judging all of them takes, the median of several rounds."""
    took_s = []
    for _ in range(rounds):
        began_s = time.process_time()
        for slices in lives:
            _lived(slices)
        took_s.append(time.process_time() - began_s)
    return median(took_s)


def _lived(slices: Sequence[PatientSlice]) -> PatientState:
    state = PatientState(patient_id=slices[0].patient_id)
    for one in slices:
        state, _ = evaluate(state, one, one.received_ms)
    return state


def _cut(waves: dict[str, list[float]], seconds: int, life_s: int) -> list[list[PatientSlice]]:
    return [list(_slices(waves, patient, seconds, life_s)) for patient in range(PATIENTS)]


def _slices(waves: dict[str, list[float]], patient: int, seconds: int, life_s: int) -> Iterator[PatientSlice]:
    for at_s in range(0, life_s, seconds):
        t_ms = [_BEGAN_MS + 1000 * (at_s + second) for second in range(seconds)]
        fast = _FAST_BY if patient % _FAST_EVERY == 0 and at_s // 300 % 2 else 0.0
        records = tuple(
            ObservationRun(
                device=f"band-{patient:02d}",
                kind=kind,
                t_ms=t_ms,
                value=[value + fast * (kind == "heart_rate") for value in wave[at_s : at_s + seconds]],
            )
            for kind, wave in waves.items()
        )
        yield PatientSlice(
            message_id=f"{patient}-{at_s}",
            patient_id=f"bench-{patient:02d}",
            received_ms=t_ms[-1] + 100,
            records=records,
        )
