"""A patient's limits: as they stand, tried on the last two weeks before they are set, with a reason."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import AlertsVisit, TreatmentVisit, VisitedPatient
from cloud.access.paces import Effort
from cloud.access.policies import Policy
from cloud.access.visits import need_of
from cloud.alerts.rules.fields import Sort, changeable
from cloud.alerts.rules.ruleset import RuleSet
from cloud.api.alert_rules import RuleKey
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.care.alert_rules import Made, RuleRefusedError, Standing, TooManyAlarmsError
from cloud.care.rehearsing import RehearsalReport
from cloud.ports import OvertakenError, Priority, RuleChange
from cloud.rehearsal.service import RehearsalBusyError
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.limit_views import FIELD_WORDS, cautions_of, change_rows, field_rows, limit_rows
from cloud.web.refusals import Refusal, refusal
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

router = policed_router("limit-pages", documented=False, effort=Effort.RECKON)

MOST_CHANGES: Final = 50
_TRIED: Final = "only tried"
_PRIORITIES: Final = tuple(Priority)
_MEANWHILE: Final = Refusal(
    what=Sentence(message=N_("this limit was changed again meanwhile: look at it before you take it back"))
)
_TOO_MUCH: Final = Refusal(
    what=Sentence(
        message=N_(
            "it would have been an alert for most of the time in which this was measured. "
            "Nothing was changed: choose another limit, or confirm this one"
        )
    )
)
_RULE: Final = "/patients/{patient_id}/limits/{rule}"


@router.get("/patients/{patient_id}/limits")
def limits_page(
    visit: AlertsVisit, services: ServicesOf, done: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """Show every limit, and what was changed of them."""
    found, changes = (
        services.alert_rules.of(visit.patient.id),
        services.alert_rules.changes_of(visit.patient.id),
    )
    rows = change_rows(changes, found, services.directory)
    return render(
        "limits.html",
        viewer=visit.viewer,
        patient=visit.patient,
        rows=limit_rows(found, services.facts.now(visit.patient.id)),
        changes=rows[:MOST_CHANGES],
        omitted=len(rows[MOST_CHANGES:]),
        done=next((each for each in rows if each.change.number == done and each.may_undo), None),
        may_change=_may_change(services, visit),
        now_ms=services.clock.wall_ms(),
    )


@router.get(_RULE)
def limit_page(visit: TreatmentVisit, services: ServicesOf, rule: RuleKey, request: Request) -> Response:
    """Show one limit; with values in the address, how it would have behaved with these beside how it did."""
    standing = _standing(services, visit, rule)
    wanted = _values(standing, dict(request.query_params))
    return _page(visit, services, standing, wanted, reason=request.query_params.get("reason", ""))


@router.post(_RULE)
def change_limit(visit: TreatmentVisit, services: ServicesOf, rule: RuleKey, form: Form) -> Response:
    """Set a limit, or show how it would have behaved; one that alarms most of the time is to be confirmed."""
    standing = _standing(services, visit, rule)
    if "try" in form:
        said = {name: form[name] for name in form if name in {*FIELD_WORDS, "reason"}}
        return RedirectResponse(f"/patients/{visit.patient.id}/limits/{rule}?{urlencode(said)}", 303)
    wanted, reason = _values(standing, form) or {}, form.get("reason", "")
    change = _change(visit, services, rule, wanted, reason)
    try:
        made = services.alert_rules.change(change, is_confirmed="confirm" in form)
    except RuleRefusedError as error:
        return _page(visit, services, standing, wanted, reason=reason, failed=_faults(error))
    except TooManyAlarmsError:
        return _page(
            visit,
            services,
            standing,
            wanted,
            reason=reason,
            failed=_TOO_MUCH,
            asks=True,
            status=HTTPStatus.CONFLICT,
        )
    except (RehearsalBusyError, OvertakenError) as error:
        return _page(visit, services, standing, wanted, reason=reason, failed=refusal(error))
    return _to(visit, made)


@router.post(f"{_RULE}/undo")
def undo_change(visit: TreatmentVisit, services: ServicesOf, rule: RuleKey, form: Form) -> Response:
    """Take back the newest change of a limit, by a new one that sets what stood before it."""
    standing = _standing(services, visit, rule)
    changes = [one for one in services.alert_rules.changes_of(visit.patient.id) if one.rule == rule]
    if not changes or form.get("number") != str(changes[-1].number):
        return _page(
            visit, services, standing, None, reason="", failed=_MEANWHILE, status=HTTPStatus.CONFLICT
        )
    before = changes[-2].changes if len(changes) > 1 else {}
    change = _change(visit, services, rule, before, form.get("reason", ""))
    try:
        made = services.alert_rules.change(change, is_confirmed=True)
    except RuleRefusedError as error:
        return _page(visit, services, standing, None, reason="", failed=_faults(error))
    return _to(visit, made)


def _page(  # noqa: PLR0913 - what a form that was not taken shows again
    visit: VisitedPatient,
    services: Services,
    standing: Standing,
    wanted: Mapping[str, object] | None,
    *,
    reason: str,
    failed: Refusal | None = None,
    asks: bool = False,
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> Response:
    tried, refused = (None, None) if failed or wanted is None else _tried(visit, services, standing, wanted)
    changes = [
        one for one in services.alert_rules.changes_of(visit.patient.id) if one.rule == standing.row.key
    ]
    now = _behaves_now(services, visit, standing)
    return render(
        "limit.html",
        HTTPStatus.OK if failed is None else status,
        viewer=visit.viewer,
        patient=visit.patient,
        row=limit_rows([standing], services.facts.now(visit.patient.id)),
        standing=standing,
        fields=field_rows(standing, wanted),
        priorities=_PRIORITIES,
        reason=reason,
        failed=failed or refused,
        asks=asks,
        now=now,
        tried=tried,
        cautions=cautions_of(tried or now),
        is_tried=wanted is not None,
        changes=change_rows(changes, [standing], services.directory),
        now_ms=services.clock.wall_ms(),
    )


def _tried(
    visit: VisitedPatient, services: Services, standing: Standing, wanted: Mapping[str, object]
) -> tuple[RehearsalReport | None, Refusal | None]:
    """Return how a limit would have behaved, or why nobody can be judged by it."""
    change = _change(visit, services, standing.row.key, wanted, _TRIED)
    try:
        if not wanted and standing.shipped is not None and _has_limit(standing):
            return services.alert_rules.rehearsal.of(visit.patient.id, RuleSet([standing.shipped])), None
        return services.alert_rules.change(change, is_only_tried=True).report, None
    except RuleRefusedError as error:
        return None, _faults(error)
    except (RehearsalBusyError, OvertakenError) as error:
        return None, refusal(error)


def _faults(error: RuleRefusedError) -> Refusal:
    """Return all that is wrong with a change: in English, as whoever checks it names fields and values."""
    return Refusal(what=Sentence(message="{what}", fields={"what": "; ".join(error.faults)}))


def _behaves_now(services: Services, visit: VisitedPatient, standing: Standing) -> RehearsalReport | None:
    if standing.is_off or not _has_limit(standing):
        return None
    try:
        return services.alert_rules.rehearsal.of(visit.patient.id, RuleSet([standing.row]))
    except RehearsalBusyError:
        return None


def _has_limit(standing: Standing) -> bool:
    return bool({"limit", "deviations"} & {each.name for each in changeable(standing.row)})


def _standing(services: Services, visit: VisitedPatient, rule: str) -> Standing:
    for each in services.alert_rules.of(visit.patient.id):
        if each.row.key == rule:
            return each
    raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such limit: go back to the list")


def _values(standing: Standing, said: Mapping[str, str]) -> dict[str, object] | None:
    """Return what a form sets otherwise than it ships; None of one that was not filled in."""
    fields = {each.name: each for each in changeable(standing.row)}
    if not fields.keys() & said.keys():
        return None
    own_kind = getattr(standing.row, "kind", None) if standing.shipped is None else None
    found: dict[str, object] = {} if own_kind is None else {"kind": own_kind}
    for name, field in fields.items():
        if field.sort is Sort.FLAG:
            found |= {name: True} if name in said else {}
        elif said.get(name) and (value := _value(field.sort, said[name])) != _shipped(standing, name):
            found[name] = value
    return found


def _value(sort: Sort, text: str) -> object:
    """Return a number where one is meant; what is none is told so by whoever checks it."""
    if sort not in {Sort.QUANTITY, Sort.SECONDS}:
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _shipped(standing: Standing, name: str) -> object:
    return None if standing.shipped is None else getattr(standing.shipped, name)


def _change(
    visit: VisitedPatient, services: Services, rule: str, values: Mapping[str, object], reason: str
) -> RuleChange:
    now_ms = services.clock.wall_ms()
    return RuleChange(
        patient_id=visit.patient.id,
        rule=rule,
        changes=values,
        from_ms=now_ms,
        until_ms=None,
        author_id=visit.viewer.person.id,
        reason=reason.strip(),
        made_ms=now_ms,
    )


def _may_change(services: Services, visit: VisitedPatient) -> bool:
    viewer, need = visit.viewer, need_of(Policy.PATIENT_TREATED)
    now_ms = services.clock.wall_ms()
    return services.gatekeeper.decide(
        viewer.person.id, visit.patient.id, need, now_ms, viewer.limits
    ).is_allowed


def _to(visit: VisitedPatient, made: Made) -> Response:
    return RedirectResponse(f"/patients/{visit.patient.id}/limits?done={made.change.number}", status_code=303)
