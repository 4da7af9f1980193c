"""Turn recordings into the model's rows by the gateway's own road: streaming R peaks, then features."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from models.datasets import Annotated, Strip, at_judgeable_rate
from models.folds import record_digest
from models.left_out import LeftOut
from models.streaming import stream_r_peaks
from vitals.errors import RecordingError
from vitals.features.rhythm import RHYTHM_WINDOW_S, rhythm_evidence, rhythm_inputs

__all__ = ["LABELS", "TENSOR", "Examples", "Window", "annotated_windows", "strip_windows"]

LABELS: Final = ("N", "A", "O", "~")
TENSOR: Final = "rhythm"
_SHORTEST_S: Final = 5.0
_MOST_WINDOWS: Final = 3
_FRESH_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One window's row, its label, the record it is of, that record's digest, and its median beat."""

    row: NDArray[np.float32]
    label: str
    record: str
    digest: str
    beat_uv: NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Windows in columns: ``rows`` is ``(n, columns)`` float32, ``beats_uv`` ``(n, 90)`` int16 at 100 Hz."""

    rows: NDArray[np.float32]
    labels: NDArray[np.str_]
    records: NDArray[np.str_]
    digests: NDArray[np.str_]
    beats_uv: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The rows as the artefact takes them."""
        return {TENSOR: self.rows}

    def where(self, chosen: NDArray[np.bool_]) -> Self:
        """Keep the chosen rows."""
        return type(self)(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def save(self, path: Path) -> None:
        """Write one ``.npz``."""
        np.savez(
            path, allow_pickle=False, **{field.name: getattr(self, field.name) for field in fields(self)}
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote."""
        with np.load(path) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})

    @classmethod
    def gather(cls, windows: Iterable[Window], left_out: LeftOut | None = None) -> Self:
        """Stack windows; where there is none, ``left_out`` tells why.

        Raises
        ------
        RecordingError
            There is none.
        """
        kept = list(windows)
        if not kept:
            why = left_out.first() if left_out else ""
            raise RecordingError(
                f"no recording holds {_SHORTEST_S:.0f} s of one lead: nothing can be judged{why}"
            )
        return cls(
            rows=np.stack([window.row for window in kept]),
            labels=np.array([window.label for window in kept]),
            records=np.array([window.record for window in kept]),
            digests=np.array([window.digest for window in kept]),
            beats_uv=np.stack([window.beat_uv for window in kept]),
        )


def strip_windows(strips: Iterable[Strip], left_out: LeftOut | None = None) -> Iterator[Window]:
    """Cut each strip of 5 s or more into at most three windows; a strip shorter than 30 s is one.

    ``left_out`` is told of the strips that are shorter, and of those whose label is none of ``LABELS``.
    """
    noted = left_out or LeftOut()
    for original in strips:
        if original.label not in LABELS:
            noted.note(original.record, f"its label {original.label!r} is none of {', '.join(LABELS)}")
            continue
        strip = at_judgeable_rate(original)
        length = round(RHYTHM_WINDOW_S * strip.rate_hz)
        spare = len(strip.ecg_mv) - length
        if len(strip.ecg_mv) < _SHORTEST_S * strip.rate_hz:
            noted.note(strip.record, f"it is shorter than {_SHORTEST_S:.0f} s")
            continue
        peaks = stream_r_peaks(strip.ecg_mv, strip.rate_hz)
        digest = record_digest(original.ecg_mv)
        count = min(_MOST_WINDOWS, 1 + int(np.ceil(max(spare, 0) / (_FRESH_S * strip.rate_hz))))
        for start in np.linspace(0, max(spare, 0), count).round().astype(int):
            part = _part(strip.ecg_mv, strip.rate_hz, peaks, start, length)
            yield _window(*part, label=strip.label, record=strip.record, digest=digest)


def annotated_windows(recording: Annotated, r_peaks: NDArray[np.int64], *, hop_s: float) -> Iterator[Window]:
    """Windows of 30 s each ``hop_s``, labelled by the rhythm that fills the whole window, or ``mixed``."""
    length, hop = round(RHYTHM_WINDOW_S * recording.rate_hz), round(hop_s * recording.rate_hz)
    starts = np.array([sample for sample, _ in recording.rhythms])
    digest = record_digest(recording.ecg_mv)
    for start in range(0, len(recording.ecg_mv) - length + 1, hop):
        first = max(int(np.searchsorted(starts, start, side="right")) - 1, 0)
        last = max(int(np.searchsorted(starts, start + length, side="left")), first + 1)
        held = {name for _, name in recording.rhythms[first:last]}
        label = held.pop() if len(held) == 1 else "mixed"
        part = _part(recording.ecg_mv, recording.rate_hz, r_peaks, start, length)
        yield _window(*part, label=label, record=recording.record, digest=digest)


_Part = tuple[NDArray[np.floating], float, NDArray[np.int64]]


def _part(
    ecg_mv: NDArray[np.floating], rate_hz: float, r_peaks: NDArray[np.int64], start: int, length: int
) -> _Part:
    window = ecg_mv[start : start + length]
    return window, rate_hz, r_peaks[(r_peaks >= start) & (r_peaks < start + len(window))] - start


def _window(  # noqa: PLR0913 - a window and what is known of it, by name
    ecg_mv: NDArray[np.floating],
    rate_hz: float,
    r_peaks: NDArray[np.int64],
    *,
    label: str,
    record: str,
    digest: str,
) -> Window:
    median_uv = 1000 * np.array(rhythm_evidence(ecg_mv, rate_hz, r_peaks).median_beat_mv or [0.0] * 90)
    return Window(
        row=rhythm_inputs(ecg_mv, rate_hz, r_peaks)[TENSOR][0],
        label=label,
        record=record,
        digest=digest,
        beat_uv=np.clip(median_uv.round(), -32_000, 32_000).astype(np.int16),
    )
