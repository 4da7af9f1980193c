"""Templates to responses: everything escaped, every text ready to be translated."""

import gettext
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from cloud.access.forms import FORM_FIELD, token_of_this_answer
from cloud.api.times import iso
from cloud.web.headline import QUIET_AFTER_MS
from cloud.web.reasons import reason_said
from cloud.web.words import AGE_MESSAGES, Sentence, age, lasting, say

__all__ = ["render"]

_DAY_MS: Final = 86_400_000
_WHOLE_FROM: Final = 10
_WORDS: Final = gettext.NullTranslations()


def render(template: str, status: int = 200, /, **context: object) -> HTMLResponse:
    """Return a page rendered from `cloud/web/templates`."""
    return HTMLResponse(_environment().get_template(template).render(context), status_code=status)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cloud.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(_WORDS, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "say": _say,
        "ago": _ago,
        "day": _day,
        "lasting": _lasting,
        "number": _number,
        "reason": _reason,
    }
    environment.globals["quiet_after_ms"] = QUIET_AFTER_MS
    environment.globals["form_token"] = _form_token
    environment.globals["age_messages"] = json.dumps(_translated(AGE_MESSAGES))
    return environment


def _form_token() -> Markup:
    """Return the hidden field without which a form that posts is refused."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, token_of_this_answer())


def _say(sentence: Sentence) -> str:
    return say(sentence, _WORDS.gettext)


def _ago(t_ms: int, now_ms: int) -> Markup:
    """Return a `<time>` that scripts keep up to date: relative near now, absolute beyond a day."""
    near = now_ms - t_ms < _DAY_MS
    text = _say(age(now_ms - t_ms)) if near else f"{datetime.fromtimestamp(t_ms / 1000, UTC):%d %b %H:%M} UTC"
    return Markup('<time datetime="{}" data-ms="{}">{}</time>').format(iso(t_ms), t_ms, text)


def _day(t_ms: int) -> Markup:
    """Return the day of a moment, in the time zone of the service's records."""
    return Markup('<time datetime="{}">{}</time>').format(
        iso(t_ms), f"{datetime.fromtimestamp(t_ms / 1000, UTC):%d %b %Y}"
    )


def _lasting(span_ms: int) -> str:
    return _say(lasting(span_ms))


def _reason(stored: str) -> str:
    return _say(reason_said(stored))


def _number(value: float) -> str:
    """Return a value with no more digits than mean something."""
    return f"{value:.0f}" if abs(value) >= _WHOLE_FROM or value.is_integer() else f"{value:.2g}"


def _translated(messages: Mapping[str, str]) -> dict[str, str]:
    return {key: _WORDS.gettext(message) for key, message in messages.items()}
