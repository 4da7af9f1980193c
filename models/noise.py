"""Mix recorded noise into an ECG at a signal-to-noise ratio, as the MIT-BIH Noise Stress Test does.

After Moody, Muldrow, Mark: "A noise stress test for arrhythmia detectors" (Computers in Cardiology
1984;11:381-384), by the measures of the WFDB programs ``nst`` and ``sigamp``. The signal's power is an eighth
of the square of the QRS peak-to-peak amplitude (a sine of that swing), that of the noise its mean square
about the mean of each second, both trimmed of a twentieth at either end; their ratio is told in decibels.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import RecordingError, ValidationError

__all__ = [
    "SNRS_DB",
    "Noise",
    "NoiseTape",
    "find_noises",
    "noise_power_mv2",
    "qrs_power_mv2",
    "read_noise",
    "with_noise",
]

SNRS_DB: Final = (24.0, 18.0, 12.0, 6.0, 0.0, -6.0)
"""The steps of the MIT-BIH Noise Stress Test Database."""

_HALF_QRS_S: Final = 0.05
_TRIMMED: Final = 0.05
_RECOVERED: Final = "em_recovered_from_118e00.npz"


class Noise(StrEnum):
    """Which of the three recorded noises: their names are those of the database's files."""

    BASELINE_WANDER = "bw"
    MUSCLE = "ma"
    ELECTRODE_MOTION = "em"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseTape:
    """Half an hour of one noise from two electrode pairs: ``(n, 2)`` mV."""

    noise: Noise
    rate_hz: float
    noise_mv: NDArray[np.float64]

    def at_rate(self, rate_hz: float) -> "NoiseTape":
        """Resample by a polyphase filter."""
        from scipy.signal import resample_poly  # noqa: PLC0415 - only training and evaluation need it

        if rate_hz == self.rate_hz:
            return self
        ratio = Fraction(rate_hz) / Fraction(self.rate_hz)
        resampled = resample_poly(self.noise_mv, ratio.numerator, ratio.denominator, axis=0)
        return replace(self, rate_hz=rate_hz, noise_mv=resampled)

    def stretch(self, length: int, *, from_s: float, lead: int) -> NDArray[np.float64]:
        """``(length,)`` mV from a place on the tape, which begins again where it ends."""
        start = round(from_s * self.rate_hz)
        return np.take(self.noise_mv[:, lead], start + np.arange(length), mode="wrap")


def read_noise(folder: Path, noise: Noise) -> NoiseTape:
    """Read a tape of the MIT-BIH Noise Stress Test Database; ``folder`` holds ``bw.hea`` and its like.

    Where ``em`` is missing but was recovered from record 118e00, its valid stretches are joined at one level.

    Raises
    ------
    RecordingError
        The folder holds no such noise.
    """
    if (folder / f"{noise}.hea").is_file():
        import wfdb  # noqa: PLC0415 - only training and evaluation need it

        record = wfdb.rdrecord(str(folder / noise))
        return NoiseTape(noise=noise, rate_hz=float(record.fs), noise_mv=record.p_signal)
    if noise is Noise.ELECTRODE_MOTION and (folder / _RECOVERED).is_file():
        with np.load(folder / _RECOVERED) as stored:
            noise_mv = stored["noise"] / float(stored["adu_per_mV"])
            stretches = [noise_mv[start:stop] for start, stop in stored["segments"]]
            return NoiseTape(noise=noise, rate_hz=float(stored["fs"]), noise_mv=_joined(stretches))
    raise RecordingError(f"{folder} holds no {noise}.hea: point at a copy of nstdb/")


def find_noises(records_dir: Path) -> dict[Noise, NoiseTape]:
    """Read the noises of a folder ``nstdb`` within or beside the recordings, as far as they are there."""
    tapes: dict[Noise, NoiseTape] = {}
    for folder in (records_dir / "nstdb", records_dir.parent / "nstdb"):
        for noise in Noise:
            try:
                tapes[noise] = tapes.get(noise) or read_noise(folder, noise)
            except RecordingError:
                continue
    return tapes


def with_noise(  # noqa: PLR0913 - the tape, how much of it and which part of it
    ecg_mv: NDArray[np.floating],
    beats: NDArray[np.integer],
    tape: NoiseTape,
    *,
    snr_db: float,
    from_s: float = 0.0,
    lead: int = 0,
) -> NDArray[np.float64]:
    """Add the tape from ``from_s`` on, scaled to the ratio, to ``(n,)`` mV at the tape's rate.

    ``beats`` are the samples of its R peaks, by which its power is measured.

    Raises
    ------
    ValidationError
        There is no beat to measure the signal by.
    """
    noise_mv = tape.stretch(len(ecg_mv), from_s=from_s, lead=lead)
    wanted_mv2 = qrs_power_mv2(ecg_mv, tape.rate_hz, beats) / 10 ** (snr_db / 10)
    gain = np.sqrt(wanted_mv2 / noise_power_mv2(tape.noise_mv[:, lead], tape.rate_hz))
    return np.asarray(ecg_mv + gain * noise_mv, dtype=np.float64)


def qrs_power_mv2(ecg_mv: NDArray[np.floating], rate_hz: float, beats: NDArray[np.integer]) -> float:
    """Return an eighth of the square of the trimmed mean swing within 50 ms of each R peak."""
    reach = round(_HALF_QRS_S * rate_hz)
    whole = beats[(beats >= reach) & (beats < len(ecg_mv) - reach)]
    if not len(whole):
        raise ValidationError("a signal's power is measured by its QRS: there is no beat in the stretch")
    swings_mv = np.ptp(ecg_mv[whole[:, None] + np.arange(-reach, reach + 1)], axis=1)
    return _trimmed_mean(swings_mv) ** 2 / 8


def noise_power_mv2(noise_mv: NDArray[np.floating], rate_hz: float) -> float:
    """Return the square of the trimmed mean of each second's root mean square about its mean."""
    second = round(rate_hz)
    rows = noise_mv[: len(noise_mv) // second * second].reshape(-1, second)
    return _trimmed_mean(rows.std(axis=1)) ** 2


def _trimmed_mean(values: NDArray[np.floating]) -> float:
    cut = int(_TRIMMED * len(values))
    return float(np.sort(values)[cut : len(values) - cut].mean())


def _joined(stretches: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """One after the other, each lifted to the level where the one before it ended."""
    joined = stretches[0]
    for following in stretches[1:]:
        joined = np.concatenate([joined, following + (joined[-1] - following[0])])
    return joined
