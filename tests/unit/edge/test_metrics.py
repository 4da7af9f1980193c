"""What of a gateway may be collected, and that it names no wearer and nothing of their health."""

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from edge.metrics import GatewayCollector, exposition
from edge.ports import Backlog, LaneBacklog, Pressure
from edge.sending.way import Way
from tests.fakes.home import T_MS, alarmed_home

COUNTED = {
    "delivery.acknowledged": 40,
    "delivery.resent": 3,
    "http.failed": 1,
    "atrial-fibrillation.held-back": 2,
    "rhythm.judged": 9,
    "fall.rejected": 1,
    "alarm.cloud-silent": 1,
    "alarm.bond-lost:c0-ca-4e-00-00-01": 1,
    "alarm.bond-lost:c0-ca-4e-00-00-02": 1,
    "alarm.sound_failed": 5,
}
BACKLOG = Backlog(
    records=5,
    acknowledged=40,
    given_up=2,
    lanes=(
        LaneBacklog(lane="events", records=0, size_bytes=0, oldest_ms=None),
        LaneBacklog(lane="waveforms", records=5, size_bytes=9_000, oldest_ms=T_MS - 60_000),
    ),
)


def told() -> str:
    return exposition(
        GatewayCollector(
            now=lambda: replace(
                alarmed_home(), backlog=BACKLOG, is_link_up=True, way=Way.HTTP, heard_s_ago=2.0
            ),
            counted=lambda: COUNTED,
            pressure=lambda: Pressure.HIGH,
            most_bytes=1 << 30,
        )
    )()


def samples() -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(told())
        for sample in family.samples
    }


def test_depth_age_link_and_deliveries_are_told() -> None:
    found = samples()
    expected = {
        ("carewire_outbox_records", "waveforms"): 5,
        ("carewire_outbox_bytes", "waveforms"): 9_000,
        ("carewire_outbox_oldest_age_seconds", "waveforms"): 60,
        ("carewire_outbox_oldest_age_seconds", "events"): 0,
        ("carewire_outbox_limit_bytes",): 1 << 30,
        ("carewire_outbox_pressure",): 1,
        ("carewire_outbox_acknowledged_total",): 40,
        ("carewire_outbox_given_up_total",): 2,
        ("carewire_link_up",): 1,
        ("carewire_link_way", "http"): 1,
        ("carewire_link_way", "mqtt"): 0,
        ("carewire_acknowledged_age_seconds",): 2,
        ("carewire_events_total", "delivery.resent"): 3,
        ("carewire_events_total", "http.failed"): 1,
        ("carewire_own_alarm", "cloud-silent"): 1,
        ("carewire_own_alarm", "bond-lost"): 1,
    }
    assert {key: found[key] for key in expected} == expected


def test_nothing_tells_who_wears_what_or_how_they_are() -> None:
    text = told()
    home = alarmed_home()
    private = [*home.names.values(), *home.names, *(one.device for one in home.wearables)]
    private += ["fibrillation", "rhythm", "fall", "heart", "pressure{", "bpm"]
    assert [word for word in private if word in text] == []
