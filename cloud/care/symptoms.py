"""How somebody feels, as they or whoever is with them say it: kept beside the facts, and told."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.care.plain_text import plain_text
from cloud.ports import FactBook, FactNote, OvertakenError
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["CONDITIONS", "MOST_WORDS", "SYMPTOM", "Felt", "Symptom", "SymptomDesk"]

SYMPTOM: Final = "symptom"
"""Under what it stands in the book of facts; nothing is scored by it."""
MOST_WORDS: Final = 300
_TRIES: Final = 20
"""How often it is said anew because the evaluator, which never rests, changed the state meanwhile."""


class Symptom(StrEnum):
    """What can be chosen; `OTHER` is in words of their own."""

    CHEST_PAIN = "chest-pain"
    BREATHLESS = "breathless"
    FELL = "fell"
    DIZZY = "dizzy"
    PALPITATIONS = "palpitations"
    OTHER = "other"


CONDITIONS: Final[Mapping[Symptom, str]] = MappingProxyType(
    {symptom: f"said-{symptom}" for symptom in Symptom}
)
"""The row of the rules by which each is told."""

Tell = Callable[[str, str, int], None]
"""Raises the alert of a condition of a patient at a moment, unless the like still waits for somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """One entry: what, in which words, who said it, and when."""

    patient_id: str
    symptom: Symptom
    words: str
    author_id: str
    t_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SymptomDesk:
    """Takes down what people say they feel, and has those told who look after them, both or neither."""

    book: FactBook
    clock: Clock
    together: Callable[[], AbstractContextManager[None]]
    tell: Tell

    def say(self, patient_id: str, symptom: str, words: str, *, by: str) -> Felt:
        """Write down what a person, `by` id, says of how a patient feels, and tell it.

        Raises
        ------
        ValidationError
            If it is none that can be chosen, has too many words, or none where they are all there is; or if
            they are no plain text.
        StorageError
            If it cannot be written or told: nothing was said.
        """
        felt = Felt(
            patient_id=patient_id,
            symptom=_symptom(symptom),
            words=plain_text(words),
            author_id=by,
            t_ms=self.clock.wall_ms(),
        )
        if len(felt.words) > MOST_WORDS:
            raise ValidationError("say it in at most {most} letters", most=MOST_WORDS)
        if felt.symptom is Symptom.OTHER and not felt.words:
            raise ValidationError("say in a few words how it feels")
        for _ in range(_TRIES):
            try:
                with self.together():
                    self.book.note(_noted(felt))
                    self.tell(patient_id, CONDITIONS[felt.symptom], felt.t_ms)
            except OvertakenError:
                continue
            return felt
        raise OvertakenError("the patient's alerts change too fast to tell of this: try again")

    def between(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[Felt]:
        """Return what was said in a time, oldest first.

        Raises
        ------
        StorageError
            If the book cannot be read.
        """
        notes = self.book.of([patient_id]).get(patient_id, ())
        found = (_felt(note) for note in notes if from_ms <= note.from_ms < to_ms)
        return [each for each in found if each is not None]


def _symptom(code: str) -> Symptom:
    try:
        return Symptom(code)
    except ValueError:
        raise ValidationError("choose what it is from the list") from None


def _noted(felt: Felt) -> FactNote:
    return FactNote(
        patient_id=felt.patient_id,
        name=SYMPTOM,
        value={"symptom": felt.symptom.value, "words": felt.words},
        from_ms=felt.t_ms,
        until_ms=None,
        author_id=felt.author_id,
        made_ms=felt.t_ms,
    )


def _felt(note: FactNote) -> Felt | None:
    """Return an entry as it was said; one of a newer program, which cannot be named here, by its words."""
    if note.name != SYMPTOM or not isinstance(note.value, Mapping):
        return None
    code, words = (str(note.value.get(part) or "") for part in ("symptom", "words"))
    symptom = next((each for each in Symptom if each == code), None)
    return Felt(
        patient_id=note.patient_id,
        symptom=symptom or Symptom.OTHER,
        words=words or ("" if symptom else code),
        author_id=note.author_id,
        t_ms=note.from_ms,
    )
