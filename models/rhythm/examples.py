"""Turn recordings into the model's tensors by the gateway's own road: streaming R peaks, then features."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import Annotated, Strip
from models.streaming import stream_r_peaks
from vitals.features.rhythm import RHYTHM_INPUTS, RHYTHM_WINDOW_S, rhythm_inputs

__all__ = ["LABELS", "Examples", "annotated_windows", "strip_windows"]

LABELS: Final = ("N", "A", "O", "~")
_SHORTEST_S: Final = 8.0
_MOST_WINDOWS: Final = 3
_FRESH_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Rows of inputs, ``tensors[name]`` of ``(n, *shape)`` float32, and the label and record of each."""

    tensors: dict[str, NDArray[np.float32]]
    labels: NDArray[np.str_]
    records: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, chosen: NDArray[np.bool_]) -> "Examples":
        """Keep the chosen rows."""
        return Examples(
            tensors={name: rows[chosen] for name, rows in self.tensors.items()},
            labels=self.labels[chosen],
            records=self.records[chosen],
        )

    def save(self, path: Path) -> None:
        """Write one ``.npz``."""
        np.savez(path, allow_pickle=False, labels=self.labels, records=self.records, **self.tensors)

    @classmethod
    def load(cls, path: Path) -> "Examples":
        """Read what ``save`` wrote."""
        with np.load(path) as stored:
            return cls(
                tensors={name: stored[name] for name in RHYTHM_INPUTS},
                labels=stored["labels"],
                records=stored["records"],
            )

    @classmethod
    def gather(cls, rows: Iterable[tuple[dict[str, NDArray[np.float32]], str, str]]) -> "Examples":
        """Stack rows of (inputs, label, record)."""
        inputs, labels, records = zip(*rows, strict=True)
        return cls(
            tensors={name: np.concatenate([row[name] for row in inputs]) for name in RHYTHM_INPUTS},
            labels=np.array(labels),
            records=np.array(records),
        )


def strip_windows(strips: Iterable[Strip]) -> Iterator[tuple[dict[str, NDArray[np.float32]], str, str]]:
    """Cut each strip of 8 s or more into at most three windows; a strip shorter than 30 s is one."""
    for strip in strips:
        length = round(RHYTHM_WINDOW_S * strip.rate_hz)
        spare = len(strip.ecg_mv) - length
        if len(strip.ecg_mv) < _SHORTEST_S * strip.rate_hz:
            continue
        peaks = stream_r_peaks(strip.ecg_mv, strip.rate_hz)
        count = min(_MOST_WINDOWS, 1 + int(np.ceil(max(spare, 0) / (_FRESH_S * strip.rate_hz))))
        for start in np.linspace(0, max(spare, 0), count).round().astype(int):
            yield _inputs(strip.ecg_mv, strip.rate_hz, peaks, start, length), strip.label, strip.record


def annotated_windows(
    recording: Annotated, r_peaks: NDArray[np.int64], *, hop_s: float
) -> Iterator[tuple[dict[str, NDArray[np.float32]], str, str]]:
    """Windows of 30 s each ``hop_s``, labelled by the rhythm that fills the whole window, or ``mixed``."""
    length, hop = round(RHYTHM_WINDOW_S * recording.rate_hz), round(hop_s * recording.rate_hz)
    starts = np.array([sample for sample, _ in recording.rhythms])
    for start in range(0, len(recording.ecg_mv) - length + 1, hop):
        first = max(int(np.searchsorted(starts, start, side="right")) - 1, 0)
        last = max(int(np.searchsorted(starts, start + length, side="left")), first + 1)
        held = {name for _, name in recording.rhythms[first:last]}
        label = held.pop() if len(held) == 1 else "mixed"
        yield _inputs(recording.ecg_mv, recording.rate_hz, r_peaks, start, length), label, recording.record


def _inputs(
    ecg_mv: NDArray[np.floating], rate_hz: float, r_peaks: NDArray[np.int64], start: int, length: int
) -> dict[str, NDArray[np.float32]]:
    window = ecg_mv[start : start + length]
    inside = r_peaks[(r_peaks >= start) & (r_peaks < start + len(window))] - start
    return rhythm_inputs(window, rate_hz, inside)
