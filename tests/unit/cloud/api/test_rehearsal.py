"""Rules rehearsed over HTTP."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from cloud.rehearsal.history import Span
from tests.fakes.cloud_services import CARER, STRANGER, ClientFor, FakeCloud
from tests.fakes.readings import DAY_MS, add
from tests.fakes.series_reader import FakeOccurrenceReader
from vitals.records import HealthEvent

ADDRESS = "/api/v1/patients/p-wei/alert-rules/replay"


def add_races(cloud: FakeCloud, races: int) -> None:
    """Add so many hours of which each begins with two fast minutes, the newest last."""
    now_ms = cloud.clock.wall_ms()
    for race in range(races):
        from_ms = now_ms - (races - race) * 3_600_000
        fast = [(from_ms + second * 1000, 150.0 + race) for second in range(0, 120, 10)]
        slow = [(from_ms + second * 1000, 80.0) for second in range(120, 240, 10)]
        add(cloud.series, "heart_rate", *fast, *slow)


async def test_it_tells_the_alerts_there_would_have_been_newest_first(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    add_races(cloud, 3)
    answer = await client_for(CARER).post(ADDRESS, params={"limit": 2})
    assert answer.status_code == 200
    found = answer.json()
    assert [alert["worst"] for alert in found["alerts"]] == [152.0, 151.0]
    assert (found["omitted"], found["days"]) == (1, 14.0)
    assert found["alerts"][0]["condition"] == "tachycardia"
    (burden,) = [each for each in found["burden"] if each["condition"] == "tachycardia"]
    assert (burden["alerts"], burden["alarm_s"]) == (3, 270.0)
    assert found["alerts_per_day"]["medium"] == 3 / 14
    assert {"why": "not-measured", "what": "glucose", "count": 0, "from": None, "to": None} in found[
        "left_out"
    ]


async def test_changes_that_nobody_has_made_yet_are_rehearsed_and_not_made(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    add_races(cloud, 3)
    lower = {"rule": "tachycardia", "changes": {"limit": 152.0}}
    client = client_for(CARER)
    answer = await client.post(ADDRESS, json={"changes": [lower]})
    assert [alert["worst"] for alert in answer.json()["alerts"]] == [152.0]
    off = {"rule": "tachycardia", "changes": {"is_off": True}}
    assert (await client.post(ADDRESS, json={"changes": [off]})).json()["alerts"] == []
    assert len((await client.post(ADDRESS)).json()["alerts"]) == 3


async def test_rules_that_nobody_can_be_judged_by_are_refused_with_each_fault(client_for: ClientFor) -> None:
    wrong = [{"rule": "no-such-rule", "changes": {}}, {"rule": "tachycardia", "changes": {"limit": "high"}}]
    answer = await client_for(CARER).post(ADDRESS, json={"changes": wrong})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 2


async def test_without_a_grant_it_tells_nothing_and_rehearses_nothing(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    add_races(cloud, 1)
    answer = await client_for(STRANGER).post(ADDRESS)
    assert answer.status_code == 404
    assert "tachycardia" not in answer.text


async def test_a_period_is_taken_as_asked_and_refused_beyond_a_month(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    now_ms = cloud.clock.wall_ms()
    client = client_for(CARER)
    answer = await client.post(ADDRESS, params={"from": str(now_ms - 2 * DAY_MS), "to": str(now_ms)})
    assert answer.json()["days"] == 2.0
    refused = await client.post(ADDRESS, params={"from": str(now_ms - 40 * DAY_MS), "to": str(now_ms)})
    assert refused.status_code == 422


@dataclass(slots=True)
class Stalled(FakeOccurrenceReader):
    """Answers when it may; `asked` counts who waits."""

    may: threading.Event = field(default_factory=threading.Event)
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def events(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[HealthEvent]:
        self.asked.release()
        self.may.wait(30)
        return FakeOccurrenceReader.events(self, patient_id, from_ms, to_ms)


async def test_while_others_rehearse_it_asks_to_come_again(cloud: FakeCloud, client_for: ClientFor) -> None:
    stalled = cloud.rehearsals.occurrences = Stalled()
    span = Span(from_ms=0, to_ms=1)
    others = [threading.Thread(target=cloud.rehearsals.of, args=("p-wei", span)) for _ in range(2)]
    for each in others:
        each.start()
        assert stalled.asked.acquire(timeout=30)
    answer = await client_for(CARER).post(ADDRESS)
    stalled.may.set()
    for each in others:
        each.join(30)
    assert answer.status_code == 503
    assert "try again" in answer.json()["detail"]
    assert (await client_for(CARER).post(ADDRESS)).status_code == 200
