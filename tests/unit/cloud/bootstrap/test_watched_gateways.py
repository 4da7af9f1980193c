"""What watching knows of gateways: what they say of themselves is as fresh as their reports."""

from cloud.bootstrap.watched_gateways import WatchedGateways
from tests.fakes.back_office import FakeBackOffice
from vitals.records import GatewayReport


def report(**counters: int) -> GatewayReport:
    return GatewayReport(t_ms=1, software="carewire", outbox_records=0, outbox_bytes=0, counters=counters)


def test_the_alarms_a_gateway_counts_in_its_report_stand_and_are_read_again_after_a_while() -> None:
    now_s, office = [0.0], FakeBackOffice()
    gateways = WatchedGateways(
        gateways=office,
        online_at_broker={"home": True}.get,
        takes_in=lambda: False,
        monotonic_s=lambda: now_s[0],
    )
    assert gateways.alarms("home") == frozenset()
    office.reports["home"] = (report(**{"alarm.radio-failed": 1, "link.connected": 4}), 5)
    assert gateways.alarms("home") == frozenset()
    now_s[0] += 20
    assert gateways.alarms("home") == {"radio-failed"}
    assert gateways.online("home") is True
    assert not gateways.is_taking_in()
    assert gateways.heard_ms_by_gateway() == office.heard_gateways()


def test_what_the_service_knows_of_a_gateway_by_itself_stands_beside_what_that_says() -> None:
    office = FakeBackOffice()
    office.reports["home"] = (report(**{"alarm.radio-failed": 1}), 5)
    gateways = WatchedGateways(
        gateways=office,
        online_at_broker={}.get,
        takes_in=lambda: True,
        monotonic_s=lambda: 0.0,
        known=lambda: {"home": frozenset({"two-of-one"})},
    )
    assert gateways.alarms("home") == {"radio-failed", "two-of-one"}
    assert gateways.alarms("garden") == frozenset()
