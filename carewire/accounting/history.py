"""What a running system keeps of a patient, read as any program could: over the API, in short stretches."""

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from carewire.accounting.samples import Missing, Name, Samples, Strip

__all__ = ["Kept", "read_history"]

Get = Callable[..., Any]
"""Given a path below /api/v1 and its query, returns the answer's JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything stored of the kinds that were asked for, by name, and what is stated as missing."""

    values: Mapping[Name, Samples]
    signals: Mapping[Name, Sequence[Strip]]
    missing: Sequence[Missing]


def read_history(  # noqa: PLR0913 - a question's parts, by name
    get: Get, patient: str, *, values: Iterable[str], signals: Iterable[str], from_ms: float, to_ms: float
) -> Kept:
    """Read a patient's history of these kinds from one time to another.

    Raises
    ------
    ServiceUnreachableError
        The service does not answer.
    """
    pairs: dict[Name, list[tuple[float, float]]] = defaultdict(list)
    strips: dict[Name, list[Strip]] = defaultdict(list)
    missing: set[Missing] = set()
    for kind in values:
        for first, last in _stretches(from_ms, to_ms, _VALUES_MS):
            page = get(f"/patients/{patient}/observations/{kind}", limit=_MOST, **_period(first, last))
            _refuse_omitted(page)
            devices = [page["devices"][index] for index in page["device"]]
            for device, t_ms, value in zip(devices, page["t_ms"], page["value"], strict=True):
                pairs[Name(device=device, kind=kind)].append((t_ms, value))
            missing.update(_gaps(page, kind))
    for kind in signals:
        for first, last in _stretches(from_ms, to_ms, _SIGNALS_MS):
            page = get(f"/patients/{patient}/waveforms/{kind}", **_period(first, last))
            _refuse_omitted(page)
            for row in page["strips"]:
                if first <= row["t0_ms"]:  # else it reached into this minute from the one before
                    strips[_name(row, kind)].append(_strip(row))
            missing.update(_gaps(page, kind))
    return Kept(
        values={name: Samples.of(found) for name, found in pairs.items()},
        signals={name: tuple(found) for name, found in strips.items()},
        missing=tuple(missing),
    )


_VALUES_MS: Final = 600_000.0
_SIGNALS_MS: Final = 60_000.0
_MOST: Final = 20_000
_LEADED: Final = frozenset({"acceleration"})
"""Of other kinds a strip's lead names where an electrode sits, and there is one only."""


def _stretches(from_ms: float, to_ms: float, length_ms: float) -> Iterator[tuple[int, int]]:
    edges = [*np.arange(from_ms, to_ms, length_ms).tolist(), to_ms]
    for first, last in pairwise(edges):
        yield int(first), int(last)


def _period(from_ms: int, to_ms: int) -> Mapping[str, int]:
    return {"from": from_ms, "to": to_ms}


def _refuse_omitted(page: Mapping[str, Any]) -> None:
    if page["omitted"]:
        raise ValueError(f"{page['omitted']} of {page['kind']} did not fit one answer: ask for less time")


def _gaps(page: Mapping[str, Any], kind: str) -> Iterator[Missing]:
    for gap in page["gaps"]:
        yield Missing(device=gap["device"], kind=kind, from_ms=gap["from_ms"], to_ms=gap["to_ms"])


def _name(row: Mapping[str, Any], kind: str) -> Name:
    return Name(device=row["device"], kind=kind, lead=row["lead"] if kind in _LEADED else "")


def _strip(row: Mapping[str, Any]) -> Strip:
    counts = np.frombuffer(base64.b64decode(row["samples"]), dtype="<i2")
    return Strip(t0_ms=row["t0_ms"], rate_hz=row["rate_hz"], value=counts * row["scale"] + row["offset"])
