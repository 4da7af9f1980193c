"""Why people acknowledge: a code that can be counted, and a note of their own."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from cloud.api.alerts import LONGEST_REASON
from cloud.api.problems import ProblemError
from cloud.web.words import N_, Sentence

__all__ = ["REASONS", "reason_of", "reason_said"]

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attending": N_("I am looking after it"),
        "false-alarm": N_("Not real: movement or poor contact"),
        "expected": N_("Known and expected"),
        "other": N_("Something else"),
    }
)


def reason_of(form: Mapping[str, str]) -> str:
    """Return what a form says as it is stored: `code` or `code: note`.

    Raises
    ------
    ProblemError
        If no reason was chosen.
    """
    code, note = form.get("reason", ""), form.get("note", "").replace("\x00", "").strip()
    if code not in REASONS:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "choose one of the reasons", errors=("reason",))
    return f"{code}: {note}"[:LONGEST_REASON] if note else code


def reason_said(stored: str) -> Sentence:
    """Return a stored reason in words; one that programs gave stands as it is."""
    code, _, note = stored.partition(": ")
    if code not in REASONS:
        return Sentence(message="{note}", fields={"note": stored})
    if not note:
        return Sentence(message=REASONS[code])
    return Sentence(
        message=N_("{reason}: {note}"), fields={"reason": Sentence(message=REASONS[code]), "note": note}
    )
