"""A look at hearts at rest, whose light comes without acceleration: an ICU's, held to their own ECG."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.folds import record_digest
from models.ppg.judging import judge
from models.ppg.recordings import Session
from models.streaming import stream_r_peaks
from vitals.features.ppg_evidence import HOP_S, WEIGHTS, WINDOW_S

__all__ = ["judged"]

_FEWEST_BEATS: Final = 4
_BIDMC_HZ: Final = 125.0
_LONGEST_S: Final = 600.0


def judged(records_dir: Path) -> list[dict[str, Any]]:
    """Return a row a recording of ``bidmc01/`` and ``wfdb_samples/`` below a folder; none where they are not.

    What is told is told because somebody vouches for the rest of a patient in bed.
    """
    held = {
        session.digest: session
        for session in (*_bidmc(records_dir / "bidmc01"), *_wfdb(records_dir / "wfdb_samples"))
    }
    rows = []
    for session in held.values():
        found = judge(session, WEIGHTS, is_known_to_rest=True)
        told = found.where(found.is_told)
        rows.append(
            {
                "record": session.record,
                "windows": len(found.records),
                "coverage": round(float(found.is_told.mean()), 4) if len(found.records) else None,
                "mae_bpm": round(float(told.errors_per_min.mean()), 4) if len(told.records) else None,
                "within_5_bpm": round(float(told.is_close.mean()), 4) if len(told.records) else None,
            }
        )
    return rows


def _bidmc(folder: Path) -> Iterator[Session]:
    for path in sorted(folder.glob("bidmc_*_Signals.csv")):
        with path.open(encoding="ascii") as lines:
            head = [name.strip() for name in next(lines).split(",")]
        columns = np.loadtxt(path, delimiter=",", skiprows=1).T
        yield _session(path.stem, _BIDMC_HZ, columns[head.index("PLETH")], columns[head.index("II")])


def _wfdb(folder: Path) -> Iterator[Session]:
    if not folder.is_dir():
        return
    import wfdb  # noqa: PLC0415 - only training and evaluation need it

    for path in sorted(folder.glob("*.hea")):
        header = wfdb.rdheader(str(path.with_suffix("")))
        if "PLETH" not in (header.sig_name or []) or "II" not in header.sig_name:
            continue
        to = min(header.sig_len, round(_LONGEST_S * header.fs)) if header.sig_len else None
        record = wfdb.rdrecord(str(path.with_suffix("")), sampto=to)
        light, ecg = (record.p_signal[:, record.sig_name.index(name)] for name in ("PLETH", "II"))
        if np.isfinite(ecg).all():
            yield _session(path.stem, float(record.fs), light, ecg)


def _session(record: str, rate_hz: float, light: NDArray[np.float64], ecg_mv: NDArray[np.float64]) -> Session:
    beats_s = stream_r_peaks(ecg_mv, rate_hz) / rate_hz
    starts_s = np.arange(0.0, len(light) / rate_hz - WINDOW_S + 1e-6, HOP_S)
    return Session(
        record=record,
        person=record,
        rate_hz=rate_hz,
        light=light[None, :],
        acceleration_g=np.zeros((3, len(light))),
        truth_per_min=np.array([_rate(beats_s, start_s) for start_s in starts_s]),
        digest=record_digest(light),
    )


def _rate(beats_s: NDArray[np.float64], from_s: float) -> float:
    """Return the rate of the beats in a window; 0, which is no truth, where there are too few to tell."""
    within = beats_s[(beats_s >= from_s) & (beats_s < from_s + WINDOW_S)]
    if len(within) < _FEWEST_BEATS:
        return 0.0
    return float(60.0 * (len(within) - 1) / (within[-1] - within[0]))
