"""Somebody's own page of how pages and messages are written for them: language, clock, unit of glucose."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from zoneinfo import available_timezones

from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Oneself
from cloud.access.sessions import Viewer
from cloud.alerts.wording.language import languages
from cloud.alerts.wording.quantities import MMOL_PER_L
from cloud.api.dependencies import ServicesOf
from cloud.api.reader import known_zone, reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.ports import Preferences
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

__all__ = ["router"]

router = policed_router("preference-pages", documented=False)

_PAGE: Final = "/me/preferences"
GLUCOSE_UNITS: Final = ("mg/dL", MMOL_PER_L)
_NO_SUCH: Final = Sentence(message=N_("There is no such choice. Choose one that the page offers."))
_NO_ZONE: Final = Sentence(
    message=N_("There is no such time zone. Give a name like Europe/Berlin, or leave it empty.")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What the page shows as chosen."""

    language: str
    time_zone: str
    glucose_unit: str


@router.get(_PAGE)
def page(viewer: Oneself) -> Response:
    """Show what is chosen now."""
    reader = reader_of_this_answer()
    return _page(
        viewer,
        _Choice(language=reader.language, time_zone=reader.set_zone or "", glucose_unit=reader.glucose_unit),
    )


@router.post(_PAGE)
def choose(viewer: Oneself, services: ServicesOf, form: Form) -> Response:
    """Keep what was chosen; what else they set of being told stays as it is."""
    chosen = _Choice(
        language=form.get("language", ""),
        time_zone=form.get("time_zone", "").strip(),
        glucose_unit=form.get("glucose_unit", ""),
    )
    if chosen.language not in languages() or chosen.glucose_unit not in GLUCOSE_UNITS:
        return _page(viewer, chosen, wrong=_NO_SUCH)
    if chosen.time_zone and known_zone(chosen.time_zone) is None:
        return _page(viewer, chosen, wrong=_NO_ZONE)
    services.preferences.put(
        replace(
            _kept(services, viewer),
            language=chosen.language,
            time_zone=chosen.time_zone or None,
            glucose_unit=chosen.glucose_unit,
        )
    )
    return RedirectResponse(_PAGE, status_code=303)


def _kept(services: Services, viewer: Viewer) -> Preferences:
    found = services.preferences.of([viewer.person.id]).get(viewer.person.id)
    return found or Preferences(person_id=viewer.person.id)


def _page(viewer: Viewer, chosen: _Choice, *, wrong: Sentence | None = None) -> Response:
    return render(
        "preferences.html",
        HTTPStatus.OK if wrong is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        viewer=viewer,
        chosen=chosen,
        languages=[(tag, words.name) for tag, words in languages().items()],
        zones=sorted(available_timezones()),
        units=GLUCOSE_UNITS,
        error=wrong,
    )
