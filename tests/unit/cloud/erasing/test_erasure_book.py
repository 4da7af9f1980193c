"""The book of erasures in memory keeps what the stores keep."""

import pytest

from cloud.ports import ErasureBook
from tests.contracts.erasures import ErasureBookContract
from tests.fakes.erasure_book import FakeErasureBook


class TestFake(ErasureBookContract):
    """The fake is a book of erasures."""

    @pytest.fixture
    def book(self) -> ErasureBook:
        return FakeErasureBook()
