"""Long annotated recordings for the beat model: all leads, beats in the classes of ANSI/AAMI EC57."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import JUDGEABLE_HZ, UNREADABLE, flutter_of, mv_per_unit
from models.folds import record_digest
from models.left_out import LeftOut, leave_out
from vitals.errors import RecordingError

__all__ = ["LABELS", "UNSCORED", "BeatRecording", "beat_recordings", "chosen_lead"]

LABELS: Final = ("N", "S", "V", "F")
UNSCORED: Final = "Q"
_CLASSES: Final = {"N": "NLRej", "S": "AaJS", "V": "VE", "F": "F", UNSCORED: "/fQ?"}
"""Annotation codes by class (ANSI/AAMI EC57:1998, table 4): Q is paced or unknown and is not scored."""
_CLASS_OF: Final = {code: label for label, codes in _CLASSES.items() for code in codes}
_PACED: Final = "/"
_ABERRATED: Final = "a"
_SAME_PERSON: Final = {"202": "201"}
"""Recordings of one person, by the directory of the MIT-BIH Arrhythmia Database."""
_LEAD_II: Final = ("II", "MLII")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatRecording:
    """One recording: ``(n, leads)`` mV, the samples of its beats and the class of each."""

    record: str
    patient: str
    digest: str
    rate_hz: float
    leads_mv: NDArray[np.float64]
    lead_names: tuple[str, ...]
    beats: NDArray[np.int64]
    labels: NDArray[np.str_]
    aberrated: NDArray[np.bool_]
    """Early beats of the atria that look ventricular, for they were conducted so."""
    flutter: tuple[tuple[int, int], ...]
    """Stretches of ventricular flutter, first and last sample: there are no beats to find in them."""

    @property
    def lead_mv(self) -> NDArray[np.float64]:
        """The lead that is judged: ``(n,)`` mV."""
        return self.leads_mv[:, chosen_lead(self.lead_names)]


def chosen_lead(names: tuple[str, ...]) -> int:
    """Return the place of lead II, which a chest strap comes nearest to; of the first lead without it."""
    return next((place for place, name in enumerate(names) if name.upper() in _LEAD_II), 0)


def beat_recordings(folder: Path, left_out: LeftOut | None = None) -> Iterator[BeatRecording]:
    """Yield the WFDB records with ``.atr`` beats in ``folder`` or its ``mitdb/``, but those of paced hearts.

    Where ``left_out`` is given paced hearts and records without annotations are noted there, and so is a
    record that cannot be judged.

    Raises
    ------
    RecordingError
        There is none, or (without ``left_out``) one cannot be judged.
    """
    noted, found = left_out or LeftOut(), False
    place = folder / "mitdb" if (folder / "mitdb").is_dir() else folder
    for header in sorted(place.glob("*.hea")):
        if not header.with_suffix(".atr").is_file():
            noted.note(header.stem, "there is no .atr beside its .hea")
            continue
        try:
            recording = _read(header)
        except RecordingError as error:
            leave_out(left_out, header.stem, error)
            continue
        if recording is None:
            noted.note(header.stem, "it is of a paced heart: ANSI/AAMI EC57 leaves those out")
            continue
        found = True
        yield recording
    if not found:
        raise RecordingError(
            f"{folder} holds no .hea with an .atr of unpaced beats: point at a folder such as mitdb/"
            f"{noted.first()}"
        )


def _read(header: Path) -> BeatRecording | None:
    """Read a record with its beats; ``None`` if its heart is paced."""
    import wfdb  # noqa: PLC0415 - only training and evaluation need it

    path, (low_hz, high_hz) = str(header.with_suffix("")), JUDGEABLE_HZ
    try:
        notes, record = wfdb.rdann(path, "atr"), wfdb.rdrecord(path)
    except UNREADABLE as error:
        raise RecordingError(
            f"{header} or its .dat or .atr cannot be read ({error}): copy it again"
        ) from error
    if _PACED in notes.symbol:
        return None
    if not low_hz <= record.fs <= high_hz:
        raise RecordingError(f"{header}: resample it from {record.fs} to {low_hz:.0f}-{high_hz:.0f} Hz")
    if not np.isfinite(record.p_signal).any():
        raise RecordingError(f"{header}: not one sample was taken: nothing can be judged")
    factors = np.array([mv_per_unit(unit) for unit in record.units])
    if not factors.any():
        raise RecordingError(f"{header}: none of its signals is in volts: nothing can be judged")
    leads_mv = (
        np.nan_to_num(np.asarray(record.p_signal[:, factors > 0], dtype=np.float64)) * factors[factors > 0]
    )
    code_at: dict[int, str] = {}
    for at, code in zip(notes.sample.tolist(), notes.symbol, strict=True):
        if code in _CLASS_OF and 0 <= at < len(leads_mv):
            code_at.setdefault(at, code)
    of_beat = sorted(code_at.items())
    if not any(_CLASS_OF[code] != UNSCORED for _, code in of_beat):
        raise RecordingError(f"{header}: no beat of {', '.join(LABELS)} is annotated: nothing can be judged")
    return BeatRecording(
        record=header.stem,
        patient=_SAME_PERSON.get(header.stem, header.stem),
        digest=record_digest(np.round(leads_mv * 1000).astype(np.int32)),
        rate_hz=float(record.fs),
        leads_mv=leads_mv,
        lead_names=tuple(np.array(record.sig_name)[factors > 0].tolist()),
        beats=np.array([at for at, _ in of_beat], dtype=np.int64),
        labels=np.array([_CLASS_OF[code] for _, code in of_beat]),
        aberrated=np.array([code == _ABERRATED for _, code in of_beat]),
        flutter=flutter_of(notes, end=len(leads_mv)),
    )
