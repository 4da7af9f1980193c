"""What every test of the log-in asks for."""

from collections.abc import Iterator

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.identity_provider import identity_provider
from tests.fakes.openid_desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = FakeClock()
    with identity_provider(lambda: clock.wall_ms() / 1000) as hospital:
        yield Desk(hospital=hospital, clock=clock)
