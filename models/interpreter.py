"""Run a TFLite artefact over many rows, one at a time, as the gateway does."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["median_time_us", "run_rows"]


def run_rows(artefact: bytes, rows: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Feed ``rows[name]`` of ``(n, *shape)`` to the input of that name; return ``(n, labels)``."""
    runner = _runner(artefact)
    count = len(next(iter(rows.values())))
    outputs = [
        runner(**{name: column[row : row + 1] for name, column in rows.items()}) for row in range(count)
    ]
    return np.concatenate([next(iter(output.values())) for output in outputs])


def median_time_us(artefact: bytes, row: dict[str, NDArray[np.float32]], *, rounds: int = 300) -> float:
    """Middle time of one inference on one thread, in microseconds."""
    runner = _runner(artefact)
    times_ns = []
    for _ in range(rounds):
        started_ns = time.perf_counter_ns()
        runner(**row)
        times_ns.append(time.perf_counter_ns() - started_ns)
    return float(np.median(times_ns)) / 1000


def _runner(artefact: bytes) -> Any:  # noqa: ANN401 - ai-edge-litert is untyped
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - heavy, and only needed to run

    interpreter = Interpreter(model_content=artefact, num_threads=1)
    (signature,) = interpreter.get_signature_list()
    return interpreter.get_signature_runner(signature)
