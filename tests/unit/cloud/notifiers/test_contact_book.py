"""The fake of what keeps contacts is one."""

import pytest

from cloud.ports import ContactBook
from tests.contracts.contact_book import ContactBookContract
from tests.fakes.contact_book import FakeContactBook


class TestFakeContactBook(ContactBookContract):
    @pytest.fixture
    def contacts(self) -> ContactBook:
        return FakeContactBook()
