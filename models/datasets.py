"""Read the public recordings the models are trained and judged on, from a folder the caller names."""

import csv
import hashlib
import io
import lzma
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.left_out import LeftOut, leave_out
from vitals.errors import RecordingError

if TYPE_CHECKING:
    import wfdb

__all__ = [
    "JUDGEABLE_HZ",
    "UNREADABLE",
    "Annotated",
    "Strip",
    "at_judgeable_rate",
    "at_rate",
    "cinc2017",
    "file_sha256",
    "flutter_of",
    "mitdb",
    "mv_per_unit",
]

JUDGEABLE_HZ: Final = (125.0, 360.0)
"""Between which rates beats are searched for."""
_STRIP_RATE_HZ: Final = 300.0
_STRIP_SUFFIXES: Final = (".hea", ".mat")
_FINEST_RATIO: Final = 10_000
"""One rate over another is taken to be a fraction of numbers no larger: an hour is then true to 40 us."""
_WFDB_GAIN: Final = 200.0
_MV_PER_UNIT: Final = {"mv": 1.0, "uv": 1e-3, "v": 1e3}
UNREADABLE: Final = (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError)
"""What reading a damaged WFDB record may raise."""
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


def cinc2017(folder: Path, *, left_out: LeftOut | None = None) -> Iterator[Strip]:
    """Yield the strips that ``REFERENCE.csv`` labels: loose ``.hea`` and ``.mat``, else ``records.tar.xz``.

    Records without a label, and labels without a record, are passed over. Where ``left_out`` is given they
    are noted there, and so is a record that cannot be read.

    Raises
    ------
    RecordingError
        There is no ``REFERENCE.csv``, none of its records, or (without ``left_out``) one that cannot be read.
    """
    labels, noted, read = _labels(folder), left_out or LeftOut(), set()
    pending: dict[str, dict[str, bytes]] = {}
    for record, kind, content in _strip_files(folder, labels, noted):
        files = pending.setdefault(record, {})
        files[kind] = content
        if len(files) < len(_STRIP_SUFFIXES):
            continue
        read.add(record)
        del pending[record]
        try:
            strip = _strip(record, labels[record], hea=files[".hea"], mat=files[".mat"])
        except RecordingError as error:
            leave_out(left_out, record, error)
        else:
            yield strip
    for record in labels.keys() - read:
        noted.note(record, "REFERENCE.csv names it, but its .hea or its .mat is not there")
    if not read:
        raise RecordingError(
            f"{folder} holds none of the records of REFERENCE.csv: put .hea and .mat there, "
            "loose or in records.tar.xz"
        )


def _labels(folder: Path) -> dict[str, str]:
    reference = folder / "REFERENCE.csv"
    if not reference.is_file():
        raise RecordingError(
            f"{reference} is missing: point at the folder with REFERENCE.csv and .hea and .mat, "
            "loose or in records.tar.xz"
        )
    text = reference.read_text(encoding="utf-8-sig", errors="replace")
    return {row[0].strip(): row[1].strip() for row in csv.reader(io.StringIO(text)) if len(row) > 1}


def _strip_files(folder: Path, wanted: Collection[str], noted: LeftOut) -> Iterator[tuple[str, str, bytes]]:
    """Yield record, suffix and content of each file wanted, loose ones before those of the archive."""
    archive = folder / "records.tar.xz"
    loose = sorted(path for path in folder.iterdir() if path.suffix in _STRIP_SUFFIXES)
    for path in loose:
        if _is_wanted(path, wanted, noted):
            yield path.stem, path.suffix, path.read_bytes()
    if loose or not archive.is_file():
        return
    try:
        with tarfile.open(archive, "r|xz") as members:
            for member in members:
                path, content = Path(member.name), members.extractfile(member)
                if content and path.suffix in _STRIP_SUFFIXES and _is_wanted(path, wanted, noted):
                    yield path.stem, path.suffix, content.read()
    except (tarfile.TarError, lzma.LZMAError, EOFError, OSError) as error:
        raise RecordingError(f"{archive} cannot be read to its end ({error}): copy it again") from error


def _is_wanted(path: Path, wanted: Collection[str], noted: LeftOut) -> bool:
    if path.stem not in wanted:
        noted.note(path.stem, "REFERENCE.csv has no label for it")
    return path.stem in wanted


