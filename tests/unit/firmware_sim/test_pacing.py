import pytest

from firmware_sim.pacing import PacingClock
from vitals.errors import ConfigurationError


class Wall:
    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic_s(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


async def test_four_seconds_of_life_pass_in_one() -> None:
    wall = Wall()
    clock = PacingClock(speed=4.0, monotonic_s=wall.monotonic_s, sleep=wall.sleep)

    await clock.sleep_until(8.0)

    assert wall.now_s == 102.0
    assert clock.now_s() == 8.0


async def test_a_moment_that_is_past_is_not_waited_for() -> None:
    wall = Wall()
    clock = PacingClock(speed=4.0, monotonic_s=wall.monotonic_s, sleep=wall.sleep)
    wall.now_s = 200.0

    await clock.sleep_until(8.0)

    assert wall.now_s == 200.0


@pytest.mark.parametrize("speed", [0.0, -1.0])
def test_time_does_not_stand_still(speed: float) -> None:
    with pytest.raises(ConfigurationError, match="give a speed above 0"):
        PacingClock(speed=speed)
