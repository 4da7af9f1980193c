"""What the models that judge are called, for people who never heard their names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cloud.web.words import N_, Sentence, literal

__all__ = ["judge_said"]

_JUDGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "beats": N_("Model of single heart beats"),
        "deterioration": N_("Model of the course of two days"),
        "falls": N_("Model of falls"),
        "ppg": N_("Model of the pulse wave"),
        "qrs": N_("Model of where heart beats are"),
        "rhythm": N_("Model of heart rhythm"),
        "rr-af": N_("Model of the time between beats"),
    }
)


def judge_said(name: str) -> Sentence:
    """Return what a model is called; one of somebody else's, by its name."""
    return Sentence(message=_JUDGES[name]) if name in _JUDGES else literal(name)
