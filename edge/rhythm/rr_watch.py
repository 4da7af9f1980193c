"""Atrial fibrillation from the RR intervals that a wearable tells, where no ECG says better.

The ECG leads: while it can be judged, or its own episode stands, the intervals begin nothing. An episode that
they began goes on under its name once the ECG sees it too, and ends if the ECG looked long enough and does
not. No pause is claimed from intervals: a beat that was not seen makes one as long.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from edge.clock import Stamp
from edge.judging.detection import Transition
from edge.judging.judge import Judge
from edge.judging.judging import Judging
from edge.judging.stages import Window
from edge.readings import Reading, Value
from edge.rhythm.rr_evidence import rr_evidence_of
from edge.rhythm.rr_sequence import Interval, RrSequence
from vitals.features.rr_af import (
    PLAUSIBLE_RR_MS,
    RR_AF_INTERVALS,
    RR_AF_LATENCY,
    rr_af_inputs,
)
from vitals.records import AnyRecord, Evidence, HealthEvent, Phase

__all__ = ["HOP_S", "MODEL", "RrWatch"]

MODEL: Final = "rr-af"
HOP_S: Final = 10.0
"""How long from one judged interval to the next."""

_FRESH: Final = 5
"""How many intervals must have come since: the same ones judged again are no second witness."""

_KIND: Final = "rr_interval"
_CONDITION: Final = "atrial-fibrillation"
_SHOWN: Final = 2 * RR_AF_LATENCY + 1
"""So many intervals about the one judged decide whether it can be, and are shown as evidence."""
_OVERRULED_S: Final = 120.0
"""How long the ECG must have been judged without fibrillation to end what the intervals began."""

_log = structlog.get_logger()


class RrWatch:
    """Follows one device; what it knows outlives gaps, so an episode does too."""

    def __init__(
        self,
        *,
        device: str,
        judge: Judge,
        ecg_leads: Callable[[int], bool],
        spent: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """Follow beside an ECG: `ecg_leads` tells, by wall time in ms, whether that is being judged."""
        self._device = device
        self._judge = judge
        self._ecg_leads = ecg_leads
        self._judging = Judging(device=device, model=MODEL, judge=judge, spent=spent)
        self._sequence = RrSequence(length=RR_AF_INTERVALS)
        self._due_s = float("-inf")
        self._due_taken = 0
        self._led_since_s: float | None = None
        self._event_id: str | None = None
        """Of the episode that stands on the strength of the intervals."""
        self._of_ecg: str | None = None
        """Under which name the ECG's own episode stands."""

    def on_reading(self, reading: Reading, received: Stamp) -> list[HealthEvent]:
        """Take the intervals of a reading; return what began or ended with them.

        No mistake in judging costs the reading: it is logged whole, and the sequence begins anew.
        """
        try:
            self._take(reading, received)
            return self._step(received)
        except Exception:  # noqa: BLE001 - whatever a library or we ourselves get wrong
            self._judge.health.counters["rr.analysis_failed"] += 1
            _log.exception("rr.analysis_failed", device=self._device)
            self._sequence = RrSequence(length=RR_AF_INTERVALS)
            return []

    def interrupt(self) -> None:
        """Take note that intervals are missing before the next one."""
        self._sequence.break_off()

    def beside_ecg(self, records: Iterable[AnyRecord]) -> list[AnyRecord]:
        """Let what the ECG says of fibrillation be of the episode that stands, if one does."""
        return [told for record in records for told in self._told_beside(record)]

    def spent(self) -> dict[str, float]:
        """Return by condition what its alarm budget has spent and not made up for."""
        return self._judging.spent()

    def _take(self, reading: Reading, received: Stamp) -> None:
        if reading.on_body is False:
            self._sequence.break_off()
        told = [told for told in reading.entries if isinstance(told, Value) and told.kind == _KIND]
        self._sequence.take(
            Interval(
                rr_ms=value.value,
                end_s=received.monotonic_s - value.before_ms / 1000.0,
                end_ms=round(received.wall_ms - value.before_ms),
            )
            for value in told
        )

    def _step(self, received: Stamp) -> list[HealthEvent]:
        if self._ecg_leads(received.wall_ms):
            return self._give_way(received)
        self._led_since_s = None
        if self._of_ecg is not None or not self._is_due(received):
            return []
        self._due_s = received.monotonic_s + HOP_S
        self._due_taken = self._sequence.taken + _FRESH
        return self._judge_window(received)

    def _is_due(self, received: Stamp) -> bool:
        is_enough = len(self._sequence) > RR_AF_LATENCY and self._sequence.taken >= self._due_taken
        return is_enough and received.monotonic_s >= self._due_s

    def _judge_window(self, received: Stamp) -> list[HealthEvent]:
        rr_ms = self._sequence.rr_ms()
        shown = rr_ms[-_SHOWN:]
        low_ms, high_ms = PLAUSIBLE_RR_MS
        quality = float(np.mean((shown >= low_ms) & (shown <= high_ms)))
        window = Window(
            model=MODEL, quality=quality, inputs=lambda: rr_af_inputs(rr_ms), now_ms=received.wall_ms
        )
        at_ms = max(0, self._sequence[-1 - RR_AF_LATENCY].end_ms)
        turns = self._judging.step(window, from_ms=at_ms, to_ms=at_ms)
        return [self._event(turn, quality, received, self._evidence(turn, shown)) for turn in turns]

    def _event(
        self, turn: Transition, quality: float, received: Stamp, evidence: Evidence | None
    ) -> HealthEvent:
        self._event_id = turn.event_id if turn.phase is Phase.ONSET else None
        return HealthEvent(
            event_id=turn.event_id,
            device=self._device,
            condition=turn.condition.name,
            phase=turn.phase,
            t_ms=turn.t_ms,
            noticed_ms=received.wall_ms,
            signal_quality=round(quality, 3),
            evidence=evidence,
        )

    def _evidence(self, turn: Transition, shown: NDArray[np.float64]) -> Evidence | None:
        manifest = self._judge.models.manifest(MODEL)
        return None if manifest is None else rr_evidence_of(turn, shown, manifest)

    def _give_way(self, received: Stamp) -> list[HealthEvent]:
        """End what the intervals began, once the ECG has long seen none of it."""
        if self._led_since_s is None:
            self._led_since_s = received.monotonic_s
        is_overruled = received.monotonic_s - self._led_since_s >= _OVERRULED_S
        if self._event_id is None or not is_overruled:
            return []
        self._judge.health.counters["rr-af.overruled-by-ecg"] += 1
        return [self._overruled(self._event_id, received)]

    def _overruled(self, event_id: str, received: Stamp) -> HealthEvent:
        self._hand_over()
        return HealthEvent(
            event_id=event_id,
            device=self._device,
            condition=_CONDITION,
            phase=Phase.END,
            t_ms=received.wall_ms,
            noticed_ms=received.wall_ms,
        )

    def _told_beside(self, record: AnyRecord) -> Sequence[AnyRecord]:
        if not isinstance(record, HealthEvent) or record.condition != _CONDITION:
            return [record]
        if record.phase is Phase.END:
            name, self._of_ecg = self._of_ecg or record.event_id, None
            return [msgspec.structs.replace(record, event_id=name)]
        self._of_ecg = self._event_id or record.event_id
        was_told = self._event_id is not None
        self._hand_over()
        return [] if was_told else [record]

    def _hand_over(self) -> None:
        """Let go of the episode: it has ended, or is the ECG's from now on."""
        self._event_id = None
        self._judging = Judging(
            device=self._device, model=MODEL, judge=self._judge, spent=self._judging.spent()
        )
