"""Recorded hearts: one ECG lead of any WFDB record, in millivolts, with its beats."""

import warnings
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np
import wfdb
from numpy.typing import NDArray
from scipy.signal import resample_poly

from vitals.errors import RecordingError
from vitals.features.rpeaks import SEARCH_BACK_LATENCY_S, RPeakDetector

__all__ = ["Beat", "Recording", "load_wfdb", "resample", "resampled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """An R peak: seconds from the start, and its WFDB annotation symbol (N normal, V ventricular ectopic)."""

    at_s: float
    symbol: str = "N"

    def sample(self, rate_hz: int) -> int:
        """Return the index of the nearest sample; the time itself is exact at every rate."""
        return round(self.at_s * rate_hz)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """One lead of a recorded ECG; `ecg_mv` is `(n,) float64`, mV at `rate_hz`."""

    name: str
    lead: str
    ecg_mv: NDArray[np.float64]
    rate_hz: int
    beats: tuple[Beat, ...]
    source: str

    @property
    def duration_s(self) -> float:
        """Return how long the recording is."""
        return len(self.ecg_mv) / self.rate_hz


def load_wfdb(header: Path) -> Recording:
    """Load the first ECG lead of the WFDB record whose header file is `header`, at its own rate.

    Beats come from the record's annotations (`.atr`, `.qrs` or `.ecg`), otherwise from the R-peak detector.

    Raises
    ------
    RecordingError
        A file of the record is missing or unreadable, or no signal in it is an ECG.
    """
    record_name = str(header.with_suffix(""))
    fields = _read(header, wfdb.rdheader, record_name)
    leads = [_lead_of(name, record_name) for name in _signal_names(fields, record_name)]
    ecg_channels = [channel for channel, lead in enumerate(leads) if lead]
    if not ecg_channels:
        offered = ", ".join(_signal_names(fields, record_name)) or "nothing at all"
        raise RecordingError(
            f"{header} holds no ECG lead but {offered}: give a record with one of {', '.join(_LEADS)}"
        )
    channel = min(ecg_channels, key=lambda channel: _LEADS.index(leads[channel]))
    signals = _read(header, wfdb.rdrecord, record_name, channels=[channel])
    rate_hz = round(float(signals.fs))
    ecg_mv = _continuous(_in_mv(signals.p_signal[:, 0], signals.units[0], header), header)
    if len(ecg_mv) < _SHORTEST_S * rate_hz:
        raise RecordingError(
            f"{header} lasts {len(ecg_mv) / rate_hz:.1f} s: give a record of {_SHORTEST_S} s or more"
        )
    beats = _annotated_beats(record_name, rate_hz, len(ecg_mv))
    return Recording(
        name=header.stem,
        lead=leads[channel],
        ecg_mv=ecg_mv,
        rate_hz=rate_hz,
        beats=_detected_beats(ecg_mv, rate_hz) if beats is None else beats,
        source=header.name,
    )


def resample(recording: Recording, rate_hz: int) -> Recording:
    """Return the recording at another rate, through a polyphase filter that lets nothing alias."""
    if rate_hz == recording.rate_hz:
        return recording
    ecg_mv = resampled(recording.ecg_mv, recording.rate_hz, rate_hz)
    return replace(recording, ecg_mv=ecg_mv, rate_hz=rate_hz)


def resampled(samples: NDArray[np.float64], from_hz: int, to_hz: int) -> NDArray[np.float64]:
    """Return `(n,)` samples at another rate, through a polyphase filter that lets nothing alias."""
    ratio = Fraction(to_hz, from_hz)
    at_rate: NDArray[np.float64] = resample_poly(samples, ratio.numerator, ratio.denominator, padtype="line")
    return at_rate


_LEADS: Final = (
    *("MLII", "II", "I", "ECG", "III"),
    *("V", "V1", "V2", "V3", "V4", "V5", "V6"),
    *("AVR", "AVL", "AVF", "MCL1"),
)
"""The ECG leads known by name, the most useful for rhythm first."""

_SYNONYMS: Final = {"ML2": "MLII", "MLI": "I", "MLIII": "III", "MCL": "MCL1"}
_MV_PER_UNIT: Final = {"v": 1e3, "mv": 1.0, "uv": 1e-3, "µv": 1e-3}
_BEAT_SYMBOLS: Final = frozenset("NLRBAaJSVrFejnE/fQ?")
_ANNOTATIONS: Final = ("atr", "qrs", "ecg")
_DETECTOR_RATE_HZ: Final = 250
_SHORTEST_S: Final = 5


def _read(header: Path, reader: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - wfdb is untyped
    try:
        with warnings.catch_warnings(action="ignore"):  # wfdb warns about headers it reads well
            return reader(*args, **options)
    except FileNotFoundError as error:
        raise RecordingError(
            f"{error.filename} is missing: a WFDB record needs its .hea and the .dat or .mat named in it"
        ) from error
    except Exception as error:  # wfdb raises what it happens to stumble over
        raise RecordingError(f"{header} cannot be read as a WFDB record ({error}): is it whole?") from error


def _signal_names(fields: Any, record_name: str) -> list[str]:  # noqa: ANN401 - wfdb is untyped
    if isinstance(fields, wfdb.MultiRecord):
        layout = wfdb.rdheader(str(Path(record_name).with_name(fields.seg_name[0])))
        return [str(name) for name in layout.sig_name or ()]
    return [str(name) for name in fields.sig_name or ()]


def _lead_of(signal_name: str, record_name: str) -> str:
    """Return the canonical lead, or "" for what is no ECG; CinC 2017 names its lead by the file."""
    name = signal_name.strip().upper().removeprefix("ECG ").removeprefix("LEAD ")
    if name.startswith("ECG") or signal_name == Path(record_name).name:
        return "ECG"
    name = _SYNONYMS.get(name, name)
    return name if name in _LEADS else ""


def _in_mv(signal: NDArray[np.float64], unit: str, header: Path) -> NDArray[np.float64]:
    factor = _MV_PER_UNIT.get(unit.strip().lower())
    if factor is None:
        raise RecordingError(f"{header} gives its ECG in {unit}: only V, mV and uV can be played")
    return np.asarray(signal, dtype=np.float64) * factor


def _continuous(ecg_mv: NDArray[np.float64], header: Path) -> NDArray[np.float64]:
    """Bridge the samples WFDB marks as missing with straight lines."""
    present = np.isfinite(ecg_mv)
    if not present.any():
        raise RecordingError(f"{header} has an ECG lead without a single sample: choose another record")
    if present.all():
        return ecg_mv
    index = np.arange(len(ecg_mv))
    return np.interp(index, index[present], ecg_mv[present])


def _annotated_beats(record_name: str, rate_hz: int, length: int) -> tuple[Beat, ...] | None:
    for extension in _ANNOTATIONS:
        if Path(f"{record_name}.{extension}").is_file():
            annotation = _read(Path(f"{record_name}.{extension}"), wfdb.rdann, record_name, extension)
            marks = zip(annotation.sample, annotation.symbol, strict=True)
            return tuple(
                Beat(at_s=int(sample) / rate_hz, symbol=str(symbol))
                for sample, symbol in marks
                if symbol in _BEAT_SYMBOLS and 0 <= sample < length
            )
    return None


def _detected_beats(ecg_mv: NDArray[np.float64], rate_hz: int) -> tuple[Beat, ...]:
    ratio = Fraction(_DETECTOR_RATE_HZ, rate_hz)
    at_detector_rate = resample_poly(ecg_mv, ratio.numerator, ratio.denominator, padtype="line")
    tail = np.full(ceil(SEARCH_BACK_LATENCY_S * _DETECTOR_RATE_HZ), at_detector_rate[-1])
    apexes = RPeakDetector(rate_hz=_DETECTOR_RATE_HZ).push(np.concatenate([at_detector_rate, tail]))
    samples = sorted({round(apex / ratio) for apex in apexes})
    return tuple(Beat(at_s=sample / rate_hz) for sample in samples if sample < len(ecg_mv))
