"""The HTTP application over fakes, and clients who call it as somebody."""

from collections.abc import AsyncIterator

import httpx
import pytest

from cloud.application import application
from cloud.ports import Person
from tests.fakes.browser import Browser
from tests.fakes.cloud_services import ClientFor, FakeCloud


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
async def client_for(cloud: FakeCloud) -> AsyncIterator[ClientFor]:
    """A client with a person's bearer token, or a stranger's."""
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    clients: list[httpx.AsyncClient] = []

    def client_for(person: Person | None) -> httpx.AsyncClient:
        headers = {} if person is None else {"authorization": f"Bearer {cloud.token(person)}"}
        clients.append(Browser(transport=transport, base_url="http://127.0.0.1:8080", headers=headers))
        return clients[-1]

    yield client_for
    for client in clients:
        await client.aclose()
