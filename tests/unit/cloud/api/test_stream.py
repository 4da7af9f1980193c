"""Streams over a real connection: what comes, in which form, and when it ends."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import httpx
import pytest

from cloud import live
from cloud.api import stream
from cloud.application import application
from cloud.ports import Limits, Membership, Person, Scope
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, STRANGER, FakeCloud, a_visit
from tests.fakes.http_server import free_port, serving

Event = dict[str, str]


@pytest.fixture
def url(cloud: FakeCloud) -> Iterator[str]:
    port = free_port()
    cloud.public_url = f"http://127.0.0.1:{port}"
    with serving(application(cloud.services), port) as address:
        yield address


def listening(
    cloud: FakeCloud, url: str, path: str, person: Person = CARER, last_event_id: str | None = None
) -> tuple[httpx.Client, str, Iterator[str]]:
    client = httpx.Client(timeout=5)
    token = cloud.token(person)
    headers = {"authorization": f"Bearer {token}"}
    if last_event_id is not None:
        headers["last-event-id"] = last_event_id
    request = client.build_request("GET", url + path, headers=headers)
    response = client.send(request, stream=True)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    return client, token, response.iter_lines()


def next_event(lines: Iterator[str]) -> Event:
    event: Event = {}
    for line in lines:
        if not line and "event" in event:
            return event
        name, _, value = line.partition(": ")
        event[name or "comment"] = value
    return event


def test_a_stream_begins_with_the_services_time_and_goes_on_with_events(cloud: FakeCloud, url: str) -> None:
    client, _, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream")
    with closing(client):
        hello = next_event(lines)
        assert hello["event"] == "hello"
        assert json.loads(hello["data"]) == {"now_ms": cloud.clock.wall_ms(), "speed": 1.0}
        cloud.live.publish("p-wei", "alert", {"id": "a", "text": "two\nlines"})
        alert = next_event(lines)
        assert alert["event"] == "alert"
        assert (hello["id"][-2:], alert["id"][-2:]) == ("-1", "-2")
        assert json.loads(alert["data"]) == {"id": "a", "text": "two\nlines"}


def test_a_page_that_comes_back_gets_what_it_missed(cloud: FakeCloud, url: str) -> None:
    client, _, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream")
    with closing(client):
        next_event(lines)
        cloud.live.publish("p-wei", "alert", 1)
        last = next_event(lines)["id"]
    for number in (2, 3):
        cloud.live.publish("p-wei", "alert", number)
    client, _, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream", last_event_id=last)
    with closing(client):
        assert "id" not in next_event(lines)
        assert [next_event(lines)["data"] for _ in range(2)] == ["2", "3"]


def test_a_page_that_missed_too_much_is_told_to_reload_and_from_where(cloud: FakeCloud, url: str) -> None:
    cloud.live.publish("p-wei", "alert", 1)
    client, _, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream", last_event_id="earlier-99")
    with closing(client):
        next_event(lines)
        cloud.live.publish("p-wei", "alert", 2)
        assert next_event(lines)["data"] == "2"
        reload = next_event(lines)
        assert (reload["event"], cloud.live.ids.number(reload["id"])) == ("reload", 2)
        assert next_event(lines) == {}


@pytest.mark.parametrize(
    "how", ["signed out", "grant ended", "grant taken back", "less is open", "out of the team"]
)
def test_a_revoked_stream_ends_within_a_second(cloud: FakeCloud, url: str, how: str) -> None:
    member = in_a_team(cloud) if how == "out of the team" else None
    client, token, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream")
    with closing(client):
        next_event(lines)
        grants = [one for one in cloud.sharing.given("p-wei") if one.person_id == CARER.id]
        if how == "signed out":
            cloud.sessions.end(token)
        elif how == "grant ended":
            cloud.directory.grant(CARER.id, "p-wei", 0, cloud.clock.wall_ms())
        elif how == "less is open":
            cloud.directory.grant(CARER.id, "p-wei", 0, None, frozenset({Scope.VITALS}))
        elif member is not None:
            cloud.teams.remove(member, ADMIN.id)
        else:
            cloud.sharing.take_back(grants[0], OWNER.id)
        began = time.monotonic()
        assert next_event(lines) == {}
        assert time.monotonic() - began < 1.0


def in_a_team(cloud: FakeCloud) -> Membership:
    """Have the carer see Wei by a team alone."""
    cloud.directory.ungrant(CARER.id, "p-wei")
    team = cloud.teams.make("Night", ADMIN.id)
    cloud.sharing.give("p-wei", team_id=team.id, by=OWNER.id)
    return cloud.teams.add(team, CARER.id, ADMIN.id)


@pytest.mark.parametrize(
    ("scope", "heard"),
    [(Scope.VITALS, ["heart_rate", "device"]), (Scope.WAVEFORMS, ["ecg"]), (Scope.ALERTS, ["alert", "duty"])],
)
def test_a_stream_tells_what_is_open_and_nothing_else(
    cloud: FakeCloud, url: str, scope: Scope, heard: list[str]
) -> None:
    cloud.directory.grant(CARER.id, "p-wei", 0, None, frozenset({scope}))
    client, _, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream")
    with closing(client):
        next_event(lines)
        for name in ("heart_rate", "ecg", "device", "gap", "alert", "duty", "something new"):
            cloud.live.publish("p-wei", name, {})
        assert [next_event(lines)["event"] for _ in heard] == heard
        cloud.live.close()
        assert next_event(lines) == {}


def test_nothing_published_a_second_after_revocation_gets_out(cloud: FakeCloud, url: str) -> None:
    client, token, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream")
    with closing(client):
        next_event(lines)
        cloud.sessions.end(token)
        time.sleep(1.0)
        cloud.live.publish("p-wei", "alert", "secret")
        assert "secret" not in json.dumps(next_event(lines))


def test_the_overview_holds_alerts_of_visible_patients_alone(cloud: FakeCloud, url: str) -> None:
    client, _, lines = listening(cloud, url, "/api/v1/stream")
    with closing(client):
        next_event(lines)
        cloud.live.publish("p-ama", "alert", "not yours")
        cloud.live.publish("p-wei", "ecg", "too much")
        cloud.live.publish("p-wei", "alert", "yours")
        assert next_event(lines)["data"] == '"yours"'


def test_who_sees_nobody_hears_nothing(cloud: FakeCloud, url: str) -> None:
    client, token, lines = listening(cloud, url, "/api/v1/stream", STRANGER)
    with closing(client):
        next_event(lines)
        cloud.live.publish("p-wei", "alert", "not yours")
        time.sleep(0.6)
        cloud.sessions.end(token)
        assert next_event(lines) == {}


def test_a_heartbeat_says_that_the_stream_lives(
    cloud: FakeCloud, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.3)
    client, _, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream")
    with closing(client):
        next_event(lines)
        tick = next_event(lines)
        assert tick["comment"] == "still here"
        assert tick["event"] == "tick"


def test_a_page_that_leaves_is_forgotten(cloud: FakeCloud, url: str) -> None:
    client, _, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream")
    next_event(lines)
    assert cloud.live.watchers == 1
    client.close()
    deadline = time.monotonic() + 3
    while cloud.live.watchers and time.monotonic() < deadline:
        time.sleep(0.05)
    assert cloud.live.watchers == 0


def test_a_person_holds_so_many_streams_and_others_are_not_hindered(
    cloud: FakeCloud, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAMS_A_PERSON", 2)
    path = "/api/v1/patients/p-wei/stream"
    first, _, first_lines = listening(cloud, url, path)
    second, _, second_lines = listening(cloud, url, path)
    with closing(first), closing(second):
        next_event(first_lines)
        next_event(second_lines)
        headers = {"authorization": f"Bearer {cloud.token(CARER)}"}
        for refused in (path, "/api/v1/stream"):
            answer = httpx.get(url + refused, headers=headers, timeout=5)
            assert answer.status_code == 429
            assert "close" in answer.json()["detail"]
        other, _, other_lines = listening(cloud, url, path, OWNER)
        with closing(other):
            assert next_event(other_lines)["event"] == "hello"


async def test_a_page_that_left_before_its_stream_began_leaves_nothing_behind(cloud: FakeCloud) -> None:
    viewer = cloud.sessions.viewer(cloud.token(CARER))
    assert viewer is not None
    await stream.patient_stream(a_visit(cloud), cloud.services)
    await stream.overview_stream(viewer, cloud.services)
    assert cloud.live.watchers == 0


async def test_streams_let_in_at_the_same_moment_do_not_pass_the_bound(
    cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAMS_A_PERSON", 1)
    viewer = cloud.sessions.viewer(cloud.token(CARER))
    assert viewer is not None
    bodies = [(await stream.overview_stream(viewer, cloud.services)).body_iterator for _ in range(2)]
    begun = [await anext(aiter(body), None) for body in bodies]
    assert [part is not None for part in begun] == [True, False]


async def test_a_program_that_holds_every_stream_it_may_leaves_its_person_theirs(
    cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAMS_A_PERSON", 1)
    viewer = cloud.sessions.viewer(cloud.token(CARER))
    assert viewer is not None
    program = replace(viewer, limits=Limits(scopes=frozenset({Scope.ALERTS}), read_only=True))
    other = replace(program, session=bytes(32))
    bodies = [
        (await stream.overview_stream(each, cloud.services)).body_iterator
        for each in (program, other, viewer)
    ]
    begun = [await anext(aiter(body), None) for body in bodies]
    assert [part is not None for part in begun] == [True, False, True]


def test_stopping_ends_every_stream(cloud: FakeCloud, url: str) -> None:
    client, _, lines = listening(cloud, url, "/api/v1/patients/p-wei/stream")
    with closing(client):
        next_event(lines)
        cloud.live.close()
        assert next_event(lines) == {}
