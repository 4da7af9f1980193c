"""The administrator's pages of quarantine: what is aside and why, and trying it again, never a value."""

import re

import httpx
import pytest

from cloud.ports import Deed, QuarantinedRecord, Share
from tests.contracts.records import run
from tests.fakes.cloud_services import ADMIN, CARER, ClientFor, FakeCloud
from tests.fakes.quarantine import FakeQuarantine
from vitals.errors import StorageError
from vitals.wire.envelope import ContentType, encode_record

ORIGIN = {"origin": "http://127.0.0.1:8080"}
PAGE = "/admin/quarantine"
GATEWAY = "hallway"


@pytest.fixture
def admin(client_for: ClientFor) -> httpx.AsyncClient:
    return client_for(ADMIN)


def aside(seq: int, reason: str, payload: bytes = b"60 beats") -> QuarantinedRecord:
    return QuarantinedRecord(
        gateway=GATEWAY,
        epoch="abc-observations",
        seq=seq,
        payload=payload,
        content_type=ContentType.MSGPACK,
        reason=reason,
        received_ms=1_000 * seq,
    )


def keep(cloud: FakeCloud, *records: QuarantinedRecord) -> None:
    cloud.quarantine.keep(*records)
    size = len(cloud.quarantine.aside)
    cloud.quarantine.room = [
        Share(gateway=GATEWAY, records=size, size_bytes=size, most_records=100, most_bytes=100)
    ]


def hidden(page: str) -> dict[str, str]:
    """Return what the form to go on sends."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', page))


async def test_with_nothing_aside_it_says_so(admin: httpx.AsyncClient) -> None:
    page = (await admin.get(PAGE)).text
    assert "Nothing is set aside." in page
    assert "Try all of it again" not in page


async def test_it_says_how_much_of_which_gateway_why_and_since_when_and_no_value(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    keep(
        cloud, aside(1, "kind 'mood' is unknown"), aside(2, "kind 'mood' is unknown"), aside(3, "<b>torn</b>")
    )
    page = (await admin.get(PAGE)).text
    assert "3 records could not be taken in, and are kept aside." in page
    assert page.count("mood") == 2  # in its row, and in the form that tries it again
    assert "&lt;b&gt;torn&lt;/b&gt;" in page
    assert "3%" in page
    assert "60 beats" not in page


async def test_a_reason_is_searched_for_and_what_finds_nothing_says_so(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    keep(cloud, aside(1, "kind 'mood' is unknown"), aside(2, "torn"))
    assert "mood" not in (await admin.get(f"{PAGE}?find=torn")).text
    assert "Nothing of that is set aside." in (await admin.get(f"{PAGE}?find=none")).text


async def test_more_reasons_than_are_listed_are_told(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    keep(cloud, *(aside(number, f"reason {number}") for number in range(1, 103)))
    page = (await admin.get(PAGE)).text
    assert page.count('scope="row"') == 101  # a hundred reasons, one gateway
    assert "There are more reasons than are listed." in page


async def test_what_can_be_taken_in_now_is_and_the_ledger_knows_who_tried(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    whole = encode_record(run((1_600_000_000_000, 61)), ContentType.MSGPACK)
    keep(cloud, aside(1, "it was full", whole), aside(2, "torn"))
    page = await admin.post(
        f"{PAGE}/replay", data={"gateway": GATEWAY, "reason": "it was full"}, headers=ORIGIN
    )
    assert "1 record was taken in; nothing of it is left." in page.text
    assert [entry.record.seq for entry in cloud.quarantine.aside] == [2]
    (note,) = (each for each in cloud.ledger.notes if each.deed is Deed.QUARANTINE_RELEASED)
    assert (note.actor, note.about) == (ADMIN.id, {"gateway": GATEWAY})


async def test_what_fails_again_stays_and_that_is_said(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    keep(cloud, aside(1, "torn", b"\xc1"))
    page = await admin.post(f"{PAGE}/replay", data={"reason": "torn"}, headers=ORIGIN)
    assert "None of it could be taken in" in page.text
    assert "Go on with the rest" not in page.text
    assert len(cloud.quarantine.aside) == 1


async def test_of_very_much_a_part_is_tried_and_the_rest_is_a_button_away(
    admin: httpx.AsyncClient, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.web.administration.quarantine.A_REPLAY", 2)
    whole = encode_record(run((1_600_000_000_000, 61)), ContentType.MSGPACK)
    keep(cloud, *(aside(number, "it was full", whole) for number in range(1, 6)))
    page = (await admin.post(f"{PAGE}/replay", data={"reason": ""}, headers=ORIGIN)).text
    assert "Go on with the rest" in page
    assert '<progress max="5" value="2">' in page
    page = (await admin.post(f"{PAGE}/replay", data=hidden(page), headers=ORIGIN)).text
    assert '<progress max="5" value="4">' in page


async def test_what_fails_again_does_not_stand_before_what_can_be_taken_in(
    admin: httpx.AsyncClient, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.web.administration.quarantine.A_REPLAY", 2)
    whole = encode_record(run((1_600_000_000_000, 61)), ContentType.MSGPACK)
    keep(cloud, aside(1, "full", b"\xc1"), aside(2, "full", b"\xc1"), aside(3, "full", whole))
    page = (await admin.post(f"{PAGE}/replay", data={"gateway": GATEWAY}, headers=ORIGIN)).text
    assert "None of these could be taken in; the others were not tried yet." in page
    page = (await admin.post(f"{PAGE}/replay", data=hidden(page), headers=ORIGIN)).text
    assert "1 record was taken in; some is still aside." in page
    assert "Go on with the rest" not in page
    assert [entry.record.seq for entry in cloud.quarantine.aside] == [1, 2]


async def test_while_the_store_is_away_it_is_told_and_nothing_is_said_to_be_empty(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StorageError("the store is away")

    monkeypatch.setattr(FakeQuarantine, "heaps", away)
    page = await admin.get(PAGE)
    assert page.status_code == 200
    assert "What is set aside cannot be said now." in page.text
    assert "Nothing is set aside." not in page.text


async def test_a_replay_that_a_store_stops_does_not_say_that_nothing_was_changed(
    admin: httpx.AsyncClient, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = encode_record(run((1_600_000_000_000, 61)), ContentType.MSGPACK)
    keep(cloud, aside(1, "full", whole), aside(2, "full", whole))
    counts = iter([2])

    def count(*_: object) -> int:
        for number in counts:
            return number
        raise StorageError("/srv/series.db is away")

    monkeypatch.setattr(FakeQuarantine, "count", count)
    page = await admin.post(f"{PAGE}/replay", data={"reason": "full"}, headers=ORIGIN)
    assert (page.status_code, cloud.quarantine.aside) == (503, [])
    assert "Nothing was changed" not in page.text
    assert "send it once more in a moment" in page.text
    assert "series.db" not in page.text


async def test_it_is_for_administrators_alone(client_for: ClientFor, cloud: FakeCloud) -> None:
    keep(cloud, aside(1, "torn"))
    carer = client_for(CARER)
    assert (await carer.get(PAGE)).status_code == 403
    assert (await carer.post(f"{PAGE}/replay", headers=ORIGIN, data={"reason": "torn"})).status_code == 403
    assert len(cloud.quarantine.aside) == 1
