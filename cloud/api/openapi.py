"""The API's own description, complete: models, problems, and which routes need which credentials."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse

from cloud.access.guards import Anyone
from cloud.access.policies import POLICIES, Policy
from cloud.api.problems import Problem
from cloud.api.routes import PolicedRoute, policed_router

router = policed_router("openapi", documented=False)

_DESCRIPTION = """Remote patient monitoring that a family or a clinic runs itself.

Programs send `Authorization: Bearer ...`; browsers carry a cookie. Times are ISO 8601 UTC; dense data
counts milliseconds since 1970-01-01 UTC. Every error is a problem (RFC 9457)."""


@router.get("/api/v1/openapi.json")
async def openapi(_: Anyone, request: Request) -> JSONResponse:
    """Describe the API."""
    return JSONResponse(describe(request.app))


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title="Carewire", version=app.version, description=_DESCRIPTION, routes=app.routes
        )
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})[Problem.__name__] = Problem.model_json_schema()
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        for route in app.routes:
            if isinstance(route, PolicedRoute) and route.include_in_schema:
                for method in route.methods or ():
                    _describe_policy(document["paths"][route.path_format][method.lower()], route.policy)
        app.openapi_schema = document
    return app.openapi_schema


def _describe_policy(operation: dict[str, Any], policy: Policy) -> None:
    operation["x-policy"] = {"name": policy.value, "meaning": POLICIES[policy].meaning}
    operation["security"] = [] if policy is Policy.PUBLIC else [{"bearer": []}]
