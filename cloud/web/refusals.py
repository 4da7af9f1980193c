"""What a form is answered with when it cannot be taken, in the reader's language."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from cloud.alerts.wording.quantities import capital
from cloud.web.words import N_, Sentence, Translations
from vitals.errors import CarewireError, StorageError

__all__ = ["Refusal", "refusal", "status_of"]

_WHOLE: Final = N_("{what}.")
_NOT_KEPT: Final = Sentence(message=N_("it could not be kept just now: send it once more in a moment"))
"""For what a store says, which names files, and is for whoever runs the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What an error says, as a whole sentence."""

    what: Sentence

    def said(self, words: Translations) -> str:
        """Return it in a language."""
        return words.gettext(_WHOLE).format(what=capital(self.what.said(words)))


def refusal(error: CarewireError) -> Refusal:
    """Return what an error tells whoever brought it about: what is wrong, and what to do."""
    if isinstance(error, StorageError):
        return Refusal(what=_NOT_KEPT)
    return Refusal(what=Sentence(message=error.message, fields=error.fields))


def status_of(error: CarewireError | None) -> HTTPStatus:
    """Return with which status a form is shown again after an error; None: it is shown first."""
    if error is None:
        return HTTPStatus.OK
    is_stores = isinstance(error, StorageError)
    return HTTPStatus.SERVICE_UNAVAILABLE if is_stores else HTTPStatus.UNPROCESSABLE_ENTITY
