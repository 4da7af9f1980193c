"""One model's judgements of one device: through the stages, to episodes, with an eye on what drifts."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.judging.abstention import Abstention
from edge.judging.budget import Purse
from edge.judging.condition import conditions_of
from edge.judging.detection import ALARM_STAGES, Detector, Judgement, Transition
from edge.judging.drift import DriftWatch
from edge.judging.judge import Judge
from edge.judging.stages import STAGES, Window, judged
from edge.ports import Inference
from vitals.records import Prototype

__all__ = ["PASSED", "Judging"]

PASSED: Final = (*(stage.name for stage in STAGES), *ALARM_STAGES)
"""What everything has passed that is told, in this order."""

_SHOWN: Final = 3
"""So many labelled windows explain one judgement."""


class Judging:
    """Every condition that one model speaks for, of one device; it outlives gaps in the signal."""

    def __init__(
        self, *, device: str, model: str, judge: Judge, spent: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        """Begin with the alarm budgets `spent` by condition in an earlier life of the gateway."""
        manifest = judge.models.manifest(model)
        labels = manifest.labels if manifest else ()
        self.last: Inference | None = None
        """What the model said of the last window it judged."""
        self._judge = judge
        self._device = device
        self._model = model
        self._version = manifest.version if manifest else 0
        self._companions = judge.models.companions_of(model)
        self._drift = self._drift_from_now(labels)
        self._detector = Detector(
            conditions=tuple(row for row in conditions_of(model) if row.label in labels),
            thresholds=manifest.thresholds if manifest else {},
            new_id=judge.new_id,
            counters=judge.health.counters,
            purse=Purse(spent=spent, on_charge=judge.note_charge),
        )

    def judge(self, window: Window) -> Inference | Abstention:
        """Take a window through the stages; return what the model says of it, or what stood between."""
        self._follow_the_model()
        seen: dict[str, NDArray[np.float32]] = {}

        def inputs() -> Mapping[str, NDArray[np.float32]]:
            seen.update(window.inputs())
            return seen

        found = judged(replace(window, inputs=inputs), self._judge.models)
        if isinstance(found, Inference):
            self.last = found
            self._drift.take(seen, found, now_ms=window.now_ms)
        return found

    def step(self, window: Window, *, from_ms: int, to_ms: int) -> list[Transition]:
        """Judge the next window; return what began or ended with it."""
        found = self.judge(window)
        outcome = found.probabilities if isinstance(found, Inference) else found
        return self._detector.step(Judgement(from_ms=from_ms, to_ms=to_ms, outcome=outcome))

    def nearest(self) -> list[Prototype]:
        """Return the labelled windows nearest to the last one judged; none, where the model came without."""
        prototypes = self._companions.prototypes
        if self.last is None or self.last.embedding is None or prototypes is None:
            return []
        return prototypes.nearest(self.last.embedding, _SHOWN)

    def spent(self) -> dict[str, float]:
        """Return by condition what its budget has spent and not made up for."""
        return self._detector.spent()

    def _follow_the_model(self) -> None:
        """Take on what another version promises; episodes that stand and budgets go on as they are."""
        manifest = self._judge.models.manifest(self._model)
        if manifest is None or manifest.version == self._version:
            return
        self._version, self.last = manifest.version, None
        self._companions = self._judge.models.companions_of(self._model)
        self._drift = self._drift_from_now(manifest.labels)
        self._detector.use(manifest.thresholds)

    def _drift_from_now(self, labels: tuple[str, ...]) -> DriftWatch:
        return DriftWatch(
            device=self._device,
            model=self._model,
            labels=labels,
            reference=self._companions.reference,
            book=self._judge.drift,
        )
