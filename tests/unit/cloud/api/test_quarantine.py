"""What is set aside: who sees it, and how it is replayed."""

import base64
from dataclasses import replace

from cloud.ports import QuarantinedRecord, Share
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import ADMIN, ClientFor, FakeCloud
from vitals.records import GatewayReport
from vitals.wire.envelope import encode_record


def aside(seq: int, reason: str = "not a batch") -> QuarantinedRecord:
    return QuarantinedRecord(
        gateway="hall",
        epoch="abc-events",
        seq=seq,
        payload=b"\xff" * 5000,
        content_type="application/msgpack",
        reason=reason,
        received_ms=NOW_MS,
    )


async def test_quarantine_shows_the_newest_and_counts_the_rest(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.quarantine.keep(*map(aside, range(3)))
    cloud.quarantine.room.append(
        Share(gateway="hall", records=3, size_bytes=15_000, most_records=10, most_bytes=20_000)
    )
    found = (await client_for(ADMIN).get("/api/v1/quarantine", params={"limit": 2})).json()
    assert [each["seq"] for each in found["records"]] == [2, 1]
    assert found["omitted"] == 1
    assert found["records"][0]["payload_bytes"] == 5000
    assert found["shares"] == [
        {"gateway": "hall", "records": 3, "size_bytes": 15000, "most_records": 10, "most_bytes": 20000}
    ]


async def test_an_administrator_without_a_grant_reads_nobodys_readings_in_quarantine(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    payload = b'{"kind":"heart_rate","value":171}'
    cloud.quarantine.keep(replace(aside(0), payload=payload))
    answer = await client_for(ADMIN).get("/api/v1/quarantine")
    (record,) = answer.json()["records"]
    assert record["payload_bytes"] == len(payload)
    assert payload.decode() not in answer.text
    assert base64.b64encode(payload).decode() not in answer.text


async def test_quarantine_can_be_narrowed_down(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.quarantine.keep(aside(1), aside(2, "kind 'mood' is not known"))
    for asked in ({"gateway": "hall", "reason": "mood"}, {"reason": "mood"}):
        found = (await client_for(ADMIN).get("/api/v1/quarantine", params=asked)).json()
        assert [each["seq"] for each in found["records"]] == [2]
    found = (await client_for(ADMIN).get("/api/v1/quarantine", params={"gateway": "attic"})).json()
    assert (found["records"], found["omitted"]) == ([], 0)


async def test_a_replay_says_what_is_stored_now_and_what_is_still_aside(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    report = encode_record(GatewayReport(t_ms=NOW_MS, software="0.1.0", outbox_records=3, outbox_bytes=9))
    cloud.quarantine.keep(replace(aside(1), payload=report), aside(2), replace(aside(0), epoch=""))
    answer = await client_for(ADMIN).post("/api/v1/quarantine/replay", json={"gateway": "hall"})
    assert answer.json() == {"tried": 3, "stored": 1, "known": 0, "still_aside": 2, "left": 2}
    assert [item.seq for item in cloud.quarantine.stored] == [1]
    assert {entry.tried_ms for entry in cloud.quarantine.aside} == {cloud.clock.wall_ms()}
