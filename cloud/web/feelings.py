"""What was said of how somebody feels, in the words of pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cloud.care.symptoms import Symptom
from cloud.services import Services
from cloud.web.words import N_, Sentence

__all__ = ["LATELY_MS", "SYMPTOM_WORDS", "FeltRow", "felt_between"]

LATELY_MS: Final = 24 * 3_600_000
SYMPTOM_WORDS: Final[Mapping[Symptom, Sentence]] = MappingProxyType(
    {
        Symptom.CHEST_PAIN: Sentence(message=N_("Chest pain")),
        Symptom.BREATHLESS: Sentence(message=N_("Hard to breathe")),
        Symptom.FELL: Sentence(message=N_("A fall")),
        Symptom.DIZZY: Sentence(message=N_("Dizzy")),
        Symptom.PALPITATIONS: Sentence(message=N_("Heart races or skips")),
        Symptom.OTHER: Sentence(message=N_("Something else, in words")),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeltRow:
    """One entry: what, in which words, who said it (None: nobody known any more), and when."""

    what: Sentence
    words: str
    who: str | None
    t_ms: int


def felt_between(services: Services, patient_id: str, from_ms: int, to_ms: int) -> Sequence[FeltRow]:
    """Return what was said in a time, oldest first."""
    found = services.symptoms.between(patient_id, from_ms, to_ms)
    authors = {each.author_id: services.directory.person(each.author_id) for each in found}
    return [
        FeltRow(
            what=SYMPTOM_WORDS[each.symptom],
            words=each.words,
            who=author.display_name if author else None,
            t_ms=each.t_ms,
        )
        for each in found
        for author in (authors[each.author_id],)
    ]
