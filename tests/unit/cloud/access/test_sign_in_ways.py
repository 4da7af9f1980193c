import pytest

from tests.contracts.sign_in_ways import SignInWaysContract
from tests.fakes.sign_in_ways import FakeSignInWays


class TestFakeSignInWays(SignInWaysContract):
    """The fakes keep to what the databases do."""

    @pytest.fixture
    def ways(self) -> FakeSignInWays:
        return FakeSignInWays()
