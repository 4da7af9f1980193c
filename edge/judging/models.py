"""The models a gateway judges by, asked by name: one that is missing or fails abstains, and is told of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter_ns
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from edge.alarms.local_alarm import AlarmKey
from edge.counters import Timings
from edge.health import GatewayHealth
from edge.judging.abstention import Abstention
from edge.ports import Inference, Model
from vitals.errors import ModelRejectedError
from vitals.manifest import ModelManifest
from vitals.prototypes import PrototypeSet
from vitals.reference import Reference

__all__ = ["Companions", "ModelSet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """What came with a model: windows to explain it by, and what it was trained on, in numbers."""

    prototypes: PrototypeSet | None = None
    reference: Reference | None = None


_ALONE = Companions()


@dataclass(slots=True, kw_only=True)
class ModelSet:
    """The gateway's models by name, with what came with them and what is counted of their work."""

    models: dict[str, Model]
    health: GatewayHealth
    companions: dict[str, Companions] = field(default_factory=dict)
    timings: Timings = field(default_factory=Timings)
    stopwatch_ns: Callable[[], int] = perf_counter_ns
    _faults: dict[str, str] = field(default_factory=dict)

    def manifest(self, name: str) -> ModelManifest | None:
        """Return what a model promises; ``None`` if it is not here."""
        model = self.models.get(name)
        return model.manifest if model else None

    def companions_of(self, name: str) -> Companions:
        """Return what came with a model, if anything did."""
        return self.companions.get(name, _ALONE)

    def put(self, name: str, model: Model, companions: Companions | None = None) -> None:
        """Have another model judge from the next window on; without `companions` those before stay."""
        if companions is not None:
            self.companions[name] = companions
        self.models[name] = model

    def versions(self) -> dict[str, int]:
        """Return which version of each model judges here."""
        return {name: model.manifest.version for name, model in self.models.items()}

    def judging(self) -> frozenset[str]:
        """Return the models that judge, and did not fail when last asked."""
        return frozenset(self.models.keys() - self._faults.keys())

    def infer(
        self, name: str, inputs: Mapping[str, NDArray[np.float32]], now_ms: int
    ) -> Inference | Abstention:
        """Return what a model makes of a window, or why it makes nothing of it.

        Whether to believe it is for the stages to say: see `edge.judging.stages`.
        """
        model = self.models.get(name)
        if model is None:
            return Abstention.NO_MODEL
        began_ns = self.stopwatch_ns()
        try:
            inference = model.infer(inputs)
        except ModelRejectedError as error:
            self.note_fault(name, str(error), now_ms)
            return Abstention.MODEL_FAILED
        self.timings.record(self.stopwatch_ns() - began_ns)
        self._note_well(name, now_ms)
        return inference

    @property
    def faults(self) -> Mapping[str, str]:
        """What is wrong with each model that cannot be used."""
        return MappingProxyType(self._faults)

    def note_fault(self, name: str, fault: str, now_ms: int) -> None:
        """Raise the gateway's alarm: this model judges nothing; one that stands for others is raised anew."""
        is_told = name in self._faults
        self._faults[name] = fault
        if is_told:
            return
        for stands in (False, True):
            self.health.alarms.set(
                AlarmKey.MODEL_UNUSABLE, stands=stands, t_ms=now_ms, detail="; ".join(self._faults.values())
            )

    def _note_well(self, name: str, now_ms: int) -> None:
        if self._faults.pop(name, None) is not None and not self._faults:
            self.health.alarms.set(AlarmKey.MODEL_UNUSABLE, stands=False, t_ms=now_ms)
