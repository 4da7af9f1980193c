"""What endpoints take from their request besides their guard."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from cloud.services import Services, services_of


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesOf = Annotated[Services, Depends(_services)]
