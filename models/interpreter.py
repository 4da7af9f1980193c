"""Run a TFLite artefact over many rows, one at a time, as the gateway does."""

import time
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["OUTPUT", "median_time_us", "run_outputs", "run_rows"]

OUTPUT: Final = "probabilities"


def run_rows(artefact: bytes, rows: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Feed ``rows[name]`` of ``(n, *shape)`` to its input; return ``(n, labels)`` probabilities."""
    return run_outputs(artefact, rows)[OUTPUT]


def run_outputs(artefact: bytes, rows: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Feed the rows as ``run_rows`` does; return every output by name, a row a row."""
    runner = _runner(artefact)
    count = len(next(iter(rows.values())))
    found: list[dict[str, NDArray[np.float32]]] = [
        runner(**{name: column[row : row + 1] for name, column in rows.items()}) for row in range(count)
    ]
    names = sorted(runner.get_output_details())
    return {name: np.concatenate([output[name] for output in found]) for name in names}


def median_time_us(artefact: bytes, row: Mapping[str, NDArray[np.float32]], *, rounds: int = 300) -> float:
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
