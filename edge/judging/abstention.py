"""Why a window was not judged."""

from enum import StrEnum

__all__ = ["Abstention"]


class Abstention(StrEnum):
    """What stood between a window and a judgement."""

    POOR_SIGNAL = "poor-signal"
    NO_MODEL = "no-model"
    MODEL_FAILED = "model-failed"
    UNLIKE_TRAINING = "unlike-training"
    CALLED_NOISE = "called-noise"
    UNSURE = "unsure"
