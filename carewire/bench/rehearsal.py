"""How long it takes to rehearse alert rules over a stored month: five kinds of one patient at 1 Hz.

The rules in force, one limit that is tried, limits on all five that are crossed again and again, and one
in the middle of what is measured. Of a day, what is rehearsed is held against what evaluation raises when it
is given every record.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carewire.bench.asking import PATIENT, SEED, expect
from carewire.bench.figures import Figures
from carewire.bench.lives import DAY_MS, HOUR_MS, START_MS, heart_rates
from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import STANDARD_PLAN, CarePlan
from cloud.alerts.rules.rows import Direction, ThresholdRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Family, IdentifiedRecord, PatientSlice, Priority
from cloud.rehearsal.engine import rehearse
from cloud.rehearsal.history import Span, StoredHistory
from cloud.rehearsal.outcome import Outcome
from cloud.storage.sqlite_series import SqliteSeries
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun

__all__ = ["measure"]

_RUN_S: Final = 600
_REPEATS: Final = 3
_OF_HEART_RATE: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "heart_rate": (66.0, 1.0),
        "pulse_rate": (66.0, 1.0),
        "respiratory_rate": (15.0, 0.15),
        "oxygen_saturation": (96.0, -0.12),
        "body_temperature": (36.8, 0.02),
    }
)
"""The middle of each kind, and how far it goes with the heart rate."""
_TIGHT: Final = (
    # a row that ships, what it is put to, its limit, and where it clears
    ("tachycardia", "heart_rate", 80.0, 76.0),
    ("bradycardia", "pulse_rate", 50.0, 53.0),
    ("extreme-tachycardia", "respiratory_rate", 18.0, 17.0),
    ("oxygen-very-low", "oxygen_saturation", 94.0, 95.0),
    ("signal-poor", "body_temperature", 37.1, 37.0),
)


def measure(days: int = 30, folder: Path | None = None) -> Figures:
    """Store so many days and rehearse over them; times are of the processor, the median of a few.

    Raises
    ------
    CarewireError
        A day is rehearsed to other alerts than evaluation raises.
    """
    with (
        tempfile.TemporaryDirectory(dir=folder) as temporary,
        closing(SqliteSeries(Path(temporary) / "series.db")) as store,
    ):
        for hour in range(24 * days):
            _commit(store, [*_hour(hour)])
        _check_a_day(store)
        return {
            "values": 3_600 * 24 * days * len(_OF_HEART_RATE),
            "in_force": _timed(store, days, STANDARD_PLAN),
            "one_limit": _timed(store, days, _plan(_tight()[:1])),
            "five_limits": _timed(store, days, _plan(_tight())),
            "one_in_the_middle": _timed(
                store, days, _plan((_limit("tachycardia", "heart_rate", 66.0, 65.0),))
            ),
        }


def _timed(store: SqliteSeries, days: int, plan: CarePlan) -> Figures:
    span = Span(from_ms=START_MS, to_ms=START_MS + days * DAY_MS)
    took_s = []
    for _ in range(_REPEATS):
        began_s = time.process_time()
        found = _rehearsed(store, span, plan)
        took_s.append(time.process_time() - began_s)
    return {"cpu_s": round(median(took_s), 3), "alerts": len(found.alerts)}


def _rehearsed(store: SqliteSeries, span: Span, plan: CarePlan) -> Outcome:
    history = StoredHistory(patient_id=PATIENT, series=store, rollups=store, occurrences=store)
    return rehearse(history, plan, span, patient_id=PATIENT)


def _check_a_day(store: SqliteSeries) -> None:
    """Hold what is rehearsed of the first day against what evaluation raises of it."""
    plan = _plan(_tight())
    state, raised = PatientState(patient_id=PATIENT), set[str]()
    for hour in range(24):
        for item in _hour(hour):
            fresh = PatientSlice(
                message_id=str(item.seq),
                patient_id=PATIENT,
                received_ms=item.received_ms,
                records=(item.record,),
            )
            state, changed = evaluate(state, fresh, item.received_ms, plan)
            raised |= {alert.id for alert in changed}
    found = _rehearsed(store, Span(from_ms=START_MS, to_ms=START_MS + DAY_MS), plan)
    expect("the day's alerts", len(raised ^ {alert.id for alert in found.alerts}), 0)


def _plan(rows: tuple[ThresholdRule, ...]) -> CarePlan:
    return CarePlan(rules=RuleSet(rows))


def _tight() -> tuple[ThresholdRule, ...]:
    return tuple(_limit(*each) for each in _TIGHT)


def _limit(key: str, kind: str, limit: float, clear_at: float) -> ThresholdRule:
    """Return a limit under the name of a row that ships."""
    return ThresholdRule(
        key=key,
        display=RULES[key].display,
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="a trial of speed",
        kind=kind,
        direction=Direction.ABOVE if limit > clear_at else Direction.BELOW,
        limit=limit,
        hold_s=60,
        clear_at=clear_at,
        clear_s=30,
    )


def _hour(hour: int) -> Iterator[IdentifiedRecord]:
    """Yield an hour of all kinds, in runs of ten minutes."""
    times_ms, rates = _lives(hour // 24)
    for number, kind in enumerate(_OF_HEART_RATE):
        for first in range(hour % 24 * 3_600, (hour % 24 + 1) * 3_600, _RUN_S):
            part = slice(first, first + _RUN_S)
            t_ms = times_ms[part].tolist()
            yield IdentifiedRecord(
                gateway="bench",
                epoch="bench000-month",
                seq=1 + (hour // 24 * 86_400 + first) * len(_OF_HEART_RATE) + number,
                record=ObservationRun(
                    device="bench-band", kind=kind, t_ms=t_ms, value=_values(kind, rates[part])
                ),
                patient_id=PATIENT,
                received_ms=t_ms[-1],
            )


@lru_cache(maxsize=2)
def _lives(day: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the times of a day and its heart rates; each day goes another way."""
    times_ms, rates = heart_rates(86_400, seed=SEED + day)
    return np.sort(times_ms) + day * DAY_MS, rates


def _values(kind: str, rates: NDArray[np.float64]) -> list[float]:
    middle, per_beat = _OF_HEART_RATE[kind]
    resolution = OBSERVATION_KINDS[kind].resolution
    value = np.round((middle + (rates - 66.0) * per_beat) / resolution) * resolution
    return [round(each, 3) for each in value.tolist()]


def _commit(store: SqliteSeries, items: list[IdentifiedRecord]) -> None:
    """Store an hour, pack those that are over, and let go of what would wait for the alerts."""
    store.commit(items)
    store.done([each.message_id for each in store.pending(len(items))])
    now_ms = items[-1].received_ms + HOUR_MS
    idle = 0
    while idle < 2:  # noqa: PLR2004 - the first look only sees what there is
        idle = 0 if store.keeping.close_hours(now_ms) else idle + 1
