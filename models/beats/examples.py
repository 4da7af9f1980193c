"""Turn recordings into the beat model's tensors by the gateway's own road: a stream, in half seconds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.beats.recordings import LABELS, UNSCORED, BeatRecording, chosen_lead
from models.beats.splicing import MADE_UP, with_changing_axis, with_many_early_beats
from vitals.features.beats import BEAT_INPUTS, BeatStream, BeatWindow
from vitals.features.rpeaks import DECISION_LATENCY_S

__all__ = ["ADAPTING_S", "AnnotatedPeaks", "BeatExamples", "ExampleRow", "beat_windows", "training_examples"]

ADAPTING_S: Final = 300.0
"""The first five minutes are heard twice: once to learn the patient's own beats from, then to be judged."""

_CHUNK_S: Final = 0.5
_AFTERMATH_S: Final = 6.0

_UNSURE: Final = "SV"
"""Of an aberrated beat one lead cannot tell more than that it is one of these."""

ExampleRow = tuple[BeatWindow, str, str, str, bool]
"""A beat, its label, its patient, its record, and whether an evaluation would judge it."""


class Peaks(Protocol):
    """Tells R peaks while an ECG streams in, as the detector does."""

    def push(self, ecg_mv: NDArray[np.floating]) -> list[int]:
        """Take the next ``(n,)`` mV and return the R peaks confirmed by them."""


class AnnotatedPeaks:
    """The annotated beats in place of the detector, told as late as the detector tells them."""

    def __init__(self, beats: NDArray[np.int64], rate_hz: float) -> None:
        self._beats, self._latency = beats, round(DECISION_LATENCY_S * rate_hz)
        self._end = self._told = 0

    def push(self, ecg_mv: NDArray[np.floating]) -> list[int]:
        """Return the beats that ended long enough before the end of these ``(n,)`` samples."""
        self._end += len(ecg_mv)
        ready = int(np.searchsorted(self._beats, self._end - self._latency))
        told, self._told = self._beats[self._told : ready], ready
        return [int(at) for at in told]


def beat_windows(
    ecg_mv: NDArray[np.float64], rate_hz: float, *, adapting: Peaks, peaks: Peaks
) -> Iterator[BeatWindow]:
    """Tell every beat of ``(n,)`` mV, the patient's own beats known from the first five minutes."""
    stream = BeatStream(rate_hz)
    for _ in _adapting(stream, ecg_mv, adapting):
        pass
    yield from _warm(stream, ecg_mv, peaks)


def _adapting(stream: BeatStream, ecg_mv: NDArray[np.float64], peaks: Peaks) -> Iterator[BeatWindow]:
    yield from _stream(stream, ecg_mv[: round(ADAPTING_S * stream.rate_hz)], peaks)


def _warm(stream: BeatStream, ecg_mv: NDArray[np.float64], peaks: Peaks) -> Iterator[BeatWindow]:
    stream.restart()
    after = np.full(round(_AFTERMATH_S * stream.rate_hz), ecg_mv[-1])
    yield from _stream(stream, np.concatenate([ecg_mv, after]), peaks)


def _stream(stream: BeatStream, ecg_mv: NDArray[np.float64], peaks: Peaks) -> Iterator[BeatWindow]:
    step = round(_CHUNK_S * stream.rate_hz)
    for start in range(0, len(ecg_mv), step):
        chunk = ecg_mv[start : start + step]
        yield from stream.push(chunk, peaks.push(chunk))


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatExamples:
    """Rows of inputs, ``tensors[name]`` of ``(n, *shape)`` float32, with the label and patient of each.

    A label of several letters names the classes the beat may be of.
    """

    tensors: dict[str, NDArray[np.float32]]
    labels: NDArray[np.str_]
    patients: NDArray[np.str_]
    records: NDArray[np.str_]
    beats_uv: NDArray[np.int16]
    """``(n, 90)`` at 100 Hz, as a person is shown them."""
    is_judged: NDArray[np.bool_]
    """Which rows an evaluation would judge: of the lead chosen, of one class, of nothing made up."""

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, chosen: NDArray[np.bool_]) -> "BeatExamples":
        """Keep the chosen rows."""
        return BeatExamples(
            tensors={name: rows[chosen] for name, rows in self.tensors.items()},
            labels=self.labels[chosen],
            patients=self.patients[chosen],
            records=self.records[chosen],
            beats_uv=self.beats_uv[chosen],
            is_judged=self.is_judged[chosen],
        )

    def save(self, path: Path) -> None:
        """Write one ``.npz``."""
        rows = {
            "labels": self.labels,
            "patients": self.patients,
            "records": self.records,
            "beats_uv": self.beats_uv,
            "is_judged": self.is_judged,
        }
        np.savez(path, allow_pickle=False, **rows, **self.tensors)

    @classmethod
    def load(cls, path: Path) -> "BeatExamples":
        """Read what ``save`` wrote."""
        with np.load(path) as stored:
            return cls(
                tensors={name: stored[name] for name in BEAT_INPUTS},
                labels=stored["labels"],
                patients=stored["patients"],
                records=stored["records"],
                beats_uv=stored["beats_uv"],
                is_judged=stored["is_judged"],
            )

    @classmethod
    def gather(cls, rows: Iterable[ExampleRow]) -> "BeatExamples":
        """Stack the rows."""
        beats, labels, patients, records, judged = zip(*rows, strict=True)
        return cls(
            tensors={name: np.concatenate([beat.inputs[name] for beat in beats]) for name in BEAT_INPUTS},
            labels=np.array(labels),
            patients=np.array(patients),
            records=np.array(records),
            beats_uv=np.round(1000 * np.array([beat.beat_mv for beat in beats])).astype(np.int16),
            is_judged=np.array(judged),
        )


def training_examples(recordings: Iterable[BeatRecording]) -> BeatExamples:
    """Tell every scored beat of both leads of each recording, and of those made up from it."""
    return BeatExamples.gather(row for recording in recordings for row in _rows_of_leads(recording))


def _rows_of_leads(recording: BeatRecording) -> Iterator[ExampleRow]:
    for lead in sorted({0, recording.leads_mv.shape[1] - 1}):
        yield from _rows(recording, lead)
    yield from _made_up_rows(recording)


def _made_up_rows(recording: BeatRecording) -> Iterator[ExampleRow]:
    seed = int(recording.digest[:6], 16)
    yield from _rows(with_changing_axis(recording, seed=seed), 0)
    spliced = with_many_early_beats(recording, seed=seed)
    if spliced is not None:
        yield from _rows(spliced, chosen_lead(recording.lead_names))


def _rows(recording: BeatRecording, lead: int) -> Iterator[ExampleRow]:
    """Both as a stranger's, in the first five minutes, and as a known patient's."""
    ecg_mv, rate_hz = recording.leads_mv[:, lead], recording.rate_hz
    labels = np.where(recording.aberrated, _UNSURE, recording.labels)
    label_of = dict(zip(recording.beats.tolist(), labels.tolist(), strict=True))
    stream, peaks = BeatStream(rate_hz), (AnnotatedPeaks(recording.beats, rate_hz) for _ in range(2))
    judged = lead == chosen_lead(recording.lead_names) and MADE_UP not in recording.record
    told = chain(
        ((beat, False) for beat in _adapting(stream, ecg_mv, next(peaks))),
        ((beat, judged) for beat in _warm(stream, ecg_mv, next(peaks))),
    )
    for beat, is_judged in told:
        label = label_of[beat.at]
        if beat.fault is None and label != UNSCORED:
            yield beat, label, recording.patient, recording.record, is_judged and label in LABELS
