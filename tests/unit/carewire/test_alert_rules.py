"""The rules and the collection that ship name only what is really told."""

import re
from dataclasses import replace
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from cloud.ingest.running import IngestHealth
from cloud.ingest.service import IngestStats
from cloud.ingest.subscriber import SubscriberCounts
from cloud.metrics import IngestCollector, Metrics, TroublesCollector
from edge.metrics import GatewayCollector, exposition
from edge.ports import Backlog, LaneBacklog, Pressure
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.clock import FakeClock
from tests.fakes.home import quiet_home
from vitals.records import GatewayReport

DEPLOY = Path(__file__).parents[3] / "deploy"
_NAME = re.compile(r"\bcarewire_\w+")


def told_by_the_service() -> str:
    office = FakeBackOffice(
        heard={"home-1": 1},
        reports={"home-1": (GatewayReport(t_ms=1, software="x", outbox_records=0, outbox_bytes=0), 1)},
    )
    health = IngestHealth(
        healthy=True, troubles=(), waiting=0, stats=IngestStats(), broker=SubscriberCounts()
    )
    metrics = Metrics(token=None)
    metrics.add(
        IngestCollector(
            ingest=lambda: health,
            desk_waiting=lambda: 0,
            gateways=office,
            clock=FakeClock(),
        )
    )
    metrics.add(TroublesCollector(troubles=tuple))
    return metrics.text().decode()


def told_by_a_gateway() -> str:

    backlog = Backlog(lanes=(LaneBacklog(lane="events", records=0, size_bytes=0, oldest_ms=None),))
    return exposition(
        GatewayCollector(
            now=lambda: replace(quiet_home(), backlog=backlog),
            counted=lambda: {"delivery.sent": 1, "alarm.cloud-silent": 1},
            pressure=lambda: Pressure.NONE,
            most_bytes=1,
        )
    )()


def names(text: str) -> set[str]:
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def test_every_rule_asks_for_what_is_told_and_says_what_it_means() -> None:
    groups = yaml.safe_load((DEPLOY / "prometheus-alerts.yml").read_text())["groups"]
    told = {"carewire-service": names(told_by_the_service()), "carewire-gateway": names(told_by_a_gateway())}
    assert {group["name"] for group in groups} == told.keys()
    for group in groups:
        for rule in group["rules"]:
            assert set(_NAME.findall(rule["expr"])) <= told[group["name"]], rule["alert"]
            assert rule["annotations"]["summary"].endswith((".", ":")), rule["alert"]


def test_the_collection_reads_the_rules() -> None:
    collection = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    assert all((DEPLOY / name).is_file() for name in collection["rule_files"])
    assert [job["job_name"] for job in collection["scrape_configs"]] == [
        "carewire-service",
        "carewire-gateway",
    ]
