"""What browsers post, read without trusting it: small forms for pages, JSON for the API."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from cloud.api.problems import ProblemError

__all__ = ["form_fields", "is_json", "refuse_unless_json"]

_MOST_FIELDS: Final = 20
_FORM: Final = "application/x-www-form-urlencoded"


async def form_fields(request: Request) -> dict[str, str]:
    """Return the first value of each field of a posted form.

    Raises
    ------
    ProblemError
        If it is no form, or cannot be read.
    """
    if _media_type(request) != _FORM:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a form is expected: send it url-encoded")
    try:
        fields = parse_qs(
            (await request.body()).decode("utf-8"), max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the form cannot be read: send it again") from None
    return {name: values[0] for name, values in fields.items()}


def refuse_unless_json(request: Request) -> None:
    """Refuse a body that a page elsewhere could send without asking first: all that is not JSON.

    Raises
    ------
    ProblemError
        If there is a body of another type.
    """
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if is_json(request) or not (has_body or _media_type(request)):
        return
    raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "this address takes JSON alone: send it as such")


def is_json(request: Request) -> bool:
    """Tell whether a request says that its body is JSON."""
    kind = _media_type(request)
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
