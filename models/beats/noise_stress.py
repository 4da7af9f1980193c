"""How far the beat model holds in noise, with the quality gate before it and without.

After the MIT-BIH Noise Stress Test (Moody, Muldrow, Mark, Computers in Cardiology 1984;11:381-384): records
118 and 119, clean for the first five minutes, then in the noise of moving electrodes at a falling ratio.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.beats.examples import ADAPTING_S
from models.beats.judging import judge
from models.beats.recordings import UNSCORED, BeatRecording
from models.folds import FoldBook
from models.noise import SNRS_DB, Noise, NoiseTape, read_noise, with_noise
from models.scores.classification import class_scores
from vitals.features.quality import assess_ecg

__all__ = ["noise_stress"]

_RECORDS: Final = frozenset({"118", "119"})
_JUDGED_S: Final = 900.0
_GATE_S: Final = 10.0
_TRUSTED: Final = 0.5
"""Below this score nothing is judged on the gateway."""
_LOWEST_DB: Final = 0.0


def noise_stress(recordings: Iterable[BeatRecording], book: FoldBook, nstdb: Path) -> list[dict[str, Any]]:
    """Return, a row a ratio in dB: F1 of V and S in noise, and of those beats the gate lets through."""
    tape = read_noise(nstdb, Noise.ELECTRODE_MOTION)
    chosen = [recording for recording in recordings if recording.record in _RECORDS]
    ratios = [ratio for ratio in SNRS_DB if ratio >= _LOWEST_DB] if chosen else []
    return [_row(chosen, book, tape, ratio) for ratio in ratios]


def _row(
    recordings: Iterable[BeatRecording], book: FoldBook, tape: NoiseTape, snr_db: float
) -> dict[str, Any]:
    parts = [_judged(recording, book, tape, snr_db) for recording in recordings]
    truth, judged, passed = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return {
        "snr_db": snr_db,
        "without_gate": _f1(truth, judged),
        "with_gate": _f1(truth[passed], judged[passed]),
        "coverage": round(float(passed.mean()), 4),
    }


def _judged(
    recording: BeatRecording, book: FoldBook, tape: NoiseTape, snr_db: float
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.bool_]]:
    """Truth and judgement of the beats in noise, and whether each lies where the gate is open."""
    noisy = _in_noise(recording, tape, snr_db)
    found = judge(noisy, book.artefact_for(recording.digest))
    beats = noisy.beats[noisy.labels != UNSCORED]
    late = beats >= ADAPTING_S * noisy.rate_hz
    is_open = np.array(list(_gate(noisy)))
    places = np.minimum(beats[late] // round(_GATE_S * noisy.rate_hz), len(is_open) - 1)
    return found.truth[late], found.judged[late], is_open[places]


def _in_noise(recording: BeatRecording, tape: NoiseTape, snr_db: float) -> BeatRecording:
    end, start = round(_JUDGED_S * recording.rate_hz), round(ADAPTING_S * recording.rate_hz)
    kept = recording.beats < end
    clean = recording.lead_mv[:end]
    lead_mv = with_noise(clean, recording.beats[kept], tape.at_rate(recording.rate_hz), snr_db=snr_db)
    lead_mv[:start] = clean[:start]
    return replace(
        recording,
        leads_mv=lead_mv[:, None],
        lead_names=("II",),
        beats=recording.beats[kept],
        labels=recording.labels[kept],
        aberrated=recording.aberrated[kept],
    )


def _gate(recording: BeatRecording) -> Iterator[bool]:
    """Whether each ten seconds can be trusted."""
    step = round(_GATE_S * recording.rate_hz)
    for start in range(0, len(recording.leads_mv) - step + 1, step):
        inside = (recording.beats >= start) & (recording.beats < start + step)
        stretch = recording.leads_mv[start : start + step, 0]
        quality = assess_ecg(stretch, recording.rate_hz, recording.beats[inside] - start)
        yield quality.score >= _TRUSTED


def _f1(truth: NDArray[np.str_], judged: NDArray[np.str_]) -> dict[str, float]:
    return {label: row["f1"] for label, row in class_scores(truth, judged, ("V", "S")).items()}
