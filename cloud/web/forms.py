"""Small forms as browsers post them, read without trusting them."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import Depends
from starlette.requests import Request

from cloud.api.problems import ProblemError

_MOST_FIELDS: Final = 20


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a form is expected: send it url-encoded")
    body = await request.body()
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the form cannot be read: send it again") from None
    return {name: values[0] for name, values in fields.items()}


Form = Annotated[dict[str, str], Depends(_form)]
"""The first value of each field of a posted form."""
