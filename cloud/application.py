"""The HTTP application over given services: routes, problems, headers. It wires no adapter."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from cloud.access.shield import BodyLimit, CatchUnforeseen, SecurityHeaders
from cloud.api import (
    alert_rules,
    alerts,
    api_tokens,
    beats,
    burden,
    care_teams,
    commands,
    contacts,
    devices,
    duty,
    early_warning,
    enrolment,
    escalation,
    facts,
    gateway_admin,
    gateways,
    glass,
    health,
    ingest,
    ledger,
    metrics,
    observations,
    openapi,
    own_data,
    passkeys,
    patients,
    preferences,
    quarantine,
    rehearsal,
    rollouts,
    rollups,
    sharing,
    silences,
    stream,
    trends,
    waveform_requests,
    waveforms,
)
from cloud.api import (
    sign_in as sign_in_api,
)
from cloud.api.problems import problem_of, problem_response
from cloud.ports import ServiceRole
from cloud.roles.chosen import EVERY_ROLE
from cloud.services import Services
from cloud.web import (
    alert_pages,
    day_pages,
    device_pages,
    emergencies,
    feeling_pages,
    handover,
    inbox,
    invitation,
    limits,
    looks,
    measured_files,
    messages,
    notes,
    notifications,
    on_duty,
    own_sign_in,
    pages,
    report,
    sign_in,
    static_files,
    ways_in,
    worker,
)
from cloud.web import burden as burden_page
from cloud.web import care_teams as care_team_pages
from cloud.web import ecg as ecg_pages
from cloud.web import gateways as gateway_pages
from cloud.web import openid as openid_pages
from cloud.web import own_data as own_data_pages
from cloud.web import patients as patient_list
from cloud.web import preferences as preference_pages
from cloud.web import rollouts as rollout_pages
from cloud.web import sharing as sharing_pages
from cloud.web import trends as trend_pages
from cloud.web.administration import devices as fleet_pages
from cloud.web.administration import gateway as gateway_page
from cloud.web.administration import health as health_pages
from cloud.web.administration import overview as overview_pages
from cloud.web.administration import people as people_pages
from cloud.web.administration import person as person_pages
from cloud.web.administration import quarantine as quarantine_pages
from cloud.web.errors import error_page
from cloud.web.way_back import way_back
from vitals.errors import CarewireError
from vitals.release import MAX_DOCUMENT_BYTES, MAX_MODEL_BYTES
from vitals.wire.envelope import MAX_BATCH_BYTES

MOST_BODY_BYTES: Final = 16_384
_OF_A_ROLE: Final = MappingProxyType(
    {
        ServiceRole.API: (
            alert_rules,
            alerts,
            api_tokens,
            beats,
            burden,
            care_teams,
            commands,
            contacts,
            devices,
            duty,
            early_warning,
            enrolment,
            escalation,
            facts,
            gateway_admin,
            gateways,
            glass,
            ledger,
            observations,
            openapi,
            own_data,
            own_data_pages,
            passkeys,
            patients,
            preferences,
            quarantine,
            rehearsal,
            rollouts,
            rollups,
            sharing,
            sign_in_api,
            silences,
            stream,
            trends,
            waveform_requests,
            waveforms,
            looks,
            measured_files,
            patient_list,
            trend_pages,
            limits,
            messages,
            notes,
            handover,
            burden_page,
            pages,
            report,
            ecg_pages,
            alert_pages,
            day_pages,
            device_pages,
            feeling_pages,
            inbox,
            on_duty,
            overview_pages,
            gateway_pages,
            gateway_page,
            fleet_pages,
            people_pages,
            person_pages,
            quarantine_pages,
            health_pages,
            rollout_pages,
            care_team_pages,
            emergencies,
            sharing_pages,
            sign_in,
            invitation,
            own_sign_in,
            preference_pages,
            openid_pages,
            ways_in,
            notifications,
            static_files,
            worker,
        ),
        ServiceRole.INGEST: (ingest,),
        ServiceRole.ALERTS: (),
    }
)
"""What each role answers to; every process answers for its health, and tells what it counts."""
_LARGER: Final = MappingProxyType(
    {
        ingest.BATCHES_PATH: MAX_BATCH_BYTES,
        rollouts.ROLLOUTS_PATH: 2 * MAX_DOCUMENT_BYTES,
        rollouts.ARTEFACTS_PATH: 3 * MAX_MODEL_BYTES // 2,
    }
)
"""What takes more than forms and small documents."""
_PROGRAM_PATHS: Final = ("/api/", "/healthz", "/metrics")

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def application(
    services: Services,
    lifespan: Lifespan | None = None,
    roles: frozenset[ServiceRole] = EVERY_ROLE,
) -> FastAPI:
    """Return the application of a process with these roles; every route in it declares a policy."""
    modules = (
        health,
        metrics,
        *(module for role in ServiceRole if role in roles for module in _OF_A_ROLE[role]),
    )
    app = FastAPI(
        title="Carewire",
        openapi_url=None,
        redirect_slashes=False,  # such a redirect would lead to whatever Host a request names
        lifespan=lifespan,
        routes=[route for module in modules for route in module.router.routes],
        middleware=[
            Middleware(SecurityHeaders, site=services.site),
            Middleware(CatchUnforeseen, answer=_answer),
            Middleware(BodyLimit, most_bytes=MOST_BODY_BYTES, larger=_LARGER),
        ],
        exception_handlers=dict.fromkeys((CarewireError, HTTPException, RequestValidationError), _answer),
    )
    app.state.services = services
    return app


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if request.url.path.startswith(_PROGRAM_PATHS):
        headers = getattr(error, "headers", None)
        return problem_response(problem, headers)
    page = await run_in_threadpool(error_page, request, problem, error, await way_back(request, error))
    page.headers.update(getattr(error, "headers", None) or {})
    return page
