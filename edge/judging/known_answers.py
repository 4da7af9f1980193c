"""Whether a model answers here what it answered where it was signed."""

from collections.abc import Sequence

from edge.ports import Model
from vitals.errors import ModelRejectedError
from vitals.model_vectors import differs, vector_inputs
from vitals.release import Vector

__all__ = ["wrong_answer"]


def wrong_answer(model: Model, vectors: Sequence[Vector]) -> str | None:
    """Return in words the first reference vector that is answered otherwise; `None`: all are as signed."""
    labels = model.manifest.labels
    for vector in vectors:
        try:
            said = model.infer(vector_inputs(model.manifest, vector.seed)).probabilities
        except ModelRejectedError as error:
            return f"{vector.seed}: {error}"
        if differs([said.get(label, -1.0) for label in labels], vector.answer):
            return f"{vector.seed} is answered otherwise than where the model was signed"
    return None
