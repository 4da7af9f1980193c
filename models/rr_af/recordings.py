"""RR intervals with the rhythm of each, from the sets the model is trained and judged on."""

import lzma
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import Annotated, Strip, mitdb
from models.folds import record_digest
from models.left_out import LeftOut, leave_out
from models.streaming import stream_r_peaks
from vitals.errors import RecordingError

__all__ = [
    "AFDB_ARCHIVE",
    "ECTOPIC",
    "FIBRILLATION",
    "FLUTTER",
    "RrRecording",
    "afdb",
    "afdb_folder",
    "mitdb_intervals",
    "strip_intervals",
]

FIBRILLATION: Final = "AFIB"
FLUTTER: Final = "AFL"
AFDB_ARCHIVE: Final = "afdb_rr.tar.xz"
ECTOPIC: Final = frozenset("AaJSVFeEj")
"""Annotation codes of beats that come from elsewhere than the sinus node."""

_FEWEST_BEATS: Final = 10
_SAME_PERSON: Final = {"202": "201"}
"""Records 201 and 202 of MIT-BIH are of one man (its directory of records)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RrRecording:
    """A long row of intervals of one person, oldest first.

    ``rr_ms`` is ``(n,) float64`` ms, NaN where beats are missing between two; ``rhythms`` and ``symbols``
    are the rhythm and the kind of the beat that ends each, in the words of the MIT-BIH format.
    """

    record: str
    patient: str
    rr_ms: NDArray[np.float64]
    rhythms: NDArray[np.str_]
    symbols: NDArray[np.str_]

    @property
    def is_fibrillation(self) -> NDArray[np.bool_]:
        """Which intervals are annotated as atrial fibrillation; flutter is not."""
        return np.asarray(self.rhythms == FIBRILLATION)

    @property
    def digest(self) -> str:
        """What the recording is known by, wherever it lies."""
        return record_digest(np.round(np.nan_to_num(self.rr_ms)).astype("<i4"))


def afdb_folder(records_dir: Path) -> Path:
    """Return the folder that holds the archive: the one given, or ``afdb_rr`` inside it.

    Raises
    ------
    RecordingError
        Neither holds it.
    """
    for folder in (records_dir, records_dir / "afdb_rr"):
        if (folder / AFDB_ARCHIVE).is_file():
            return folder
    raise RecordingError(
        f"{records_dir} holds no {AFDB_ARCHIVE}: point at the folder that does, or at its parent"
    )


def afdb(folder: Path, left_out: LeftOut | None = None) -> Iterator[RrRecording]:
    """Yield the recordings of ``afdb_rr.tar.xz`` that have both beats and rhythms, in order of name.

    Where ``left_out`` is given those that have but one are noted there, and those with a line that is none.

    Raises
    ------
    RecordingError
        The archive cannot be read, or holds no such recording, or (without ``left_out``) one with a line that
        is none.
    """
    noted = left_out or LeftOut()
    texts = _texts(folder / AFDB_ARCHIVE)
    records = sorted(name for name in texts["qrs"] if name in texts["atr"])
    if not records:
        raise RecordingError(
            f"{folder / AFDB_ARCHIVE} holds no qrsNNNNN.txt with an atrNNNNN.txt: it is another archive"
        )
    for record in texts["qrs"].keys() ^ texts["atr"].keys():
        noted.note(record, "the archive has not both its qrsNNNNN.txt and its atrNNNNN.txt")
    for record in records:
        try:
            recording = _read(record, texts["qrs"][record], texts["atr"][record])
        except RecordingError as error:
            leave_out(left_out, record, error)
        else:
            yield recording


def _read(record: str, qrs: str, atr: str) -> RrRecording:
    try:
        return _recording(record, _beats(qrs), _rhythms(atr))
    except (ValueError, IndexError) as error:
        raise RecordingError(
            f"record {record} of {AFDB_ARCHIVE} cannot be read ({error}): copy it again"
        ) from error


def mitdb_intervals(folder: Path, left_out: LeftOut | None = None) -> list[RrRecording]:
    """Return the intervals between the annotated beats of a WFDB folder such as MIT-BIH."""
    return [_of_annotated(recording) for recording in mitdb(folder, left_out=left_out)]


def strip_intervals(strips: Iterable[Strip]) -> Iterator[RrRecording]:
    """Yield the intervals of short strips by the gateway's own detector; the label stands as the rhythm."""
    for strip in strips:
        peaks = stream_r_peaks(strip.ecg_mv, strip.rate_hz)
        if len(peaks) > _FEWEST_BEATS:
            rr_ms = np.diff(peaks) * 1000.0 / strip.rate_hz
            rhythm = FIBRILLATION if strip.label == "A" else strip.label
            yield RrRecording(
                record=strip.record,
                patient=strip.record,
                rr_ms=rr_ms,
                rhythms=np.full(len(rr_ms), rhythm),
                symbols=np.full(len(rr_ms), "?"),
            )


