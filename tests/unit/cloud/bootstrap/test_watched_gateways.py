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
