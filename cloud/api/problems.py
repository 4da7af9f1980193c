"""Errors as RFC 9457 problems: one shape, one table, and never a word about the inside."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from cloud.access.errors import (
    CrowdedError,
    DeadLinkError,
    ForeignOriginError,
    LimitedError,
    MisdirectedError,
    NotAdministratorError,
    NotAGatewayError,
    NotClinicianError,
    NotOpenError,
    NotProvedError,
    NotSignedInError,
    NotVisibleError,
    TooManyRequestsError,
    TooManyTriesError,
    UnfitError,
    UnknownFormError,
    WrongSignInError,
)
from cloud.commands.waveforms import NothingWornError, TooManyAskedError
from cloud.gateways.errors import (
    CertificateRequestError,
    NoAuthorityError,
    NotInvitedError,
    NotProvenError,
)
from vitals.errors import AccessDeniedError, CarewireError, DamagedError, StorageError

__all__ = ["Problem", "ProblemError", "problem_of", "problem_response"]

MEDIA_TYPE: Final = "application/problem+json"


_DAMAGED: Final = (
    "what is kept of this is damaged on the disk: ask for another time, "
    "and have whoever runs the service restore the last backup"
)


class Problem(BaseModel):
    """What went wrong and what to do about it (RFC 9457). `type` is always `about:blank`."""

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What is wrong with this request, and what to do.")
    errors: list[str] = Field(default=[], description="Each field that is wrong, if fields are.")


class ProblemError(CarewireError):
    """A request cannot be answered as asked; `status` and the message go to the caller."""

    def __init__(self, status: HTTPStatus, detail: str, *, errors: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.errors = errors


_STATUS_OF: Final[Mapping[type[Exception], HTTPStatus]] = MappingProxyType(
    {
        NotSignedInError: HTTPStatus.UNAUTHORIZED,
        WrongSignInError: HTTPStatus.UNAUTHORIZED,
        TooManyTriesError: HTTPStatus.TOO_MANY_REQUESTS,
        CrowdedError: HTTPStatus.SERVICE_UNAVAILABLE,
        UnfitError: HTTPStatus.UNPROCESSABLE_ENTITY,
        DeadLinkError: HTTPStatus.GONE,
        NotAGatewayError: HTTPStatus.UNAUTHORIZED,
        NotInvitedError: HTTPStatus.UNAUTHORIZED,
        NotProvenError: HTTPStatus.FORBIDDEN,
        CertificateRequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
        NoAuthorityError: HTTPStatus.CONFLICT,
        NothingWornError: HTTPStatus.CONFLICT,
        TooManyAskedError: HTTPStatus.TOO_MANY_REQUESTS,
        NotVisibleError: HTTPStatus.NOT_FOUND,
        NotAdministratorError: HTTPStatus.FORBIDDEN,
        NotProvedError: HTTPStatus.FORBIDDEN,
        NotOpenError: HTTPStatus.FORBIDDEN,
        NotClinicianError: HTTPStatus.FORBIDDEN,
        LimitedError: HTTPStatus.FORBIDDEN,
        ForeignOriginError: HTTPStatus.FORBIDDEN,
        UnknownFormError: HTTPStatus.FORBIDDEN,
        TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
        MisdirectedError: HTTPStatus.MISDIRECTED_REQUEST,
        AccessDeniedError: HTTPStatus.NOT_FOUND,
    }
)
_DETAIL_OF: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "the request cannot be read: check its form",
        404: "there is nothing here: check the address",
        405: "this address does not take that method: see the Allow header",
        408: "the body arrived too slowly: send it again, or less",
        413: "the body is too large: send less",
        415: "the body is of a type this address does not take: send the documented one",
        422: "some fields are wrong: see `errors`, and the API's description at /api/v1/openapi.json",
        500: "something failed here and was noted: try again; tell the administrator if it lasts",
        503: "a store cannot answer now; nothing was changed: try again in a moment",
    }
)


def problem_of(error: Exception) -> Problem:
    """Return what may be told of an error. An unforeseen one tells nothing but that it happened."""
    match error:
        case ProblemError():
            return _problem(error.status, str(error), list(error.errors))
        case RequestValidationError():
            return _problem(422, _DETAIL_OF[422], [_sentence(each) for each in error.errors()])
        case HTTPException():
            return _problem(error.status_code, _DETAIL_OF.get(error.status_code, "the request was refused"))
        case StorageError():
            return _problem(503, _DAMAGED if isinstance(error, DamagedError) else _DETAIL_OF[503])
    for kind, status in _STATUS_OF.items():
        if isinstance(error, kind):
            return _problem(status, str(error))
    return _problem(500, _DETAIL_OF[500])


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response; a 401 names the scheme programs can use."""
    extra = {"WWW-Authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else {}
    return JSONResponse(
        problem.model_dump(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={**(headers or {}), **extra},
    )


def _sentence(error: Mapping[str, Any]) -> str:
    return f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"


def _problem(status: int, detail: str, errors: list[str] | None = None) -> Problem:
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors or [])