def _texts(archive: Path) -> dict[str, dict[str, str]]:
    """Return the text of each member by what it holds and by its record."""
    texts: dict[str, dict[str, str]] = {"qrs": {}, "atr": {}}
    try:
        with tarfile.open(archive, "r:xz") as members:
            for member in members:
                name, content = Path(member.name), members.extractfile(member)
                if content is not None and name.suffix == ".txt" and name.stem[:3] in texts:
                    texts[name.stem[:3]][name.stem[3:]] = content.read().decode("ascii")
    except (tarfile.TarError, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise RecordingError(f"{archive} cannot be read ({error}): copy it again") from error
    return texts


def _beats(text: str) -> NDArray[np.float64]:
    """``(n, 3)``: first sample, interval in s, last sample."""
    beats = np.array([line.split() for line in text.splitlines() if line.strip()], dtype=np.float64)
    if beats.ndim != 2 or beats.shape[1] != 3:  # noqa: PLR2004 - the three columns above
        raise ValueError("its beats are not rows of first sample, interval and last sample")
    if not np.isfinite(beats).all():
        raise ValueError("a number of its beats is none")
    return beats


def _rhythms(text: str) -> list[tuple[int, str]]:
    """First sample and name of each rhythm, of lines that end in one, such as ``(AFIB``."""
    rows = [line.split() for line in text.splitlines()]
    found = [(int(row[row.index("+") - 1]), row[-1][1:]) for row in rows if row and row[-1].startswith("(")]
    if not found:
        raise ValueError("it names no rhythm")
    return found


def _recording(record: str, beats: NDArray[np.float64], rhythms: list[tuple[int, str]]) -> RrRecording:
    first, rr_s, last = beats.T
    starts = np.array([sample for sample, _ in rhythms])
    names = np.array([name for _, name in rhythms])
    of_beat = names[np.maximum(np.searchsorted(starts, last, side="right") - 1, 0)]
    breaks = np.flatnonzero(first[1:] != last[:-1]) + 1
    return RrRecording(
        record=record,
        patient=record,
        rr_ms=np.insert(1000.0 * rr_s, breaks, np.nan),
        rhythms=np.insert(of_beat, breaks, of_beat[breaks]),
        symbols=np.full(len(of_beat) + len(breaks), "?"),
    )


def _of_annotated(recording: Annotated) -> RrRecording:
    starts = np.array([sample for sample, _ in recording.rhythms])
    names = np.array([name for _, name in recording.rhythms])
    return RrRecording(
        record=recording.record,
        patient=_SAME_PERSON.get(recording.record, recording.record),
        rr_ms=np.diff(recording.beats) * 1000.0 / recording.rate_hz,
        rhythms=names[np.maximum(np.searchsorted(starts, recording.beats[1:], side="right") - 1, 0)],
        symbols=np.array(recording.beat_symbols[1:]),
    )
