"""Where gateways are let in by a code, and renew their certificates: for gateways alone."""

from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import Depends
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cloud.access.guards import Anyone, Invited, KnownGateway
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from vitals.wire.enrolment import (
    AUTHORITY_PATH,
    ENROLMENT_PATH,
    RENEWAL_PATH,
    Enrolled,
    EnrolmentRequest,
    RenewalRequest,
)

__all__ = ["router"]

router = policed_router("enrolment")

S = TypeVar("S", bound=Struct)
_PEM: Final = "application/x-pem-file"


def _schema_of(kind: type[Struct]) -> dict[str, Any]:
    """Return the JSON schema of a message, complete in itself."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    del schema
    return dict(components[kind.__name__])


def _takes(kind: type[Struct]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _schema_of(kind)}}}}


_SHOWS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The authority's certificate.", "content": {_PEM: {"schema": {"type": "string"}}}}
}
_GIVES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "What the gateway is given.",
        "content": {"application/json": {"schema": _schema_of(Enrolled)}},
    }
}


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


@router.get(
    AUTHORITY_PATH,
    response_class=Response,
    responses=_SHOWS | problems(409),
)
def authority(_: Anyone, services: ServicesOf) -> Response:
    """Return the certificate of the authority; whoever holds a code knows it by its fingerprint."""
    return Response(services.enrolment.certifier().pem, media_type=_PEM)


@router.post(
    ENROLMENT_PATH,
    response_class=Response,
    responses=_GIVES | problems(400, 409, 413, 503),
    openapi_extra=_takes(EnrolmentRequest),
)
async def enrol(token: Invited, body: Body, services: ServicesOf) -> Response:
    """Let a gateway in by the code it was given: once, and with the same key again while the code lasts."""
    asked = _decoded(body, EnrolmentRequest)
    return _given(await run_in_threadpool(services.enrolment.enrol, token, asked.csr))


@router.post(
    RENEWAL_PATH,
    response_class=Response,
    responses=_GIVES | problems(400, 403, 409, 413, 503),
    openapi_extra=_takes(RenewalRequest),
)
async def renew(gateway: KnownGateway, body: Body, services: ServicesOf) -> Response:
    """Give a gateway its next certificate, for a key that the present one vouches for."""
    asked = _decoded(body, RenewalRequest)
    return _given(await run_in_threadpool(services.enrolment.renew, gateway, asked))


def _decoded(body: bytes, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"the request is not as described: {error}"
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the request cannot be read: send JSON") from None


def _given(answer: Enrolled) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
