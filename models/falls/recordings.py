"""Read recordings of falls and of everyday movement laid out as SisFall's excerpt is, whoever made them.

A folder of ``.npz.xz`` (or ``.npz``) files; each array ``(3, n)`` holds first differences of counts at 200 Hz
and is named ``F01_SA01_R01``: F for a fall or D for none, then any activity code, the person, the trial.
"""

import io
import lzma
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.folds import record_digest
from models.left_out import LeftOut, leave_out
from vitals.errors import RecordingError
from vitals.features.acceleration import MOTION_RATE_HZ, MotionResampler, quiet_seconds

__all__ = ["RATE_HZ", "Motion", "recordings_folder", "sisfall"]

RATE_HZ: Final = 200.0
_NAME: Final = re.compile(r"(?P<activity>[FD][^_]*)_(?P<person>[^_]+)(_.*)?")
_SHORTEST_S: Final = 2.0
_UNREADABLE: Final = (OSError, EOFError, ValueError, KeyError, lzma.LZMAError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """One recording: ``(n, 3)`` g at 50 Hz, the sensor's own reading at rest taken for 1 g."""

    record: str
    activity: str
    person: str
    counts_per_g: float
    acceleration_g: NDArray[np.float64]
    digest: str
    """Names the samples as they were stored, whatever the recording is called."""

    @property
    def is_fall(self) -> bool:
        """Whether its first letter says so."""
        return self.activity.startswith("F")

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return len(self.acceleration_g) / MOTION_RATE_HZ


def recordings_folder(folder: Path) -> Path:
    """Return the folder itself if it holds recordings, else its ``sisfall/``.

    Raises
    ------
    RecordingError
        Neither holds any.
    """
    for place in (folder, folder / "sisfall"):
        if _files(place):
            return place
    raise RecordingError(
        f"{folder} holds no .npz.xz of acceleration, nor does a sisfall/ in it: point at such a folder"
    )


def sisfall(folder: Path, left_out: LeftOut | None = None) -> Iterator[Motion]:
    """Yield every recording of a folder that can be judged, person by person.

    Where ``left_out`` is given the others are noted there, and so is a file that cannot be read at all.

    Raises
    ------
    RecordingError
        A file cannot be read at all, without ``left_out``.
    """
    noted = left_out or LeftOut()
    for path in _files(folder):
        try:
            arrays = _arrays(path)
        except RecordingError as error:
            leave_out(left_out, path.name, error)
        else:
            yield from _of_file(arrays, noted)


def _files(folder: Path) -> list[Path]:
    return sorted((*folder.glob("*.npz.xz"), *folder.glob("*.npz")))


def _of_file(arrays: Mapping[str, NDArray[np.integer]], noted: LeftOut) -> Iterator[Motion]:
    usable: dict[str, list[tuple[str, NDArray[np.int64], str]]] = {}
    for record, stored in arrays.items():
        name = _NAME.fullmatch(record)
        reason = "its name is not like F01_SA01_R01" if name is None else _fault(stored)
        if name is None or reason:
            noted.note(record, reason)
            continue
        counts = np.cumsum(stored, axis=1, dtype=stored.dtype).T.astype(np.int64)
        usable.setdefault(name["person"], []).append((record, counts, record_digest(stored)))
    for person, recordings in usable.items():
        yield from _of_person(person, recordings)


def _arrays(path: Path) -> dict[str, NDArray[np.integer]]:
    try:
        content = path.read_bytes()
        plain = lzma.decompress(content) if path.suffix == ".xz" else content
        with np.load(io.BytesIO(plain), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except _UNREADABLE as error:
        raise RecordingError(f"{path} cannot be read ({error}): copy it again from its owner") from error


def _fault(stored: NDArray[np.integer]) -> str:
    """Say what is wrong with stored differences; nothing if they can be judged."""
    if stored.ndim != 2 or stored.shape[0] != 3 or not np.issubdtype(stored.dtype, np.integer):  # noqa: PLR2004
        return "it is no (3, n) array of whole numbers"
    if stored.shape[1] < _SHORTEST_S * RATE_HZ:
        return f"it is shorter than {_SHORTEST_S:.0f} s"
    if not stored[:, 1:].any():
        return "the sensor says the same throughout"
    return ""


def _of_person(person: str, recordings: list[tuple[str, NDArray[np.int64], str]]) -> Iterator[Motion]:
    """Take the sensor's reading in all of a person's quiet seconds for 1 g, whatever its range and scale."""
    at_50_hz = [MotionResampler(RATE_HZ).push(counts) for _, counts, _ in recordings]
    quiet = np.concatenate([quiet_seconds(samples) for samples in at_50_hz])
    if not len(quiet):
        quiet = np.linalg.norm(np.concatenate(at_50_hz), axis=1)
    counts_per_g = max(float(np.median(quiet)), 1.0)
    for (record, _, digest), samples in zip(recordings, at_50_hz, strict=True):
        yield Motion(
            record=record,
            activity=record.partition("_")[0],
            person=person,
            counts_per_g=counts_per_g,
            acceleration_g=samples / counts_per_g,
            digest=digest,
        )
