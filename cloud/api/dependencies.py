"""What endpoints take from their request besides their guard."""

from typing import Annotated

from fastapi import Depends, Header, Query
from starlette.requests import Request

from cloud.alerts.wording.language import accepted, chosen
from cloud.alerts.wording.quantities import Reader
from cloud.services import Services, services_of


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesOf = Annotated[Services, Depends(_services)]


async def _reader(
    lang: Annotated[
        str | None,
        Query(max_length=35, description="Language of sentences, such as zh; before Accept-Language."),
    ] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Reader:
    return Reader(language=chosen([lang] if lang else accepted(accept_language or "")))


ReaderOf = Annotated[Reader, Depends(_reader)]
