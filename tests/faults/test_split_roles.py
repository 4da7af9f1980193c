"""The roles in processes of their own: what goes in comes out, whichever of those that evaluate dies."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contracts.batches import batch
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker
from tests.fakes.gateway import FakeGateway, eventually
from tests.fakes.postgres import postgres
from tests.fakes.split_service import ADA, LIN, PATIENT, STRAP, SplitService, now_ms
from vitals.records import AnyRecord, DeviceReport, HealthEvent, LinkState, ObservationRun, Phase

WITHIN_S = 180.0
"""A loaded machine is slow; what must be fast is measured, not waited for."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    made = EmbeddedBroker(tmp_path / "broker")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """SQLite in the service's folder, or for who asks so a PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    with postgres() as url:
        yield url


@pytest.fixture
def service(tmp_path: Path, broker: BrokerProcess, database_url: str | None) -> Iterator[SplitService]:
    made = SplitService(folder=tmp_path, mqtt_port=broker.port, database_url=database_url)
    made.people()
    with made.running():
        yield made


class Home:
    """A gateway whose records are numbered."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway
        self._seq = itertools.count(1)

    def send(self, *records: AnyRecord) -> None:
        """Send a batch and wait until the service has acknowledged it."""
        seqs = [next(self._seq) for _ in records]
        self.gateway.publish(batch(*records, first_seq=seqs[0]))
        eventually(lambda: self.gateway.acknowledged() >= set(seqs), WITHIN_S)


def onset(event_id: str = "episode-0001") -> HealthEvent:
    return HealthEvent(
        event_id=event_id,
        device=STRAP,
        condition="atrial-fibrillation",
        phase=Phase.ONSET,
        t_ms=now_ms(),
        noticed_ms=now_ms(),
        signal_quality=1.0,
    )


def alerts(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/patients/{PATIENT}/alerts").json()["alerts"]
    return found


def stream(client: httpx.Client, heard: list[tuple[str, Any]], ready: threading.Event) -> None:
    """Listen to Wei's page until the service ends."""
    with (
        httpx.Client(
            base_url=client.base_url, cookies=client.cookies, trust_env=False, timeout=WITHIN_S
        ) as own,
        own.stream("GET", f"/api/v1/patients/{PATIENT}/stream") as answer,
    ):
        name = ""
        try:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    heard.append((name, json.loads(line.removeprefix("data: "))))
                    ready.set()
        except httpx.TransportError:
            return


def calls(heard: list[tuple[str, Any]]) -> list[str]:
    """Return the alerts for which a page was told to call for attention."""
    return [told["id"] for name, told in heard if name == "alert" and told.get("calls")]


