"""What a form is answered with when it cannot be taken, in the reader's language."""

from dataclasses import dataclass
from typing import Final

from cloud.alerts.wording.quantities import capital
from cloud.web.words import N_, Sentence, Translations
from vitals.errors import CarewireError

__all__ = ["Refusal", "refusal"]

_WHOLE: Final = N_("{what}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What an error says, as a whole sentence."""

    what: Sentence

    def said(self, words: Translations) -> str:
        """Return it in a language."""
        return words.gettext(_WHOLE).format(what=capital(self.what.said(words)))


def refusal(error: CarewireError) -> Refusal:
    """Return what an error tells whoever brought it about: what is wrong, and what to do."""
    return Refusal(what=Sentence(message=error.message, fields=error.fields))
