"""Templates to responses: everything escaped, every text in the language of whoever reads it."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from cloud.access.forms import FORM_FIELD, token_of_this_answer
from cloud.access.sessions import Viewer
from cloud.alerts.wording.quantities import unit_words
from cloud.api.reader import path_of_this_answer, reader_of_this_answer
from cloud.api.times import iso, moment
from cloud.web.addresses import StaticAddresses
from cloud.web.calling import dialled
from cloud.web.devices import device_said
from cloud.web.headline import QUIET_AFTER_MS
from cloud.web.judges import judge_said
from cloud.web.local import Local, local_of
from cloud.web.navigation import Navigation, navigation
from cloud.web.reasons import reason_said
from cloud.web.words import AGE_MESSAGES, Phrase, age, isolated, lasting, say

__all__ = ["render"]

_DAY_MS: Final = 86_400_000


def render(template: str, status: int = 200, /, **context: object) -> HTMLResponse:
    """Return a page rendered from `cloud/web/templates` for the reader of this answer."""
    text = _environment().get_template(template).render(context)
    headers = {"content-language": _local().tag, "vary": "accept-language, cookie"}
    return HTMLResponse(text, status_code=status, headers=headers)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cloud.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", StaticAddresses],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=_gettext,
        ngettext=_ngettext,
        newstyle=True,
    )
    environment.filters |= _FILTERS
    environment.globals |= {
        "quiet_after_ms": QUIET_AFTER_MS,
        "form_token": _form_token,
        "menu_of": _menu_of,
        "age_messages": _age_messages,
        "page_local": _local,
    }
    return environment


def _local() -> Local:
    """Return how the reader of this answer writes."""
    return local_of(reader_of_this_answer())


def _gettext(message: str) -> str:
    return _local().words.gettext(message)


def _ngettext(one: str, many: str, count: int) -> str:
    return _local().words.ngettext(one, many, count)


def _form_token() -> Markup:
    """Return the hidden field without which a form that posts is refused."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, token_of_this_answer())


def _menu_of(viewer: Viewer | None) -> Navigation | None:
    """Return where somebody signed in can go."""
    return None if viewer is None else navigation(viewer.person, path_of_this_answer())


def _age_messages() -> str:
    """Return what scripts say ages with."""
    return json.dumps({key: _local().words.gettext(message) for key, message in AGE_MESSAGES.items()})


def _say(phrase: Phrase) -> str:
    return say(phrase, _local().words)


def _unit(ucum: str) -> str:
    """Return what the reader calls a unit."""
    return unit_words(ucum, reader_of_this_answer().of_alerts())


def _ago(t_ms: int, now_ms: int) -> Markup:
    """Return a `<time>` that scripts keep up to date: relative near now, absolute beyond a day."""
    text = _say(age(now_ms - t_ms)) if now_ms - t_ms < _DAY_MS else _local().moment(t_ms)
    return Markup('<time datetime="{}" data-ms="{}">{}</time>').format(iso(t_ms), t_ms, text)


def _day(at: int | str) -> Markup:
    """Return the day of a moment, given in ms or as the API writes it."""
    t_ms = _ms(at)
    return Markup('<time datetime="{}">{}</time>').format(iso(t_ms), _local().day(t_ms))


def _moment(at: int | str) -> Markup:
    """Return day and time of a moment."""
    t_ms = _ms(at)
    return Markup('<time datetime="{}">{}</time>').format(iso(t_ms), _local().moment(t_ms))


def _ms(at: int | str) -> int:
    return moment(at, "at") if isinstance(at, str) else at


def _listed(parts: Sequence[Phrase | str]) -> str:
    """Return several as one list, names among them as their writers wrote them."""
    return _local().listed([isolated(part) if isinstance(part, str) else _say(part) for part in parts])


def _name(text: str) -> Markup:
    """Return what people wrote, such as a name; whichever way it runs, what stands around it goes on."""
    may_turn = isolated(text) != text or _local().locale.text_direction == "rtl"
    return Markup("<bdi>{}</bdi>").format(text) if may_turn else escape(text)


_FILTERS: Final[Mapping[str, Callable[..., str]]] = MappingProxyType(
    {
        "say": _say,
        "ago": _ago,
        "day": _day,
        "moment": _moment,
        "listed": _listed,
        "judge": lambda name: _say(judge_said(name)),
        "device": lambda stored: _say(device_said(stored)),
        "weekday": lambda t_ms: _local().weekday(t_ms),
        "dialled": dialled,
        "lasting": lambda span_ms: _say(lasting(span_ms)),
        "clock": lambda t_ms: _local().clock(t_ms),
        "hour": lambda t_ms: _local().hour(t_ms),
        "field": lambda t_ms: _local().field(t_ms),
        "number": lambda value: _local().number(value),
        "digits": lambda digits: _local().written(digits),
        "unit": _unit,
        "percent": lambda share: _local().percent(share),
        "reason": lambda stored: _say(reason_said(stored)),
        "name": _name,
        "isolated": isolated,
        "code": lambda text: Markup('<span class="code secret">{}</span>').format(text),
    }
)
