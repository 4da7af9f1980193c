"""What a wearable and the gateway say of themselves."""

import pytest

from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.clock import Stamp
from edge.health import GatewayHealth
from edge.pipeline import Pipeline
from edge.ports import Backlog, GatewayCondition
from tests.fakes.judge import judge_of
from tests.fakes.pipeline_bench import STRAP, Bench
from tests.fakes.rhythm_model import FakeRhythmModel
from tests.fakes.strap import START_MS, FakeStrap, stamp_at, steady_mv
from vitals.gatt import battery, device_information, uuids
from vitals.records import DeviceReport, GatewayReport, HostState, LinkState
from vitals.wire.envelope import encode_record


@pytest.mark.parametrize("uuid", [uuids.SYSTEM_ID, "0000ffff-0000-1000-8000-00805f9b34fb"])
def test_what_nobody_asked_for_is_counted_and_left(uuid: str) -> None:
    bench = Bench()
    bench.notify(uuid, bytes(8))
    assert bench.records == []
    assert sum(bench.health.counters.values()) == 1


def test_the_device_is_reported_once_for_all_that_was_read_of_it() -> None:
    bench = Bench()
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.CONNECTED, stamp_at(0.0)))
    bench.notify(uuids.MODEL_NUMBER, device_information.MODEL_NUMBER.encode("Strap"))
    bench.notify(uuids.FIRMWARE_REVISION, device_information.FIRMWARE_REVISION.encode("1.0.0"))
    bench.notify(uuids.BATTERY_LEVEL, battery.encode(battery.BatteryLevel(percent=42)))
    for second in range(1, 20):
        bench.keep(bench.pipeline.tick(stamp_at(second)))
    connected, known = bench.of(DeviceReport)
    assert connected.link is LinkState.CONNECTED
    assert (known.model, known.firmware, known.battery_percent) == ("Strap", "1.0.0", 42)
    assert bench.kind("battery_level")[0].value == [42.0]


def test_a_device_is_reported_now_and_then_even_if_nothing_changes() -> None:
    bench = Bench()
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.CONNECTED, stamp_at(0.0)))
    for second in range(0, 901, 10):
        bench.keep(bench.pipeline.tick(stamp_at(second)))
    assert len(bench.of(DeviceReport)) == 4


def test_how_well_a_wearable_was_heard_is_in_its_report_and_stays_known() -> None:
    bench = Bench()
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.CONNECTED, stamp_at(0.0), rssi_dbm=-71))
    bench.keep(bench.pipeline.on_link(STRAP, LinkState.DISCONNECTED, stamp_at(1.0)))
    assert [report.rssi_dbm for report in bench.of(DeviceReport)] == [-71, -71]


def test_why_a_link_ended_is_in_the_report() -> None:
    bench = Bench()
    bench.keep(
        bench.pipeline.on_link(STRAP, LinkState.DISCONNECTED, stamp_at(0.0), reason="profile-incomplete")
    )
    assert bench.of(DeviceReport)[0].reason == "profile-incomplete"


def test_the_gateway_reports_itself_every_thirty_seconds() -> None:
    backlog = Backlog(records=5, size_bytes=700, oldest_unsent_ms=START_MS)
    bench = Bench(FakeRhythmModel(lambda _: None), backlog=lambda: backlog)
    bench.play(FakeStrap(ecg_mv=steady_mv(40.0)))
    for second in range(91):
        bench.keep(bench.pipeline.tick(stamp_at(second)))
    reports = bench.of(GatewayReport)
    assert [report.t_ms - START_MS for report in reports] == [0, 30_000, 60_000, 90_000]
    last = reports[-1]
    assert (last.software, last.outbox_records, last.outbox_bytes) == ("carewire test", 5, 700)
    assert last.counters["alarm.model-unusable"] == 1
    assert last.counters["rhythm.model-failed"] == 2


def test_the_report_says_how_the_computer_is_and_which_model_judges() -> None:
    health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
    model = FakeRhythmModel(lambda _: None)
    condition = GatewayCondition(
        uptime_s=61, host=HostState(load=0.5), clock_synced=False, configuration_version=3
    )
    pipeline = Pipeline(judge=judge_of(health, model), software="carewire test", condition=lambda: condition)
    (report,) = pipeline.tick(stamp_at(0))
    assert isinstance(report, GatewayReport)
    assert (report.uptime_s, report.host, report.clock_synced) == (61, HostState(load=0.5), False)
    assert (report.models, report.configuration_version) == ({model.manifest.name: model.manifest.version}, 3)
    encode_record(report)


def test_an_alarm_of_the_gateway_that_comes_or_goes_is_reported_at_once() -> None:
    alarms = LocalAlarms(hook=lambda _: None)
    health = GatewayHealth(alarms=alarms)
    pipeline = Pipeline(judge=judge_of(health, FakeRhythmModel(lambda _: None)), software="carewire test")
    told: list[int | None] = []
    for second in range(4):
        alarms.set(AlarmKey.RADIO_FAILED, stands=second == 2, t_ms=second)
        for record in pipeline.tick(Stamp(wall_ms=START_MS, monotonic_s=float(second))):
            assert isinstance(record, GatewayReport)
            told.append(record.counters.get("alarm.radio-failed"))
    assert told == [None, 1, None]
