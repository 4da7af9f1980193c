"""What a gateway brings and asks for where no broker is to be had: the same envelope, the same answers."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from cloud.access.guards import KnownGateway
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError, problem_of, problem_response
from cloud.api.routes import policed_router, problems
from cloud.commands.issue import wire_form
from cloud.ingest.batch_desk import CrowdedError
from vitals.errors import EnvelopeError, StorageError
from vitals.wire.command import encode_commands
from vitals.wire.envelope import ContentType, content_type, encode_ack
from vitals.wire.ledger import Witnessed, encode_head_news
from vitals.wire.liveness import LIVENESS_HEADER, Liveness, liveness_to_header

__all__ = ["BATCHES_PATH", "router"]

router = policed_router("ingest", effort=None)

BATCHES_PATH: Final = "/api/v1/ingest/batches"
RETRY_AFTER_S: Final = 5
_MOST_COMMANDS: Final = 16
_BYTES: Final[dict[str, Any]] = {"type": "string", "format": "binary"}
Kept = Annotated[int | None, Query(ge=0, le=2**53)]
_SCHEMA_NOTE: Final = "Its schema is docs/wire.schema.json."
_IN_BOTH_ENCODINGS: Final[dict[str, Any]] = {str(kind): {"schema": _BYTES} for kind in ContentType}


def _described(what: str, content: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": what, "content": content}}


@router.post(
    BATCHES_PATH,
    response_class=Response,
    responses=_described(f"The Ack. {_SCHEMA_NOTE}", _IN_BOTH_ENCODINGS)
    | problems(400, 408, 413, 415, 429, 503),
    openapi_extra={
        "requestBody": {
            "description": f"One Batch. {_SCHEMA_NOTE}",
            "required": True,
            "content": _IN_BOTH_ENCODINGS,
        }
    },
)
async def take_batch(gateway: KnownGateway, request: Request, services: ServicesOf) -> Response:
    """Store a batch; the answer, in the batch's encoding, names what is durable then."""
    kind = _encoding(request)
    try:
        async with services.batches.place(gateway):
            ack = await services.batches.store(gateway, await request.body(), kind)
    except CrowdedError as error:
        return _come_again(ProblemError(HTTPStatus.TOO_MANY_REQUESTS, str(error)))
    except StorageError as error:
        return _come_again(ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)))
    except EnvelopeError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return Response(encode_ack(ack, kind), media_type=str(kind))


@router.get(
    "/api/v1/ingest/commands",
    response_class=Response,
    responses=_described("A list of Commands.", {str(ContentType.MSGPACK): {"schema": _BYTES}})
    | problems(503),
)
def waiting_commands(gateway: KnownGateway, services: ServicesOf) -> Response:
    """Tell a gateway what is asked of it and not answered yet, oldest first, and whether alerting lives."""
    services.presence.asked(gateway)
    waiting = services.commands.book.unanswered_of(gateway, services.clock.wall_ms(), _MOST_COMMANDS)
    return Response(
        encode_commands([wire_form(each) for each in waiting]),
        headers={LIVENESS_HEADER: liveness_to_header(Liveness(is_alerting=services.is_alerting()))},
        media_type=str(ContentType.MSGPACK),
    )


@router.get(
    "/api/v1/ingest/ledger",
    response_class=Response,
    responses=_described("HeadNews, as at the broker.", {str(ContentType.MSGPACK): {"schema": _BYTES}})
    | {204: {"description": "No head is signed yet."}}
    | problems(422, 503),
)
def head_to_witness(
    gateway: KnownGateway,
    services: ServicesOf,
    epoch: Kept = None,
    size: Kept = None,
    verdict: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """Give a gateway the newest signed head, with the proof from the one it says that it keeps."""
    is_said = epoch is not None and size is not None
    word = Witnessed(epoch=epoch or 0, size=size or 0, verdict=verdict) if is_said else None
    news = services.ledger.witness(gateway, word, services.clock.wall_ms())
    if news is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return Response(encode_head_news(news), media_type=str(ContentType.MSGPACK))


def _encoding(request: Request) -> ContentType:
    """Return how the body is encoded; unlike at the broker, a stranger encoding is told at once."""
    try:
        return content_type(request.headers.get("content-type"))
    except EnvelopeError as error:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error)) from error


def _come_again(problem: ProblemError) -> Response:
    return problem_response(problem_of(problem), {"Retry-After": str(RETRY_AFTER_S)})
