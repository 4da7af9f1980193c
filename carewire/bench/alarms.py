"""What becomes an alarm on annotated recordings, and what each stage on the way removes and costs.

The recordings are played one after another through the gateway's own analysis, as though one wearer had lived
them all. Of the rhythm model each line adds one stage to the line before; the rules stand beside it. A false
alarm is one that the annotations do not bear out; a found episode one that was told before it was over.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from carewire.bench.annotated import Spans, spans_of
from carewire.bench.unseen import UnseenJudges
from edge.judging.condition import CONDITIONS, Condition
from edge.judging.detection import Detector, Judgement
from edge.judging.judge import Judge
from edge.judging.models import ModelSet
from edge.judging.stages import STAGES, Stage, Window, judged
from edge.ports import Inference
from edge.rhythm.analysis import EcgAnalysis
from edge.rhythm.ecg import rules_of
from edge.rhythm.look import Look
from edge.rhythm.quality import settling
from edge.rhythm.watch import HOP_S, MODEL
from models.datasets import Annotated, mitdb
from models.plan import Progress
from vitals.features.quality import assess_ecg
from vitals.features.rhythm import RHYTHM_WINDOW_S, rhythm_inputs
from vitals.records import HealthEvent, Phase

__all__ = ["measure"]

_DAY_MS: Final = 86_400_000
_BETWEEN_MS: Final = 600_000
"""So far apart are two recordings: no window reaches from one into the next."""
_CHUNK_S: Final = 1.0
_LINES: Final[Mapping[str, tuple[Stage, ...]]] = MappingProxyType(
    {
        "probability alone": STAGES[1:2],
        **{f"and {STAGES[last].name}": STAGES[: max(last + 1, 2)] for last in (0, 2, 3)},
    }
)
"""The stages of each line; the quality gate stands before the model, and is added second."""


@dataclass(slots=True, kw_only=True)
class _Tape:
    """An `EcgWatch` that keeps, of every window, what each line of stages makes of it."""

    models: ModelSet
    lines: dict[str, list[Judgement]] = field(default_factory=lambda: {name: [] for name in _LINES})
    window_s: float = RHYTHM_WINDOW_S
    hop_s: float = HOP_S

    def restart(self, rate_hz: float) -> None:
        """Nothing is carried over."""

    def step(self, look: Look) -> Sequence[HealthEvent]:
        """Keep the last settled window as the gateway would judge it."""
        rate_hz = look.ring.rate_hz
        length = round(RHYTHM_WINDOW_S * rate_hz)
        stretch = look.ring.last(length, before=settling(rate_hz))
        inputs = rhythm_inputs(stretch.ecg_mv, rate_hz, stretch.r_peaks)
        window = Window(
            model=MODEL,
            quality=assess_ecg(stretch.ecg_mv, rate_hz, stretch.r_peaks).score,
            inputs=lambda: inputs,
            now_ms=look.noticed_ms,
        )
        for name, stages in _LINES.items():
            found = judged(window, self.models, stages=stages)
            self.lines[name].append(
                Judgement(
                    from_ms=look.wall_ms(stretch.stop - length),
                    to_ms=look.wall_ms(stretch.stop),
                    outcome=found.probabilities if isinstance(found, Inference) else found,
                )
            )
        return ()


def measure(records_dir: Path, *, progress: Progress) -> dict[str, Any]:
    """Play every record of a WFDB folder through the shipped models and rules; return the report.

    A recording that a beat network was trained on is judged by one that was not.

    Raises
    ------
    RecordingError
        The folder holds none.
    """
    judges = UnseenJudges.load(records_dir)
    health = judges.shipped.health
    tape = _Tape(models=judges.shipped)
    recordings = list(mitdb(records_dir / "mitdb" if (records_dir / "mitdb").is_dir() else records_dir))
    truth, events, start_ms, length_ms = Spans(), list[HealthEvent](), _BETWEEN_MS, 0
    for place, recording in enumerate(recordings):
        events += _played(recording, judges.judge_for(recording.record), tape, start_ms)
        truth = truth.joined(spans_of(recording, start_ms))
        played_ms = round(1000 * len(recording.ecg_mv) / recording.rate_hz)
        length_ms, start_ms = length_ms + played_ms, start_ms + played_ms + _BETWEEN_MS
        progress(recording.record, (place + 1) / len(recordings))
    return {
        "name": "alarms",
        "records": len(recordings),
        "hours": round(length_ms / 3_600_000, 2),
        "stages": _by_stage(tape, truth, length_ms),
        "rules": _by_rule(events, truth, length_ms),
        "counters": dict(sorted(health.counters.items())),
    }


def _played(recording: Annotated, judge: Judge, tape: _Tape, start_ms: int) -> list[HealthEvent]:
    rate_hz = recording.rate_hz
    analysis = EcgAnalysis(
        device="the-wearer",
        rate_hz=rate_hz,
        watches=[*rules_of("the-wearer", judge), tape],
        counters=judge.health.counters,
    )
    told: list[HealthEvent] = []
    step = round(_CHUNK_S * rate_hz)
    for first in range(0, len(recording.ecg_mv), step):
        records = analysis.push(
            recording.ecg_mv[first : first + step].astype(np.float64),
            wall_ms=lambda place: start_ms + round(1000 * place / rate_hz),
            noticed_ms=start_ms + round(1000 * (first + step) / rate_hz),
        )
        told += [record for record in records if isinstance(record, HealthEvent)]
    return told


def _by_stage(tape: _Tape, truth: Spans, length_ms: int) -> list[dict[str, Any]]:
    manifest = tape.models.manifest(MODEL)
    if manifest is None:
        return []
    (row,) = [row for row in CONDITIONS if row.model == MODEL]
    at_once = replace(row, onset=(1, 1), end=(1, 1), budget=None)
    last = list(_LINES)[-1]
    lines: list[tuple[str, str, Condition]] = [
        *((name, name, at_once) for name in _LINES),
        ("and K of N", last, replace(row, budget=None)),
        ("and budget", last, row),
    ]
    return [
        {"stage": name, **_judged_line(tape.lines[of], condition, manifest.thresholds, truth, length_ms)}
        for name, of, condition in lines
    ]


def _judged_line(
    judgements: list[Judgement],
    condition: Condition,
    thresholds: dict[str, float],
    truth: Spans,
    length_ms: int,
) -> dict[str, Any]:
    numbers = iter(range(1_000_000))
    detector = Detector(
        conditions=(condition,),
        thresholds=thresholds,
        new_id=lambda: f"episode-{next(numbers)}",
        counters=Counter(),
    )
    turns = [turn for judgement in judgements for turn in detector.step(judgement)]
    onsets = [turn.t_ms for turn in turns if turn.phase is Phase.ONSET]
    spans = _episodes([(turn.phase, turn.t_ms) for turn in turns])
    true = truth.of(condition.name)
    wrong = sum(not true.is_near(t_ms) for t_ms in onsets)
    return {
        "windows_judged": sum(not isinstance(judgement.outcome, str) for judgement in judgements),
        "alarms": len(onsets),
        "false_alarms": wrong,
        "false_alarms_per_day": round(wrong * _DAY_MS / max(length_ms, 1), 2),
        "episodes": len(true.spans),
        "episodes_found": true.found_by(spans),
    }


def _by_rule(events: list[HealthEvent], truth: Spans, length_ms: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in truth.conditions:
        mine = [event for event in events if event.condition == name]
        onsets = [event.t_ms for event in mine if event.phase is Phase.ONSET]
        true = truth.of(name)
        wrong = sum(not true.is_near(t_ms) for t_ms in onsets)
        found[name] = {
            "alarms": len(onsets),
            "false_alarms": wrong,
            "false_alarms_per_day": round(wrong * _DAY_MS / max(length_ms, 1), 2),
            "episodes": len(true.spans),
            "episodes_found": true.found_by(_episodes([(event.phase, event.t_ms) for event in mine])),
        }
    return found


def _episodes(turns: list[tuple[Phase, int]]) -> list[tuple[int, int]]:
    """Pair each onset with the end after it; one that never ended lasts for ever."""
    begun: list[tuple[int, int]] = []
    for phase, t_ms in turns:
        if phase is Phase.ONSET:
            begun.append((t_ms, 2**62))
        elif begun:
            begun[-1] = (begun[-1][0], t_ms)
    return begun
