"""An ECG as a watch of it sees it: pushed through the analysis, in chunks of half a second."""

from collections import Counter
from collections.abc import Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from edge.rhythm.analysis import EcgAnalysis
from edge.rhythm.fibrillation import FibrillationWatch
from edge.rhythm.look import EcgWatch
from edge.rhythm.pauses import PauseWatch
from edge.rhythm.rates import RATE_LIMITS, RateWatch
from vitals.records import HealthEvent
from vitals.wire.envelope import encode_record

DEVICE = "c0-00-00-00-00-01"


def rules() -> tuple[EcgWatch, ...]:
    """Every watch that needs no model, on one device."""
    numbers = count(1)

    def new_id() -> str:
        return f"episode-{next(numbers)}"

    return (
        FibrillationWatch(device=DEVICE, new_id=new_id),
        PauseWatch(device=DEVICE, new_id=new_id),
        *(RateWatch(device=DEVICE, limit=limit, new_id=new_id) for limit in RATE_LIMITS),
    )


def events_in(
    ecg_mv: NDArray[np.floating],
    rate_hz: float,
    watches: Sequence[EcgWatch] | None = None,
    *,
    from_s: float = 0.0,
) -> list[HealthEvent]:
    """Return what `watches`, or every rule, tell of `(n,)` mV, the first at `from_s`."""
    analysis = EcgAnalysis(
        device=DEVICE,
        rate_hz=rate_hz,
        watches=rules() if watches is None else watches,
        counters=Counter(),
    )
    events: list[HealthEvent] = []
    step = round(rate_hz / 2)
    for start in range(0, len(ecg_mv) - step + 1, step):
        noticed_ms = round(1000 * (from_s + (start + step) / rate_hz))
        records = analysis.push(
            np.asarray(ecg_mv[start : start + step], dtype=np.float64),
            wall_ms=lambda place: max(0, round(1000 * (from_s + place / rate_hz))),
            noticed_ms=noticed_ms,
        )
        for record in records:
            encode_record(record)
            events += [record] if isinstance(record, HealthEvent) else []
    return events
