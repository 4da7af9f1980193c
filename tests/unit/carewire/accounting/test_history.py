"""History is read in pieces that fit one answer, and put together without a seam."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from carewire.accounting.history import read_history
from carewire.accounting.samples import Missing, Name

MINUTE_MS = 60_000


class Service:
    """Answers as the API does: values within the period, strips that overlap it."""

    def __init__(self, *, omitted: int = 0) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self._omitted = omitted

    def get(self, path: str, **query: Any) -> Mapping[str, Any]:
        self.asked.append((path, query))
        first, last = query["from"], query["to"]
        gaps = [{"device": "c0-01", "from_ms": 30_000, "to_ms": 40_000}]
        if "/waveforms/" in path:
            starts = range(0, 5 * MINUTE_MS, 45_000)
            rows = [self._strip(t0_ms) for t0_ms in starts if t0_ms < last and t0_ms + 45_000 > first]
            return {"kind": "ecg", "strips": rows, "gaps": gaps, "omitted": self._omitted}
        times = list(range(first, last, 1000))
        return {
            "kind": "heart_rate",
            "t_ms": times,
            "value": [60.0] * len(times),
            "device": [0] * len(times),
            "devices": ["c0-01"],
            "gaps": gaps,
            "omitted": self._omitted,
        }

    def _strip(self, t0_ms: int) -> Mapping[str, Any]:
        samples = base64.b64encode(np.arange(3, dtype="<i2").tobytes()).decode()
        facts = {"device": "c0-01", "lead": "II", "rate_hz": 130.0, "scale": 0.5, "offset": 1.0}
        return {**facts, "t0_ms": t0_ms, "samples": samples}


def test_everything_comes_once_however_many_pieces_it_takes() -> None:
    service = Service()
    kept = read_history(
        service.get, "p-wei", values=["heart_rate"], signals=["ecg"], from_ms=0, to_ms=25 * MINUTE_MS
    )

    rate, ecg = Name(device="c0-01", kind="heart_rate"), Name(device="c0-01", kind="ecg")
    assert kept.values[rate].t_ms.tolist() == list(range(0, 25 * MINUTE_MS, 1000))
    assert [strip.t0_ms for strip in kept.signals[ecg]] == list(range(0, 5 * MINUTE_MS, 45_000))
    assert kept.signals[ecg][0].value.tolist() == [1.0, 1.5, 2.0]
    assert Missing(device="c0-01", kind="heart_rate", from_ms=30_000, to_ms=40_000) in kept.missing
    assert len(kept.missing) == 2
    assert len(service.asked) > 25


def test_an_answer_that_leaves_something_out_is_no_history() -> None:
    with pytest.raises(ValueError, match="ask for less time"):
        read_history(
            Service(omitted=3).get, "p-wei", values=["heart_rate"], signals=[], from_ms=0, to_ms=1000
        )
