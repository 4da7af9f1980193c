"""Everything the simulator's book says was measured, held against what a running system keeps."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from carewire.accounting.alignment import Tolerance
from carewire.accounting.book import read_book
from carewire.accounting.history import Get, read_history
from carewire.accounting.reconcile import Verdict, reconcile, reconcile_strips
from carewire.accounting.samples import Missing, Name, Samples
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["account_for"]


def account_for(
    book: Path, get: Get, owners: Mapping[str, str], *, late_ms: float, in_flight_ms: float
) -> Sequence[Verdict]:
    """Return a verdict for each kind of each wearable that was measured, or is kept.

    `owners` gives the patient by device. A notification may have been heard `late_ms` late, and what bears no
    time of its own is then stored at that later one. What was measured in the book's last `in_flight_ms` may
    be missing: the simulator may have ended with it in its hands.
    """
    measured = read_book(book)
    in_flight = (measured.last_ms - in_flight_ms, float("inf"))
    verdicts: list[Verdict] = []
    for patient in sorted(set(owners.values())):
        values = {name: made for name, made in measured.values.items() if owners[name.device] == patient}
        signals = {name: made for name, made in measured.signals.items() if owners[name.device] == patient}
        kept = read_history(
            get,
            patient,
            values={name.kind for name in values},
            signals={name.kind for name in signals},
            from_ms=measured.first_ms - _AROUND_MS,
            to_ms=measured.last_ms + _AROUND_MS,
        )
        for name, made in sorted(values.items()):
            missing = (*kept.missing, _missing(name, *in_flight))
            near_ms = max(late_ms, _DATED_MS if name in measured.dated else 0.0)
            tolerance = Tolerance(near_ms=near_ms, resolution=_RESOLUTIONS.get(name.kind, _ROUNDING))
            stored = kept.values.get(name, Samples.of([]))
            verdicts.append(reconcile(name, made, stored, missing, tolerance))
        for name, made in sorted(signals.items()):
            missing = (*kept.missing, _missing(name, *in_flight))
            tolerance = Tolerance(near_ms=late_ms, resolution=OBSERVATION_KINDS[name.kind].resolution)
            verdicts.append(reconcile_strips(name, made, kept.signals.get(name, ()), missing, tolerance))
    return verdicts


_AROUND_MS: Final = 60_000.0
_DATED_MS: Final = 300_000.0
"""How far off people leave the clock of a scale, which nobody can read from outside."""
_ROUNDING: Final = 1e-3
_RESOLUTIONS: Final[Mapping[str, float]] = {"rr_interval": 0.51, "blood_glucose": 0.51}


def _missing(name: Name, from_ms: float, to_ms: float) -> Missing:
    return Missing(device=name.device, kind=name.kind, from_ms=from_ms, to_ms=to_ms)
