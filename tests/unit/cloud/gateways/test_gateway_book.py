"""The book in memory keeps what those on databases do."""

import pytest

from cloud.ports import GatewayBook
from tests.contracts.gateway_book import GatewayBookContract
from tests.fakes.gateway_book import FakeGatewayBook


class TestFakeGatewayBook(GatewayBookContract):
    """The fake keeps the contract, so tests that stand on it stand."""

    @pytest.fixture
    def book(self) -> GatewayBook:
        return FakeGatewayBook()
