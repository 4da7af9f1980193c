"""Judge the streaming detector on annotated recordings: by record, rate and lead, in noise, beside peers."""

import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import Annotated, at_rate, mitdb
from models.evaluation import Evaluation, model_facts
from models.left_out import LeftOut
from models.noise import find_noises
from models.plan import Progress
from models.qrs.matching import TOLERANCE_S, Tally
from models.qrs.noise_stress import noise_curve
from models.qrs.peers import PEERS, Peer, compare
from models.qrs.tallies import tally_of
from models.scores.intervals import bootstrap_interval
from models.streaming import CHUNK_S, stream_r_peaks
from vitals.errors import RecordingError
from vitals.features.rpeaks import DECISION_LATENCY_S, SEARCH_BACK_LATENCY_S, RPeakDetector

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["evaluate", "evaluate_recordings"]

_RATES_HZ: Final = (125.0, 130.0, 250.0, 360.0)
_TIMED_S: Final = 60.0


def evaluate(_folder: Path, records_dir: Path, *, progress: Progress) -> Evaluation:
    """Judge every WFDB record with ``.atr`` beats in a folder or its ``mitdb/``; ``nstdb/`` has the noise.

    Raises
    ------
    RecordingError
        The folder holds no such record, or none that can be read.
    """
    folder = records_dir / "mitdb" if (records_dir / "mitdb").is_dir() else records_dir
    left_out = LeftOut()
    first = [_judgeable(each) for each in mitdb(folder, left_out=left_out)]
    if not first:
        raise RecordingError(f"{folder} holds no record that can be judged{left_out.first()}")
    second = [_judgeable(each) for each in mitdb(folder, lead=1, left_out=left_out)]
    report = evaluate_recordings(first, second, progress=progress) | {"left_out": left_out.rows()}
    report["noise"] = noise_curve(first, find_noises(records_dir), progress=progress)
    return Evaluation(report=report, figures=_figures(report))


def evaluate_recordings(
    first: list[Annotated],
    second: list[Annotated],
    *,
    progress: Progress,
    peers: Mapping[str, Peer] = PEERS,
) -> dict[str, Any]:
    """Return the report on first leads at their own rate, all beats; second leads and other rates beside."""
    began_s = time.process_time()
    tallies = _tallies(first, "first leads", progress)
    spent_s = time.process_time() - began_s
    hours = sum(len(recording.ecg_mv) / recording.rate_hz for recording in first) / 3600
    beside = _tallies(second, "second leads", progress)
    total = _sum(tallies)
    ours = total.shares() | {"s_per_ecg_hour": round(spent_s / hours, 2)}
    return {
        "name": "qrs",
        "model": model_facts(version=None, size_bytes=0, p50_us=_median_push_us(first[0])),
        "chunk_s": CHUNK_S,
        "state_bytes": _state_bytes(first[0]),
        "latency_s": {"decision": DECISION_LATENCY_S, "search_back": SEARCH_BACK_LATENCY_S},
        "tolerance_ms": 1000 * TOLERANCE_S,
        "out_of_fold": 0,
        "classes": {"beat": total.shares()},
        "macro": {share: _mean(tallies, share) for share in ("se", "ppv", "f1")},
        "intervals": {share: _interval(tallies, share) for share in ("se", "ppv", "f1")},
        "without_worst_record": _without_worst(tallies),
        "second_leads": _sum(beside).shares(),
        "rates": {
            f"{rate_hz:.0f}": _sum(
                _tallies([at_rate(each, rate_hz) for each in first], f"at {rate_hz:.0f} Hz", progress)
            ).shares()
            for rate_hz in _RATES_HZ
        },
        "by_record": [
            {"record": record}
            | tally.shares()
            | {"second_lead": beside[record].shares() if record in beside else None}
            for record, tally in tallies.items()
        ],
        "peers": {"carewire, streaming": ours} | compare(first, peers, progress=progress),
    }


def _judgeable(recording: Annotated) -> Annotated:
    """Resample a recording of under 125 or over 360 Hz to what is nearest of these."""
    return at_rate(recording, min(max(recording.rate_hz, min(_RATES_HZ)), max(_RATES_HZ)))


def _tallies(recordings: list[Annotated], what: str, progress: Progress) -> dict[str, Tally]:
    tallies = {}
    for place, recording in enumerate(recordings):
        tallies[recording.record] = tally_of(recording, stream_r_peaks(recording.ecg_mv, recording.rate_hz))
        progress(what, (place + 1) / len(recordings))
    return tallies


def _sum(tallies: Mapping[str, Tally]) -> Tally:
    return reduce(add, tallies.values(), Tally())


def _mean(tallies: Mapping[str, Tally], share: str) -> float:
    return round(float(np.mean([tally.shares()[share] for tally in tallies.values()])), 5)


def _interval(tallies: Mapping[str, Tally], share: str) -> list[float]:
    of_record = list(tallies.values())
    return bootstrap_interval(
        np.array(list(tallies)), lambda rows: reduce(add, (of_record[row] for row in rows)).shares()[share]
    )


def _without_worst(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    worst = max(tallies, key=lambda record: tallies[record].errors)
    rest = {record: tally for record, tally in tallies.items() if record != worst}
    return {"record": worst} | _sum(rest).shares()


def _median_push_us(recording: Annotated) -> float:
    """Middle time to take one chunk."""
    detector, times_ns = RPeakDetector(rate_hz=recording.rate_hz), []
    for chunk in _first_minute(recording):
        began_ns = time.perf_counter_ns()
        detector.push(chunk)
        times_ns.append(time.perf_counter_ns() - began_ns)
    return float(np.median(times_ns)) / 1000


def _state_bytes(recording: Annotated) -> int:
    """How much memory one detector holds after a minute."""
    chunks = list(_first_minute(recording))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    detector = RPeakDetector(rate_hz=recording.rate_hz)
    for chunk in chunks:
        detector.push(chunk)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown


def _first_minute(recording: Annotated) -> Iterator[NDArray[np.float32]]:
    """Yield the first minute of samples that were taken, in chunks."""
    taken = recording.ecg_mv[np.isfinite(recording.ecg_mv)][: round(_TIMED_S * recording.rate_hz)]
    step = round(CHUNK_S * recording.rate_hz)
    for start in range(0, len(taken), step):
        yield taken[start : start + step]


def _figures(report: dict[str, Any]) -> dict[str, Callable[[], "Figure"]]:
    from models.qrs import figures  # noqa: PLC0415 - matplotlib is heavy, and only needed to draw

    drawings = {"errors_by_record": figures.errors_by_record}
    if report["noise"]:
        drawings |= {"noise": figures.noise}
    return {name: partial(draw, report) for name, draw in drawings.items()}
