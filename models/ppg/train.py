"""Fit the weights of the pulse evidence: on everybody for the gateway, and without each person in turn."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from models.cards import plain_card
from models.datasets import file_sha256
from models.plan import Progress, TrainingPlan
from models.ppg.about import ABOUT
from models.ppg.evaluate import evaluate
from models.ppg.fitting import Examples, examples_of, fit
from models.ppg.recordings import Session, folder_of, sessions
from models.ppg.weights import FoldWeights, WeightBook
from vitals.features.ppg_evidence import EVIDENCE

__all__ = ["train"]

_DIGITS: Final = 3
_SMOKE_SESSIONS: Final = 2
_LIVED: Final = (
    (1.0, (0, 1)),
    (0.65, (0, 1)),
    (0.8, (0, 1)),
    (1.2, (0, 1)),
    (1.0, (0,)),
    (1.0, (1,)),
    (0.7, (0,)),
    (0.7, (1,)),
)
"""How fast each session is lived, and by which channels of light seen: hearts and strides at other paces, and
wearables with one lamp."""


def train(data_dir: Path, out_dir: Path, *, plan: TrainingPlan, progress: Progress) -> Path:
    """Fit on ``troika/``; write weights, report, figures and card; return the path of ``weights.json``.

    What is fitted reaches the gateway by the table in ``vitals/features/ppg_evidence.py``: copy it there.
    """
    folder = folder_of(data_dir)
    held = list(sessions(folder))[: _SMOKE_SESSIONS if plan.smoke else None]
    examples = {}
    for place, session in enumerate(held):
        progress(f"{session.record}: windows", 0.6 * place / len(held))
        examples[session.record] = _lived(session)
    progress("fitting", 0.6)
    people = sorted({session.person for session in held})
    shipped = fit(Examples.joined(examples.values()))
    book = WeightBook(
        version=plan.version or 1,
        weights={
            row.name: round(weight, _DIGITS) for row, weight in zip(EVIDENCE, shipped.tolist(), strict=True)
        },
        folds=tuple(_without(person, held, examples) for person in people),
        data={path.name: file_sha256(path) for path in sorted(folder.glob("*.mat"))},
    )
    path = book.save(out_dir)
    progress("judging each person by weights that never saw them", 0.7)
    evaluation = evaluate(out_dir, data_dir, progress=lambda what, share: progress(what, 0.7 + 0.3 * share))
    (out_dir / "report.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(evaluation.report), indent=2) + b"\n"
    )
    figures = [drawn.stem for drawn in evaluation.draw(out_dir / "figures")]
    (out_dir / "card.md").write_text(plain_card("ppg", evaluation.report, ABOUT, figures), encoding="utf-8")
    progress("done", 1.0)
    return path


def _lived(session: Session) -> Examples:
    return Examples.joined(
        examples_of(session.hastened(times).with_channels(*channels)) for times, channels in _LIVED
    )


def _without(person: str, held: Iterable[Session], examples: dict[str, Examples]) -> FoldWeights:
    others = [examples[session.record] for session in held if session.person != person]
    weights = fit(Examples.joined(others))
    return FoldWeights(
        unseen=tuple(session.digest for session in held if session.person == person),
        weights=tuple(np.round(weights, _DIGITS).tolist()),
    )
