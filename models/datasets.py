"""Read the public recordings the models are trained and judged on, from a folder the caller names."""

import csv
import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import RecordingError

if TYPE_CHECKING:
    import wfdb

__all__ = ["Annotated", "Strip", "at_judgeable_rate", "at_rate", "cinc2017", "file_sha256", "mitdb"]

MITDB_RATE_HZ: Final = 360
_JUDGEABLE_HZ: Final = (125.0, 360.0)
_STRIP_RATE_HZ: Final = 300.0
_STRIP_SUFFIXES: Final = (".hea", ".mat")
_WFDB_GAIN: Final = 200.0
_MV_PER_UNIT: Final = {"mv": 1.0, "uv": 1e-3, "v": 1e3}
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
    """Yield the strips that ``REFERENCE.csv`` labels: loose ``.hea`` and ``.mat``, else ``records.tar.xz``.

    Records without a label are passed over.

    Raises
    ------
    RecordingError
        There is no ``REFERENCE.csv``, none of its records, or one that cannot be read.
    """
    reference = folder / "REFERENCE.csv"
    if not reference.is_file():
        raise RecordingError(
            f"{reference} is missing: point at the folder with REFERENCE.csv and .hea and .mat, "
            "loose or in records.tar.xz"
        )
    labels = {row[0]: row[1] for row in csv.reader(io.StringIO(reference.read_text())) if len(row) > 1}
    found = False
    pending: dict[str, dict[str, bytes]] = {}
    for name, content in _strip_files(folder):
        record, kind = Path(name).stem, Path(name).suffix
        if record not in labels:
            continue
        files = pending.setdefault(record, {})
        files[kind] = content()
        if len(files) == len(_STRIP_SUFFIXES):
            found = True
            files = pending.pop(record)
            yield _strip(record, labels[record], hea=files[".hea"], mat=files[".mat"])
    if not found:
        raise RecordingError(
            f"{folder} holds none of the records of REFERENCE.csv: put .hea and .mat there, "
            "loose or in records.tar.xz"
        )


def _strip_files(folder: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name each ``.hea`` and ``.mat``, and how to read it, loose files before the archive."""
    archive = folder / "records.tar.xz"
    loose = sorted(path for path in folder.iterdir() if path.suffix in _STRIP_SUFFIXES)
    for path in loose:
        yield path.name, path.read_bytes
    if loose or not archive.is_file():
        return
    with tarfile.open(archive, "r|xz") as members:
        for member in members:
            content = members.extractfile(member)
            if content is not None and Path(member.name).suffix in _STRIP_SUFFIXES:
                yield member.name, content.read


def _strip(record: str, label: str, *, hea: bytes, mat: bytes) -> Strip:
    """Decode a WFDB record of 16-bit samples, its first signal; ``-32768`` stands for a sample not taken."""
    try:
        lines = [line.split() for line in hea.decode("ascii").splitlines() if line.strip() and line[0] != "#"]
        (_, signals, rate, *_), (_, layout, gain_text, *further) = lines[0], lines[1]
        gain, baseline, to_mv = _gain(gain_text, further)
        if layout.partition("+")[0] != "16":
            raise RecordingError(f"{record}: format {layout} is not 16-bit: convert it with wfdb")
        counts = np.frombuffer(mat, dtype="<i2", offset=int(layout.partition("+")[2] or 0))
        first = counts[: len(counts) // int(signals) * int(signals)].reshape(-1, int(signals))[:, 0]
        ecg_mv = ((_held(first) - baseline) / gain * to_mv).astype(np.float32)
        return Strip(record=record, label=label, rate_hz=float(rate.partition("/")[0]), ecg_mv=ecg_mv)
    except (ValueError, IndexError, KeyError, ZeroDivisionError) as error:
        raise RecordingError(
            f"{record}: its .hea or .mat cannot be read ({error}): fetch it again"
        ) from error


def _gain(text: str, further: list[str]) -> tuple[float, float, float]:
    """Read ``gain(baseline)/unit``: counts a unit, the count that stands for 0, and mV a unit."""
    number, _, unit = text.partition("/")
    gain, _, baseline = number.partition("(")
    zero = baseline.rstrip(")") or (further[1] if len(further) > 1 else "0")
    return float(gain) or _WFDB_GAIN, float(zero), _MV_PER_UNIT[unit.lower() or "mv"]


def _held(counts: NDArray[np.int16]) -> NDArray[np.float64]:
    """Let a sample that was not taken keep the value before it."""
    is_taken = counts != np.iinfo(np.int16).min
    places = np.maximum.accumulate(np.where(is_taken, np.arange(len(counts)), 0))
    return np.where(is_taken[places], counts[places], 0).astype(np.float64)


def at_judgeable_rate(strip: Strip) -> Strip:
    """Resample a strip of under 125 or over 360 Hz to 300 Hz, so that beats can be found in it."""
    from scipy.signal import resample_poly  # noqa: PLC0415 - only training and evaluation need it

    low_hz, high_hz = _JUDGEABLE_HZ
    if low_hz <= strip.rate_hz <= high_hz:
        return strip
    ratio = Fraction(_STRIP_RATE_HZ / strip.rate_hz).limit_denominator(1000)
    resampled = resample_poly(strip.ecg_mv, ratio.numerator, ratio.denominator).astype(np.float32)
    return replace(strip, rate_hz=strip.rate_hz * float(ratio), ecg_mv=resampled)


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