def _strip(record: str, label: str, *, hea: bytes, mat: bytes) -> Strip:
    """Decode a WFDB record of 16-bit samples, its first signal; ``-32768`` stands for a sample not taken."""
    try:
        lines = [line.split() for line in hea.decode("ascii").splitlines() if line.strip() and line[0] != "#"]
        (_, signals, rate, *length), (_, layout, gain_text, *further) = lines[0], lines[1]
        gain, baseline, to_mv = _gain(gain_text, further)
        if layout.partition("+")[0] != "16":
            raise RecordingError(f"{record}: format {layout} is not 16-bit: convert it with wfdb")
        counts = np.frombuffer(mat, dtype="<i2", offset=int(layout.partition("+")[2] or 0))
        first = counts[: len(counts) // int(signals) * int(signals)].reshape(-1, int(signals))[:, 0]
        if length and len(first) < int(length[0]):
            raise RecordingError(
                f"{record}: only {len(first)} of its {length[0]} samples are there: fetch it again"
            )
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

    low_hz, high_hz = JUDGEABLE_HZ
    if low_hz <= strip.rate_hz <= high_hz:
        return strip
    ratio = Fraction(_STRIP_RATE_HZ / strip.rate_hz).limit_denominator(1000)
    resampled = resample_poly(strip.ecg_mv, ratio.numerator, ratio.denominator).astype(np.float32)
    return replace(strip, rate_hz=strip.rate_hz * float(ratio), ecg_mv=resampled)


def mitdb(folder: Path, *, lead: int = 0, left_out: LeftOut | None = None) -> Iterator[Annotated]:
    """Yield every WFDB record with ``.atr`` annotations in a folder, one lead of it, in order of name.

    A record without annotations or without such a lead is passed over. Where ``left_out`` is given a record
    without annotations is noted there, and so is one that cannot be read.

    Raises
    ------
    RecordingError
        The folder holds no such record, or (without ``left_out``) one that cannot be read.
    """
    headers, noted, annotated = sorted(folder.glob("*.hea")), left_out or LeftOut(), 0
    for header in headers:
        if not header.with_suffix(".atr").is_file():
            noted.note(header.stem, "there is no .atr beside its .hea")
            continue
        annotated += 1
        try:
            recording = _annotated(header, lead)
        except RecordingError as error:
            leave_out(left_out, header.stem, error)
            continue
        if recording is not None:
            yield recording
    if not annotated:
        raise RecordingError(
            f"{folder} holds no .hea with an .atr beside it: point at a WFDB folder such as mitdb/"
        )


def mv_per_unit(unit: str) -> float:
    """Return how many mV a unit is; 0 for what is no voltage."""
    return _MV_PER_UNIT.get(unit.lower(), 0.0)


def _annotated(header: Path, lead: int) -> Annotated | None:
    """Read one lead of a record, of those in volts, with its annotations; ``None`` if it has but one."""
    import wfdb  # noqa: PLC0415 - only training and evaluation need it

    path = str(header.with_suffix(""))
    try:
        factors = [mv_per_unit(unit) for unit in wfdb.rdheader(path).units or ()]
        leads = [place for place, factor in enumerate(factors) if factor]
        if lead and len(leads) <= lead:
            return None
        record, notes = wfdb.rdrecord(path, channels=[leads[lead]]), wfdb.rdann(path, "atr")
    except UNREADABLE as error:
        raise RecordingError(
            f"{header} or its .dat or .atr cannot be read ({error}): copy it again"
        ) from error
    of_beat = [
        (sample, symbol)
        for sample, symbol in zip(notes.sample, notes.symbol, strict=True)
        if symbol in BEAT_SYMBOLS
    ]
    if not of_beat or not np.isfinite(record.p_signal).any():
        raise RecordingError(
            f"{header}: no beat is annotated, or not one sample was taken: nothing can be judged"
        )
    return Annotated(
        record=header.stem,
        rate_hz=float(record.fs),
        ecg_mv=(record.p_signal[:, 0] * factors[leads[lead]]).astype(np.float32),
        beats=np.array([sample for sample, _ in of_beat], dtype=np.int64),
        beat_symbols=tuple(symbol for _, symbol in of_beat),
        rhythms=tuple(
            (int(sample), note.strip("\x00").lstrip("("))
            for sample, symbol, note in zip(notes.sample, notes.symbol, notes.aux_note, strict=True)
            if symbol == "+"
        ),
        flutter=flutter_of(notes, end=record.sig_len),
    )


def flutter_of(notes: "wfdb.Annotation", *, end: int) -> tuple[tuple[int, int], ...]:
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
    ratio = Fraction(rate_hz / recording.rate_hz).limit_denominator(_FINEST_RATIO)
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
