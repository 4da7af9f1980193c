"""Fit the network on rows of intervals, varied anew each epoch, every patient counting about alike."""

from collections.abc import Sequence
from typing import Any, Final

import keras
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.plan import Progress, TrainingPlan
from models.rr_af.network import Network
from models.rr_af.recordings import FLUTTER, RrRecording
from models.rr_af.sources import Sources
from models.rr_af.variation import Row, varied
from vitals.features.rr_af import RR_AF_INTERVALS, rr_af_rows

__all__ = ["fit"]

_LENGTH: Final = 512
"""Rows of one training sequence: some seven minutes."""
_SEQUENCES_A_RECORDING: Final = 28
"""How many an epoch takes at most of one recording, however long."""
_TOGETHER: Final = 4
"""How many sequences are cut from one stretch."""
_STRIPS_AN_EPOCH: Final = 1100
_STRIP_WEIGHTS: Final = {"O": 0.5}
"""What is neither normal nor fibrillation is not always told apart by its intervals."""
_STRIP_WEIGHT: Final = 0.7
_GAP: Final = 15
"""Unknown intervals between two strips, so that neither is the other's neighbour."""

_BATCH: Final = 16
_LEARNING_RATE: Final = 3e-3


def fit(
    sources: Sources, *, plan: TrainingPlan, name: str, progress: Progress
) -> tuple[Network, list[float]]:
    """Return the network after the last epoch, and the loss of each; ``name`` is that of its logs."""
    keras.utils.set_random_seed(plan.seed)
    random = np.random.default_rng(plan.seed)
    network = Network()
    losses: list[float] = []
    for epoch in range(plan.epochs):
        rows, is_af, weight = _epoch(sources, random)
        if epoch == 0:
            _compile(network.sequences, steps=plan.epochs * -(-len(rows) // _BATCH))
        history = network.sequences.fit(
            rows,
            is_af,
            sample_weight=weight,
            batch_size=_BATCH,
            verbose=0,
            initial_epoch=epoch,
            epochs=epoch + 1,
            callbacks=_logging(plan, name),
        )
        losses.append(float(history.history["loss"][0]))
        progress(f"{name}: loss {losses[-1]:.3f}", (epoch + 1) / plan.epochs)
    return network, losses


def _compile(sequences: Any, *, steps: int) -> None:  # noqa: ANN401 - keras is untyped
    sequences.compile(
        optimizer=keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps), weight_decay=1e-3
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )


def _logging(plan: TrainingPlan, name: str) -> list[Any]:
    return [keras.callbacks.TensorBoard(plan.logs_dir / name)] if plan.logs_dir else []


_Sequences = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]
"""``(m, 512, channels)`` rows, and of each ``(m, 512)`` whether it is fibrillation and how much it counts."""


def _epoch(sources: Sources, random: Generator) -> _Sequences:
    rows = [stretch for recording in sources.long for stretch in _stretches(_row_of(recording), random)]
    rows += [_row_of(recording) for recording in sources.short for _ in range(2)]
    rows += _joined(sources.strips, random)
    parts = [_sequences(varied(row, random), random) for row in rows]
    sequences, is_af, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return sequences, is_af, weight


def _row_of(recording: RrRecording) -> Row:
    """Flutter teaches neither: some of it is as irregular as fibrillation."""
    return Row(
        rr_ms=recording.rr_ms,
        is_af=recording.is_fibrillation,
        weight=np.where(recording.rhythms == FLUTTER, 0.0, 1.0),
    )


def _stretches(row: Row, random: Generator) -> list[Row]:
    """Return some stretches of a long recording, each of a few sequences; all of a short one."""
    if len(row) < 2 * _SEQUENCES_A_RECORDING * _LENGTH:
        return [row]
    count = _SEQUENCES_A_RECORDING // _TOGETHER
    length = _TOGETHER * _LENGTH + RR_AF_INTERVALS
    return [row.part(int(start), length) for start in random.integers(0, len(row) - length, count)]


def _joined(strips: Sequence[RrRecording], random: Generator) -> list[Row]:
    """One row of some strips, each apart from the next."""
    if not strips:
        return []
    chosen = random.permutation(len(strips))[:_STRIPS_AN_EPOCH]
    apart = Row(rr_ms=np.full(_GAP, np.nan), is_af=np.zeros(_GAP, dtype=bool), weight=np.zeros(_GAP))
    rows = [part for index in chosen for part in (_strip_row(strips[index]), apart)]
    return [
        Row(
            rr_ms=np.concatenate([row.rr_ms for row in rows]),
            is_af=np.concatenate([row.is_af for row in rows]),
            weight=np.concatenate([row.weight for row in rows]),
        )
    ]


def _strip_row(strip: RrRecording) -> Row:
    counts = _STRIP_WEIGHTS.get(str(strip.rhythms[0]), _STRIP_WEIGHT)
    return Row(rr_ms=strip.rr_ms, is_af=strip.is_fibrillation, weight=np.full(len(strip.rr_ms), counts))


def _sequences(row: Row, random: Generator) -> _Sequences:
    """Cut a row into sequences from a place that differs each time; a short row is filled with unknown."""
    short = max(0, _LENGTH - len(row))
    rows = rr_af_rows(np.pad(row.rr_ms, (0, short), constant_values=np.nan))
    is_af, weight = np.pad(row.is_af, (0, short)), np.pad(row.weight, (0, short))
    count = len(rows) // _LENGTH
    start = int(random.integers(0, len(rows) - count * _LENGTH + 1))
    chosen = slice(start, start + count * _LENGTH)
    return (
        rows[chosen].reshape(count, _LENGTH, -1),
        is_af[chosen].astype(np.int64).reshape(count, _LENGTH),
        weight[chosen].astype(np.float32).reshape(count, _LENGTH),
    )
