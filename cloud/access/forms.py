"""The second barrier before a change that a page asks for: a token only a page of ours can know.

The first is `check_origin`. A form's token is made from what the browser alone holds: its session's secret
or, before anybody is signed in, a secret of its own that comes with the first form. Nothing is kept here,
so every process can check what any of them gave out; a session that ends takes its forms with it.
"""

import base64
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cloud.access.credentials import bearer_token
from cloud.access.errors import UnknownFormError
from cloud.access.site import Site
from cloud.access.tokens import Randomness, new_token

__all__ = ["FORM_FIELD", "Forms", "form_token", "forms_of", "token_of_this_answer"]

FORM_FIELD: Final = "form_token"
FORM_COOKIE_LIFE_S: Final = 24 * 3600
_PURPOSE: Final = b"carewire form 1"


@dataclass(slots=True, kw_only=True)
class Forms:
    """The forms of one answer: `token` for each; `is_asked` once one has been written."""

    site: Site
    secret: str
    is_new: bool
    is_asked: bool = False

    @property
    def token(self) -> str:
        """What a form carries."""
        return form_token(self.secret)

    def check(self, fields: Mapping[str, str]) -> None:
        """Refuse a form that no page of ours wrote for this browser.

        Raises
        ------
        UnknownFormError
            If its token is missing, or another browser's or session's.
        """
        given = fields.get(FORM_FIELD, "").encode("utf-8", "surrogateescape")
        if self.is_new or not hmac.compare_digest(given, self.token.encode()):
            raise UnknownFormError(
                "this form is not of your session any more: open the page again, then send it"
            )

    def settle(self, response: Response) -> None:
        """Give the browser the secret its forms are bound to, if it has none and was given a form."""
        if self.is_new and self.is_asked:
            response.set_cookie(
                self.site.form_cookie_name,
                self.secret,
                max_age=FORM_COOKIE_LIFE_S,
                path="/",
                secure=self.site.is_secure,
                httponly=True,
                samesite="strict",
            )


_current: ContextVar[Forms] = ContextVar("forms")


def form_token(secret: str) -> str:
    """Return the token of the forms of whoever holds a secret; it tells nothing of the secret."""
    digest = hmac.digest(secret.encode("utf-8", "surrogateescape"), _PURPOSE, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@contextmanager
def forms_of(request: Request, site: Site, randomness: Randomness) -> Iterator[Forms]:
    """Let pages that are written meanwhile have forms that this browser can send."""
    known = request.cookies.get(site.cookie_name) or request.cookies.get(site.form_cookie_name)
    is_browser = bearer_token(request) is None  # a program's token is no cookie: nobody else can make it post
    forms = Forms(site=site, secret=known or new_token(randomness), is_new=is_browser and not known)
    before = _current.set(forms)
    try:
        yield forms
    finally:
        _current.reset(before)


def token_of_this_answer() -> str:
    """Return the token for a form of the page that is being written.

    Raises
    ------
    LookupError
        Outside of a request: such a form could never be sent.
    """
    forms = _current.get()
    forms.is_asked = True
    return forms.token
