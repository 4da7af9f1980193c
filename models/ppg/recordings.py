"""Read sessions of wrist PPG with acceleration and a heart rate to judge by, in the layouts of TROIKA's set.

A session is a ``.mat`` whose ``sig`` has a row a channel: chest ECG (in the training sessions alone), two
of PPG, three of acceleration in g. Its truth, ``BPM0``, lies in another ``.mat`` of the same number:
``DATA_01_TYPE01_BPMtrace`` beside ``DATA_01_TYPE01``, ``True_S01_T01`` beside ``TEST_S01_T01``.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from models.folds import record_digest
from models.left_out import LeftOut, leave_out
from vitals.errors import RecordingError
from vitals.features.ppg_evidence import HOP_S, WINDOW_S

__all__ = ["Session", "folder_of", "sessions"]

_RATE_HZ: Final = 125.0
_WITH_ECG, _WITHOUT_ECG = 6, 5
_UNREADABLE: Final = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    NotImplementedError,
    struct.error,
    zlib.error,
)
"""What reading a damaged ``.mat`` may raise."""
_KEY: Final = re.compile(r"^(?:data|test|true|truth|ref|bpm)_|_(?:bpm.*|true|truth|ref)$", re.IGNORECASE)
_PERSON: Final = re.compile(r"^(?:[a-z]+_)?(s?\d+)", re.IGNORECASE)


_Contents = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session at ``rate_hz``: ``(channels, n)`` of light, ``(3, n)`` in g, and a true rate a window.

    The windows of ``truth_per_min`` are 8 s long and 2 s apart, the first from the first sample on.
    """

    record: str
    person: str
    rate_hz: float
    light: NDArray[np.float64]
    acceleration_g: NDArray[np.float64]
    truth_per_min: NDArray[np.float64]
    digest: str

    def with_channels(self, *channels: int) -> Self:
        """Return the session as a wearable with these channels of light alone would have it."""
        return replace(self, light=self.light[list(channels)])

    def hastened(self, times: float) -> Self:
        """Return the session lived so many times as fast: heart, stride and all."""
        length_s = self.light.shape[1] / (self.rate_hz * times)
        middles_s = np.arange(0.0, length_s - WINDOW_S + 1e-6, HOP_S) + WINDOW_S / 2
        known_s = WINDOW_S / 2 + HOP_S * np.arange(len(self.truth_per_min))
        within = middles_s * times <= known_s[-1]
        truth = times * np.interp(middles_s[within] * times, known_s, self.truth_per_min)
        return replace(self, rate_hz=self.rate_hz * times, truth_per_min=truth)


def folder_of(records_dir: Path) -> Path:
    """Return where the sessions lie: in ``troika/`` of a folder of sets, or in the folder itself."""
    inner = records_dir / "troika"
    return inner if inner.is_dir() else records_dir


def sessions(folder: Path, left_out: LeftOut | None = None) -> Iterator[Session]:
    """Yield every session with a truth in a folder or below it, in order of name.

    Where ``left_out`` is given a session without a truth is noted there, and a file that cannot be read.

    Raises
    ------
    RecordingError
        There is none, or (without ``left_out``) a file cannot be read.
    """
    noted, truths, signals = left_out or LeftOut(), {}, {}
    for path in sorted(folder.rglob("*.mat")):
        try:
            contents = _contents(path)
        except RecordingError as error:
            leave_out(left_out, path.stem, error)
            continue
        if (truth := _truth(contents)) is not None:
            truths[_key(path)] = truth
        elif (rows := _signals(contents)) is not None:
            signals[path] = rows
    for path, rows in signals.items():
        if _key(path) in truths:
            yield _session(path, rows, truths[_key(path)])
        else:
            noted.note(path.stem, "no .mat of its number holds its truth (`BPM0`)")
    if not truths.keys() & {_key(path) for path in signals}:
        raise RecordingError(
            f"{folder} holds no .mat with `sig` and its truth (`BPM0`): point at a folder such as troika/, "
            f"with DATA_01_TYPE01.mat and DATA_01_TYPE01_BPMtrace.mat, say{noted.first()}"
        )


def _session(path: Path, signals: NDArray[np.float64], truth: NDArray[np.float64]) -> Session:
    rows = signals[1:] if len(signals) == _WITH_ECG else signals
    windows = int((rows.shape[1] / _RATE_HZ - WINDOW_S) / HOP_S + 1e-6) + 1
    person = _PERSON.match(path.stem)
    return Session(
        record=path.stem,
        person=person.group(0) if person else path.stem,
        rate_hz=_RATE_HZ,
        light=rows[:2],
        acceleration_g=rows[2:],
        truth_per_min=truth[: max(0, windows)],
        digest=record_digest(rows.astype("<f8")),
    )


def _key(path: Path) -> str:
    """Return what a session's name and that of its truth have in common."""
    key, changed = path.stem, ""
    while key != changed:
        key, changed = _KEY.sub("", key), key
    return key.lower()


def _contents(path: Path) -> _Contents:
    from scipy.io import loadmat, matlab  # noqa: PLC0415 - only training and evaluation need it

    try:
        found = loadmat(path)
    except matlab.MatReadError as error:
        raise RecordingError(f"{path} cannot be read ({error}): copy it again or leave it out") from error
    except _UNREADABLE as error:
        raise RecordingError(
            f"{path} cannot be read ({error}): save it as MATLAB 5 or leave it out"
        ) from error
    return {
        name: np.asarray(values, dtype=np.float64)
        for name, values in found.items()
        if not name.startswith("_") and np.issubdtype(np.asarray(values).dtype, np.number)
    }


def _signals(contents: _Contents) -> NDArray[np.float64] | None:
    """Return the rows of a session, turned if they stand as columns; ``None`` of another file."""
    for values in contents.values():
        rows = values.T if values.ndim == 2 and values.shape[0] > values.shape[1] else values  # noqa: PLR2004
        if rows.ndim == 2 and len(rows) in (_WITH_ECG, _WITHOUT_ECG):  # noqa: PLR2004
            return rows
    return None


def _truth(contents: _Contents) -> NDArray[np.float64] | None:
    """Return the true rates, a number a window; ``None`` of another file."""
    values = contents.get("BPM0", next(iter(contents.values()), np.empty((0, 0))))
    return values.ravel() if values.size > 0 and max(values.shape) == values.size else None