def test_a_record_goes_in_at_one_process_is_judged_in_another_and_seen_at_a_third(
    service: SplitService, broker: BrokerProcess
) -> None:
    service.start("ingest", "ingest")
    service.start("alerts", "alerts")
    api = service.start("api", "api")
    service.await_well()
    with (
        FakeGateway(broker.port, "home-1") as gateway,
        service.signed_in(api, LIN) as lin,
        service.signed_in(api, ADA) as ada,
    ):
        gateway.tell(b'{"online": true}')
        heard: list[tuple[str, Any]] = []
        ready = threading.Event()
        threading.Thread(target=stream, args=(lin, heard, ready), daemon=True).start()
        assert ready.wait(WITHIN_S)
        home = Home(gateway)
        report = DeviceReport(device=STRAP, t_ms=now_ms(), link=LinkState.CONNECTED)
        home.send(
            onset(), report, ObservationRun(device=STRAP, kind="heart_rate", t_ms=[now_ms()], value=[91.0])
        )
        eventually(lambda: bool(alerts(lin)), WITHIN_S)
        (alert,) = alerts(lin)
        assert (alert["condition"], alert["state"]) == ("atrial-fibrillation", "active")
        eventually(lambda: {"alert", "heart_rate", "device"} <= {name for name, _ in heard}, WITHIN_S)
        eventually(lambda: calls(heard) == [alert["id"]], WITHIN_S)
        eventually(lambda: ada.get("/api/v1/gateways").json()["gateways"][0]["online"] is True, WITHIN_S)

        taken = lin.post(
            f"/api/v1/alerts/{alert['id']}/acknowledge", json={"reason": "real"}, headers=here(lin)
        )
        assert taken.json()["state"] == "acknowledged"
        asked = ada.post(
            "/api/v1/gateways/home-1/commands",
            json={"name": "identify", "body": {"seconds": 1}},
            headers=here(ada),
        )
        assert asked.status_code == 200, asked.text
        eventually(
            lambda: {"identify", "alert-acknowledged"} <= {one.name for one in gateway.commands}, WITHIN_S
        )
        assert [one["state"] for one in alerts(lin)] == ["acknowledged"]

        broker.kill()
        eventually(lambda: any("not connected to the broker" in one for one in api.troubles(ada)), WITHIN_S)
        service.processes.pop("alerts").kill()
        missed = "alerts: no process does it; start `carewire cloud run --role alerts`"
        eventually(lambda: missed in api.troubles(ada), WITHIN_S)
        assert not service.processes["ingest"].is_well()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_that_evaluates_is_killed_and_another_goes_on_with_nothing_lost_or_doubled(
    service: SplitService, broker: BrokerProcess, record_property: Any
) -> None:
    service.start("front", "ingest,api")
    service.start("first", "alerts")
    service.start("second", "alerts")
    service.await_well()
    with FakeGateway(broker.port, "home-1") as gateway:
        home = Home(gateway)
        eventually(lambda: service.holder() is not None, WITHIN_S)
        home.send(onset("episode-0001"))
        eventually(lambda: activations(service) == 1, WITHIN_S)
        dead = service.holder()
        assert dead is not None
        service.processes.pop(dead).kill()
        killed_s = time.monotonic()
        home.send(onset("episode-0002"))
        eventually(lambda: activations(service) == 2, WITHIN_S)
        taken_over_s = time.monotonic() - killed_s
        assert taken_over_s > 1, "it was not the one that evaluates"
        eventually(lambda: service.holder() is not None, WITHIN_S)
        assert len({alert for alert, _ in told(service)}) == 2
        service.await_well()
    row = {"fault": "27. one of two that evaluate killed with -9", "recovered_s": taken_over_s, "by": "lease"}
    record_property("recovery", json.dumps(row))


SLOW = """
import time
from pathlib import Path
import cloud.alerts.judging.evaluate as module
judge = module.evaluate
def slowly(*given):
    Path("judging").touch()
    time.sleep(1.5)
    return judge(*given)
module.evaluate = slowly
"""
"""Judging takes so long that a test can stop the process in the middle of it."""


def test_one_frozen_in_the_middle_of_a_judgement_commits_nothing_when_it_wakes(
    service: SplitService, broker: BrokerProcess
) -> None:
    service.start("front", "ingest,api")
    frozen = service.start("frozen", "alerts", prelude=SLOW)
    service.await_well()
    with FakeGateway(broker.port, "home-1") as gateway:
        home = Home(gateway)
        home.send(onset())
        eventually((service.folder / "judging").exists, WITHIN_S)
        frozen.freeze()
        service.start("other", "alerts")
        eventually(lambda: activations(service) == 1, WITHIN_S)
        with service.stores() as opened:
            before = opened.alerts.load(PATIENT)
        frozen.thaw()
        eventually(lambda: "alerts.fenced" in service.log("frozen"), WITHIN_S)
        with service.stores() as opened:
            assert opened.alerts.load(PATIENT) == before
        assert list(told(service).values()) == [1]
        service.await_well()


def here(client: httpx.Client) -> dict[str, str]:
    return {"origin": str(client.base_url).rstrip("/")}


def told(service: SplitService) -> Counter[tuple[str, str]]:
    """Return how often each transition of Wei's alerts to each state was handed to the pages."""
    with service.stores() as opened:
        return Counter(
            (alert.id, str(one.state))
            for alert in opened.alerts.alerts_of(PATIENT, open_only=False, limit=100)
            for one in opened.alerts.hand_offs_of(alert.id)
            if one.channel == "in-app" and one.error is None
        )


def activations(service: SplitService) -> int:
    """Return how many alerts were told when they became active."""
    return sum(state == "active" for _, state in told(service))
