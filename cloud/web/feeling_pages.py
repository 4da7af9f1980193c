"""The page for what no wearable tells: how somebody feels, whether they are awake, and whom to call."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Query
from starlette.responses import RedirectResponse, Response

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
from cloud.web.feelings import LATELY_MS, SYMPTOM_WORDS, felt_between
from cloud.web.forms import Form
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence
from vitals.errors import ValidationError
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
    now_ms = services.clock.wall_ms()
    entries = felt_between(services, visit.patient.id, now_ms - LATELY_MS, now_ms + 1)
    return render(
        "feel.html",
        viewer=visit.viewer,
        patient=visit.patient,
        symptoms=SYMPTOM_WORDS,
        consciousness=CONSCIOUSNESS_WORDS,
        known=services.facts.now(visit.patient.id),
        entries=entries[::-1],
        is_serious=said in set(Symptom) and RULES[CONDITIONS[Symptom(said)]].priority is Priority.HIGH,
        is_said=bool(said),
        most_words=MOST_WORDS,
        now_ms=now_ms,
    )


@router.post("/patients/{patient_id}/feel")
def say_feeling(visit: NotingVisit, services: ServicesOf, form: Form) -> Response:
    """Take down how somebody feels, and tell those who look after them."""
    try:
        felt = services.symptoms.say(
            visit.patient.id, form.get("symptom", ""), form.get("words", ""), by=visit.viewer.person.id
        )
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("symptom",)) from error
    services.live.publish(visit.patient.id, "alert", {"said": felt.symptom.value})
    return _back(visit, felt.symptom.value)


@router.post("/patients/{patient_id}/seen")
def say_seen(visit: NotingVisit, services: ServicesOf, form: Form) -> Response:
    """Take down whether they are awake and on oxygen: the early-warning score counts both."""
    level, oxygen = form.get("consciousness", ""), form.get("on_oxygen", "")
    if level:
        _say(services, visit, "consciousness", level)
    if oxygen:
        _say(services, visit, "on_oxygen", _OXYGEN.get(oxygen, oxygen))
    return _back(visit, "seen")


@router.post("/patients/{patient_id}/phones")
def say_phones(visit: NotingVisit, services: ServicesOf, form: Form) -> Response:
    """Take down under which numbers to reach the patient and help; an empty one takes it back."""
    known = services.facts.now(visit.patient.id)
    for name in _PHONES:
        number = form.get(name, "").strip() or None
        if number != getattr(known, name):
            _say(services, visit, name, number)
    return _back(visit, "phones")


def _say(services: Services, visit: VisitedPatient, name: str, value: object) -> None:
    try:
        services.facts.say(visit.patient.id, Said(name=name, value=value), by=visit.viewer.person.id)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=(name,)) from error


def _back(visit: VisitedPatient, said: str) -> Response:
    return RedirectResponse(f"/patients/{visit.patient.id}/feel?said={said}", status_code=303)
