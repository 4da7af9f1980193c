"""Whether the service is well: a yes or no for anybody, the reasons for administrators."""

from typing import Literal

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from cloud.access.guards import Administrator, Anyone
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.attention import wanting_attention

router = policed_router("health", effort=None)


class HealthOut(BaseModel):
    """Well or not; a stranger learns no more."""

    status: Literal["ok", "failing"]


class TroublesOut(BaseModel):
    """What is not well, in words; empty if all is. And what wants looking at all the same."""

    troubles: list[str]
    notes: list[str] = Field(
        description="What is set aside, devices whose records are nobody's, what gateways say of themselves, "
        "what is not installed."
    )
    warnings: list[str] = Field(description="What was chosen in the settings and is not safe.")


@router.get("/healthz", response_model=HealthOut, responses={503: {"model": HealthOut}})
def healthz(_: Anyone, services: ServicesOf) -> JSONResponse:
    """Tell whether every part of the service works: 200 or 503."""
    troubles = services.troubles()
    body = HealthOut(status="failing" if troubles else "ok")
    return JSONResponse(body.model_dump(), status_code=503 if troubles else 200)


@router.get("/api/v1/health")
def health(_: Administrator, services: ServicesOf) -> TroublesOut:
    """Tell which parts do not work, and what each says."""
    return TroublesOut(
        troubles=list(services.troubles()),
        notes=[
            *wanting_attention(services.quarantine, services.unbound, services.gateways),
            *services.lacks,
        ],
        warnings=list(services.warnings),
    )
