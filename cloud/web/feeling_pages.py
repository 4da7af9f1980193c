"""The page for what no wearable tells: how somebody feels, whether they are awake, and whom to call."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Query
from starlette.responses import RedirectResponse, Response

from cloud.access.errors import UnfitError
from cloud.access.guards import NotingVisit, Oneself
from cloud.access.visits import VisitedPatient
from cloud.alerts.rules.catalogue import RULES
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.care.fact_desk import Said
from cloud.care.symptoms import CONDITIONS, MOST_WORDS, Symptom
from cloud.ports import Priority
from cloud.services import Services
from cloud.web.feelings import LATELY_MS, SYMPTOM_WORDS, FeltRow, felt_between
from cloud.web.forms import Form
from cloud.web.refusals import refusal, status_of
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence
from vitals.errors import CarewireError, StorageError, ValidationError
from vitals.scores.tables import Consciousness

router = policed_router("feeling-pages", documented=False)

CONSCIOUSNESS_WORDS: Final[Mapping[Consciousness, Sentence]] = MappingProxyType(
    {
        Consciousness.ALERT: Sentence(message=N_("awake, and answers as always")),
        Consciousness.CONFUSED: Sentence(message=N_("awake, but newly confused")),
        Consciousness.VOICE: Sentence(message=N_("wakes only when spoken to")),
        Consciousness.PAIN: Sentence(message=N_("wakes only when pinched")),
        Consciousness.UNRESPONSIVE: Sentence(message=N_("does not wake")),
    }
)
_OXYGEN: Final = MappingProxyType({"yes": True, "no": False})
_PHONES: Final = ("phone", "emergency_phone")
_WRITTEN_DOWN: Final = frozenset({"seen", "phones"})
_JUST_NOW_MS: Final = 10 * 60_000
_NO_NUMBER: Final = N_("that is no number to call: write it in digits, such as +49 30 1234567, or 112")
_NOT_LISTED: Final = N_("choose what it is from the list")


@router.get("/me/feel")
def own_feelings(viewer: Oneself) -> Response:
    """Lead somebody whose readings are kept to the page for how they feel."""
    patient_id = viewer.person.patient_id
    if patient_id is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "no readings of yours are kept here")
    return RedirectResponse(f"/patients/{patient_id}/feel", status_code=303)


@router.get("/patients/{patient_id}/feel")
def feeling_page(
    visit: NotingVisit, services: ServicesOf, said: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Ask how somebody feels, and show what was said since yesterday."""
    return _page(visit, services, said=said)


@router.post("/patients/{patient_id}/feel")
def say_feeling(visit: NotingVisit, services: ServicesOf, form: Form) -> Response:
    """Take down how somebody feels, and tell those who look after them; what cannot be stays in the form."""
    symptom, words = form.get("symptom", ""), form.get("words", "")
    try:
        felt = services.symptoms.say(visit.patient.id, symptom, words, by=visit.viewer.person.id)
    except (ValidationError, StorageError) as error:
        return _page(visit, services, error=error, typed=form)
    services.live.publish(visit.patient.id, "alert", {"said": felt.symptom.value})
    return _back(visit, felt.symptom.value)


@router.post("/patients/{patient_id}/seen")
def say_seen(visit: NotingVisit, services: ServicesOf, form: Form) -> Response:
    """Take down whether they are awake and on oxygen: the early-warning score counts both."""
    level, oxygen = form.get("consciousness", ""), form.get("on_oxygen", "")
    said = [Said(name="consciousness", value=level)] if level else []
    said += [Said(name="on_oxygen", value=_OXYGEN.get(oxygen, oxygen))] if oxygen else []
    return _say(visit, services, said, form, "seen", UnfitError(_NOT_LISTED))


@router.post("/patients/{patient_id}/phones")
def say_phones(visit: NotingVisit, services: ServicesOf, form: Form) -> Response:
    """Take down under which numbers to reach the patient and help; an empty one takes it back."""
    known = services.facts.now(visit.patient.id)
    given = {name: form.get(name, "").strip() or None for name in _PHONES}
    said = [Said(name=name, value=one) for name, one in given.items() if one != getattr(known, name)]
    return _say(visit, services, said, form, "phones", UnfitError(_NO_NUMBER))


def _say(  # noqa: PLR0913, PLR0917 - what is said in which form, and what it is called
    visit: VisitedPatient,
    services: Services,
    said: Sequence[Said],
    form: Mapping[str, str],
    what: str,
    unfit: UnfitError,
) -> Response:
    """Take it down; `unfit` is for people what programs are told with the names of fields."""
    try:
        services.facts.say_all(visit.patient.id, said, by=visit.viewer.person.id)
    except ValidationError:
        return _page(visit, services, error=unfit, typed=form)
    except StorageError as error:
        return _page(visit, services, error=error, typed=form)
    return _back(visit, what)


def _page(
    visit: VisitedPatient,
    services: Services,
    *,
    said: str = "",
    error: CarewireError | None = None,
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    now_ms = services.clock.wall_ms()
    entries = felt_between(services, visit.patient.id, now_ms - LATELY_MS, now_ms + 1)
    return render(
        "feel.html",
        status_of(error),
        viewer=visit.viewer,
        patient=visit.patient,
        symptoms=SYMPTOM_WORDS,
        consciousness=CONSCIOUSNESS_WORDS,
        known=services.facts.now(visit.patient.id),
        entries=entries[::-1],
        is_serious=said in set(Symptom) and RULES[CONDITIONS[Symptom(said)]].priority is Priority.HIGH,
        is_said=_is_said(said, entries, now_ms),
        error=None if error is None else refusal(error),
        typed=typed,
        most_words=MOST_WORDS,
        now_ms=now_ms,
    )


def _is_said(said: str, entries: Sequence[FeltRow], now_ms: int) -> bool:
    """Tell whether it was just said: an address that is kept or made up must not calm anybody."""
    if said not in set(Symptom):
        return said in _WRITTEN_DOWN
    what = SYMPTOM_WORDS[Symptom(said)]
    return any(each.what == what and now_ms - each.t_ms < _JUST_NOW_MS for each in entries)


def _back(visit: VisitedPatient, said: str) -> Response:
    return RedirectResponse(f"/patients/{visit.patient.id}/feel?said={said}", status_code=303)
