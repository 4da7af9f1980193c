"""What the shipped models cost: time a window each, and memory of all together."""

import os
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from carewire.bench.figures import Figures, rank
from carewire.bench.process import memory_mb
from edge.bootstrap import load_models
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.judging.models import ModelSet
from edge.ports import Model
from vitals.clock import ScaledClock
from vitals.errors import CarewireError

ROUNDS = 400
WARM_UP = 20


def measure() -> Figures:
    """Load every model of the gateway's roster as the gateway does, then ask each in turn.

    Memory is counted from where the runtime's library is imported and has done nothing yet; what it takes for
    itself with the first model is told apart from what the other models add.
    """
    import_module("edge.adapters.tflite")
    before_mb = memory_mb(os.getpid(), "VmRSS")
    models = _loaded()
    took: dict[str, list[float]] = {}
    grown_mb: list[float] = []
    for name, model in models.models.items():
        took[name] = _took_us(model)
        grown_mb.append(round(memory_mb(os.getpid(), "VmRSS") - before_mb, 2))
    return {
        "models": len(took),
        "memory_runtime_and_first_mb": grown_mb[0],
        "memory_all_mb": grown_mb[-1],
        **{f"{name}_p50_us": rank(times_us, 0.50) for name, times_us in took.items()},
        **{f"{name}_p99_us": rank(times_us, 0.99) for name, times_us in took.items()},
    }


def _loaded() -> ModelSet:
    with TemporaryDirectory() as folder:
        settings = EdgeSettings(gateway_id="bench", data_dir=Path(folder), adopt=True)
        models = load_models(settings, GatewayHealth(), ScaledClock())
    if models.faults:
        raise CarewireError(f"not every model can be used: {'; '.join(models.faults.values())}")
    return models


def _took_us(model: Model) -> list[float]:
    """Ask of windows that differ, as a heart's would; the first few are not counted."""
    random, took_us = np.random.default_rng(17), []
    for _ in range(WARM_UP + ROUNDS):
        inputs = {
            tensor.name: random.normal(size=tensor.shape).astype(np.float32)
            for tensor in model.manifest.inputs
        }
        began_ns = time.perf_counter_ns()
        model.infer(inputs)
        took_us.append((time.perf_counter_ns() - began_ns) / 1000)
    return took_us[WARM_UP:]
