"""A certificate is renewed by itself long before it ends; that it is not is an alarm, days before."""

import pytest
from cryptography import x509

from edge.adapters.identity_watch import IdentityWatch
from edge.alarms.local_alarm import AlarmKey
from edge.health import GatewayHealth
from edge.identity.renewal import life_of
from edge.identity.requests import new_key
from tests.fakes.clock import FakeClock
from tests.fakes.given_identity import NOW_MS, given
from vitals.errors import ConfigurationError, DeliveryError

DAY_S, DAY_MS = 86_400, 86_400_000
KEY = new_key()


class TestLife:
    """Two thirds of it, and then it is time."""

    def test_it_is_due_after_two_thirds_give_or_take_a_little(self) -> None:
        life = life_of(given(KEY).certificate_)
        share = (life.due_ms - life.begins_ms) / (life.ends_ms - life.begins_ms)
        assert share == pytest.approx(2 / 3, abs=0.026)
        assert not life.is_due(life.due_ms - 1)
        assert life.is_due(life.due_ms)

    def test_not_all_are_due_at_one_moment(self) -> None:
        assert len({life_of(given(KEY).certificate_).due_ms for _ in range(8)}) >= 6

    def test_its_end_is_told_fifteen_days_before_and_ever_after(self) -> None:
        life = life_of(given(KEY).certificate_)
        assert not life.is_ending(life.ends_ms - 16 * DAY_MS)
        assert life.is_ending(life.ends_ms - 14 * DAY_MS)
        assert life.is_ending(life.ends_ms + DAY_MS)

    def test_by_a_clock_at_1970_nothing_is_due_and_nothing_ends(self) -> None:
        life = life_of(given(KEY).certificate_)
        assert not life.is_due(0)
        assert not life.is_ending(0)


class FakeRenewals:
    """What renewing meets: a service that answers, or does not."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.certificate = given(KEY).certificate_
        self.refuses: str | None = None
        self.renewed = 0

    def present(self) -> x509.Certificate:
        return self.certificate

    def renew(self) -> x509.Certificate:
        if self.refuses is not None:
            raise DeliveryError(self.refuses)
        self.renewed += 1
        self.certificate = given(KEY, now_ms=self.clock.wall_ms()).certificate_
        return self.certificate


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(wall=float(NOW_MS))


@pytest.fixture
def service(clock: FakeClock) -> FakeRenewals:
    return FakeRenewals(clock)


@pytest.fixture
def health() -> GatewayHealth:
    return GatewayHealth()


def watching(service: FakeRenewals, health: GatewayHealth, clock: FakeClock, **more) -> IdentityWatch:
    parts = {"present": service.present, "renew": service.renew, "is_synced": lambda: True}
    return IdentityWatch(health=health, clock=clock, **{**parts, **more})


def is_told(health: GatewayHealth) -> bool:
    return AlarmKey.CERTIFICATE_ENDING in health.alarms.standing


async def test_it_is_renewed_when_it_is_due_and_not_before(
    service: FakeRenewals, health: GatewayHealth, clock: FakeClock
) -> None:
    watch = watching(service, health, clock)
    clock.advance(57 * DAY_S)
    await watch.look()
    assert service.renewed == 0
    clock.advance(6 * DAY_S)
    await watch.look()
    await watch.look()
    assert service.renewed == 1
    assert health.counters["identity.renewed"] == 1
    assert not is_told(health)


async def test_a_renewal_that_fails_is_tried_again_and_told_days_before_the_end(
    service: FakeRenewals, health: GatewayHealth, clock: FakeClock
) -> None:
    service.refuses = "https://care.example.org refuses"
    watch = watching(service, health, clock)
    clock.advance(65 * DAY_S)
    await watch.look()
    assert health.counters["identity.renewal_failed"] == 1
    assert not is_told(health)
    clock.advance(11 * DAY_S)
    await watch.look()
    assert is_told(health)
    service.refuses = None
    await watch.look()
    assert not is_told(health)


async def test_by_a_clock_that_nobody_holds_nothing_is_renewed_and_nothing_told(
    service: FakeRenewals, health: GatewayHealth, clock: FakeClock
) -> None:
    watch = watching(service, health, clock, is_synced=lambda: False)
    for wrong_s in (-NOW_MS / 1000, NOW_MS / 1000 + 3_650 * DAY_S):
        clock.jump_wall(wrong_s)
        await watch.look()
    assert service.renewed == 0
    assert not is_told(health)


async def test_a_clock_ten_years_ahead_that_claims_to_be_right_renews_once_a_look_and_is_told(
    service: FakeRenewals, health: GatewayHealth, clock: FakeClock
) -> None:
    asked: list[int] = []
    by_the_services_clock = given(KEY).certificate_

    def renew() -> x509.Certificate:
        asked.append(1)
        return by_the_services_clock

    clock.jump_wall(3_650 * DAY_S)
    await watching(service, health, clock, renew=renew).look()
    assert len(asked) == 1
    assert is_told(health)


async def test_one_made_by_hand_is_not_renewed_and_its_end_is_told(
    service: FakeRenewals, health: GatewayHealth, clock: FakeClock
) -> None:
    watch = watching(service, health, clock, renew=None)
    clock.advance(80 * DAY_S)
    await watch.look()
    assert is_told(health)


async def test_without_a_certificate_nothing_is_told(
    service: FakeRenewals, health: GatewayHealth, clock: FakeClock
) -> None:
    await watching(service, health, clock, present=lambda: None).look()
    assert not is_told(health)


async def test_one_that_cannot_be_read_is_told_before_the_next_start_fails_by_it(
    service: FakeRenewals, health: GatewayHealth, clock: FakeClock
) -> None:
    def unreadable() -> x509.Certificate:
        raise ConfigurationError("torn")

    await watching(service, health, clock, present=unreadable).look()
    assert is_told(health)
    await watching(service, health, clock).look()
    assert not is_told(health)
