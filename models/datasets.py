"""Read the public recordings the models are trained and judged on, from a folder the caller names."""

import csv
import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import RecordingError

if TYPE_CHECKING:
    import wfdb

__all__ = ["Annotated", "Strip", "at_rate", "cinc2017", "file_sha256", "mitdb"]

MITDB_RATE_HZ: Final = 360
BEAT_SYMBOLS: Final = frozenset("NLRBAaJSVrFejnE/fQ?")
"""Annotation codes of heart beats in the MIT-BIH format; every other code is no beat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One labelled recording of one lead: ``(n,)`` float32 mV."""

    record: str
    label: str
    rate_hz: float
    ecg_mv: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """A long recording of one lead, its beats and its rhythms, each from its sample to the next."""

    record: str
    rate_hz: float
    ecg_mv: NDArray[np.float32]
    beats: NDArray[np.int64]
    beat_symbols: tuple[str, ...]
    rhythms: tuple[tuple[int, str], ...]
    flutter: tuple[tuple[int, int], ...]
    """Stretches of ventricular flutter, first and last sample: there are no beats to find in them."""


def cinc2017(folder: Path) -> Iterator[Strip]:
    """Yield the strips of the PhysioNet/CinC Challenge 2017 of ``records.tar.xz`` and ``REFERENCE.csv``.

    Raises
    ------
    RecordingError
        Either file is missing.
    """
    reference, archive = folder / "REFERENCE.csv", folder / "records.tar.xz"
    for needed in (reference, archive):
        if not needed.is_file():
            raise RecordingError(f"{needed} is missing: point --data at the folder that holds cinc2017/")
    labels = dict(csv.reader(io.StringIO(reference.read_text())))
    with tarfile.open(archive, "r|xz") as members:
        headers: dict[str, list[str]] = {}
        for member in members:
            record, kind = Path(member.name).stem, Path(member.name).suffix
            content = members.extractfile(member)
            if content is None or record not in labels:
                continue
            if kind == ".hea":
                headers[record] = content.read().decode("ascii").split()
            elif kind == ".mat":
                yield _strip(record, labels[record], headers.pop(record), content.read())


def _strip(record: str, label: str, header: list[str], mat: bytes) -> Strip:
    """Decode a WFDB record of one signal: rate in the first line, offset and gain in the second."""
    layout, gain = header[header.index(f"{record}.mat") + 1 :][:2]
    counts = np.frombuffer(mat, dtype="<i2", offset=int(layout.partition("+")[2]))
    ecg_mv = (counts / float(gain.removesuffix("/mV"))).astype(np.float32)
    return Strip(record=record, label=label, rate_hz=float(header[2]), ecg_mv=ecg_mv)


def mitdb(folder: Path, *, lead: int = 0) -> Iterator[Annotated]:
    """Yield every WFDB record with ``.atr`` annotations in a folder, one lead of it, in order of name.

    A record that has no such lead is left out.

    Raises
    ------
    RecordingError
        The folder holds no such record.
    """
    import wfdb  # noqa: PLC0415 - only training and evaluation need it

    headers = sorted(header for header in folder.glob("*.hea") if header.with_suffix(".atr").is_file())
    if not headers:
        raise RecordingError(
            f"{folder} holds no .hea with an .atr beside it: point at a WFDB folder such as mitdb/"
        )
    for header in headers:
        path = str(header.with_suffix(""))
        if wfdb.rdheader(path).n_sig <= lead:
            continue
        record = wfdb.rdrecord(path, channels=[lead])
        notes = wfdb.rdann(path, "atr")
        of_beat = [
            (sample, symbol)
            for sample, symbol in zip(notes.sample, notes.symbol, strict=True)
            if symbol in BEAT_SYMBOLS
        ]
        yield Annotated(
            record=header.stem,
            rate_hz=float(record.fs),
            ecg_mv=record.p_signal[:, 0].astype(np.float32),
            beats=np.array([sample for sample, _ in of_beat], dtype=np.int64),
            beat_symbols=tuple(symbol for _, symbol in of_beat),
            rhythms=tuple(
                (int(sample), note.strip("\x00").lstrip("("))
                for sample, symbol, note in zip(notes.sample, notes.symbol, notes.aux_note, strict=True)
                if symbol == "+"
            ),
            flutter=_flutter(notes, end=record.sig_len),
        )


def _flutter(notes: "wfdb.Annotation", *, end: int) -> tuple[tuple[int, int], ...]:
    """Pair where flutter begins and ends; what never ends in the recording lasts to its end."""
    starts, stops = _samples_of(notes, "["), _samples_of(notes, "]")
    return tuple((start, min((stop for stop in stops if stop >= start), default=end)) for start in starts)


def _samples_of(notes: "wfdb.Annotation", sought: str) -> list[int]:
    return [
        int(sample) for sample, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol == sought
    ]


def at_rate(recording: Annotated, rate_hz: float) -> Annotated:
    """Resample a recording with its annotations, by a polyphase filter."""
    from scipy.signal import resample_poly  # noqa: PLC0415 - only training and evaluation need it

    if rate_hz == recording.rate_hz:
        return recording
    ratio = Fraction(rate_hz) / Fraction(recording.rate_hz)
    share = rate_hz / recording.rate_hz
    return replace(
        recording,
        rate_hz=rate_hz,
        ecg_mv=resample_poly(recording.ecg_mv, ratio.numerator, ratio.denominator).astype(np.float32),
        beats=np.round(recording.beats * share).astype(np.int64),
        rhythms=tuple((round(sample * share), name) for sample, name in recording.rhythms),
        flutter=tuple((round(start * share), round(end * share)) for start, end in recording.flutter),
    )


def file_sha256(*paths: Path) -> str:
    """One hash over files in the order given, so that a manifest can say what was read."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
