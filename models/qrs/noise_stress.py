"""How many beats are found right as recorded noise rises, with and without the gateway's quality gate."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import Annotated, at_rate
from models.noise import SNRS_DB, Noise, NoiseTape, with_noise
from models.plan import Progress
from models.qrs.matching import Tally
from models.qrs.tallies import tally_within
from models.streaming import stream_r_peaks
from vitals.features.quality import USABLE, assess_ecg

__all__ = ["STRAP_RATE_HZ", "noise_curve"]

STRAP_RATE_HZ: Final = 130.0
"""Of a chest strap: what the gateway mostly hears."""
_NOISY_S: Final = (300.0, 420.0)
"""As in the database noise begins after five minutes; two minutes of it are judged."""
_LEAD_IN_S: Final = 30.0
_STRETCH_S: Final = 5.0
"""The gateway judges quality every five seconds."""
_OTHER_PART_S: Final = 97.0
"""How much further along its tape each recording's noise begins."""


def noise_curve(
    recordings: list[Annotated], tapes: Mapping[Noise, NoiseTape], *, progress: Progress
) -> list[dict[str, Any]]:
    """Return a row a noise and ratio: ``se``, ``ppv``, ``f1``; ``gated`` is what the gate lets by."""
    tapes = {noise: tape.at_rate(STRAP_RATE_HZ) for noise, tape in tapes.items()}
    rows = []
    steps = [(noise, snr_db) for noise in tapes for snr_db in SNRS_DB]
    for place, (noise, snr_db) in enumerate(steps):
        every, judged, covered = Tally(), Tally(), []
        for turn, recording in enumerate(_excerpts(recordings)):
            noisy = _noisy(recording, tapes[noise], snr_db, turn)
            r_peaks = stream_r_peaks(noisy.ecg_mv, noisy.rate_hz)
            stretches = list(_stretches(noisy))
            usable = [span for span in stretches if _is_usable(noisy, r_peaks, span)]
            every += tally_within(noisy, r_peaks, stretches)
            judged += tally_within(noisy, r_peaks, usable)
            covered.append(len(usable) / len(stretches))
        gated = judged.shares() | {"coverage": round(float(np.mean(covered)), 4)}
        rows.append({"noise": noise.value, "snr_db": snr_db} | every.shares() | {"gated": gated})
        progress("noise", (place + 1) / len(steps))
    return rows


def _excerpts(recordings: list[Annotated]) -> Iterator[Annotated]:
    """From half a minute before the noise to its end, of those recordings that are so long and have beats."""
    for recording in recordings:
        start, stop = ((at_s * recording.rate_hz) for at_s in (_NOISY_S[0] - _LEAD_IN_S, _NOISY_S[1]))
        if len(recording.ecg_mv) >= stop and _beats_between(recording, start, stop).size:
            yield at_rate(_cut(recording, round(start), round(stop)), STRAP_RATE_HZ)


def _beats_between(recording: Annotated, start: float, stop: float) -> NDArray[np.int64]:
    return recording.beats[(recording.beats >= start) & (recording.beats < stop)]


def _cut(recording: Annotated, start: int, stop: int) -> Annotated:
    inside = (recording.beats >= start) & (recording.beats < stop)
    return replace(
        recording,
        ecg_mv=recording.ecg_mv[start:stop],
        beats=recording.beats[inside] - start,
        beat_symbols=tuple(np.array(recording.beat_symbols)[inside].tolist()),
        rhythms=(),
        flutter=tuple((first - start, last - start) for first, last in recording.flutter),
    )


def _noisy(clean: Annotated, tape: NoiseTape, snr_db: float, turn: int) -> Annotated:
    """Add noise after the lead-in."""
    mixed = with_noise(
        clean.ecg_mv, clean.beats, tape, snr_db=snr_db, from_s=_OTHER_PART_S * turn, lead=turn % 2
    )
    mixed[: round(_LEAD_IN_S * clean.rate_hz)] = clean.ecg_mv[: round(_LEAD_IN_S * clean.rate_hz)]
    return replace(clean, ecg_mv=mixed.astype(np.float32))


def _stretches(recording: Annotated) -> Iterator[tuple[int, int]]:
    length = round(_STRETCH_S * recording.rate_hz)
    first = round(_LEAD_IN_S * recording.rate_hz)
    for start in range(first, len(recording.ecg_mv) - length + 1, length):
        yield start, start + length


def _is_usable(recording: Annotated, r_peaks: NDArray[np.integer], span: tuple[int, int]) -> bool:
    start, stop = span
    inside = r_peaks[(r_peaks >= start) & (r_peaks < stop)] - start
    return assess_ecg(recording.ecg_mv[start:stop], recording.rate_hz, inside).score >= USABLE
