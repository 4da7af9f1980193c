"""The page of charts without a script: drawn, told in numbers, and moved by addresses."""

import re
from html import unescape

import pytest

from cloud.ports import Scope
from tests.fakes.cloud_services import CARER, STRANGER, ClientFor, FakeCloud
from tests.fakes.readings import DAY_MS, HOUR_MS, add, add_heart

ADDRESS = "/patients/p-wei/trends"


async def the_page(client_for: ClientFor, address: str = ADDRESS) -> str:
    answer = await client_for(CARER).get(address)
    assert answer.status_code == 200
    return unescape(answer.text)


def addresses(page: str, words: str) -> str:
    (found,) = re.findall(rf'<a[^>]*href="([^"]+)"[^>]*>{words}</a>', page)
    return found


async def test_what_is_measured_is_drawn_and_told_in_numbers(cloud: FakeCloud, client_for: ClientFor) -> None:
    now_ms = cloud.clock.wall_ms()
    add_heart(cloud.series, now_ms, days=2)
    add(cloud.series, "oxygen_saturation", (now_ms - HOUR_MS, 96.0))
    page = await the_page(client_for, f"{ADDRESS}?period=24h")
    assert page.count('<svg class="course"') == 2
    assert "Heart rate between 58 and 72 /min" in page
    (row,) = re.findall(r'data-label="mean"><div>(96)</div>', page)
    assert row == "96"


async def test_the_address_says_which_kinds_and_which_period(cloud: FakeCloud, client_for: ClientFor) -> None:
    now_ms = cloud.clock.wall_ms()
    add_heart(cloud.series, now_ms, days=1)
    add(cloud.series, "oxygen_saturation", (now_ms - HOUR_MS, 96.0))
    page = await the_page(client_for, f"{ADDRESS}?kinds=oxygen_saturation,nonsense&period=7d")
    assert re.findall(r'data-kind="(\w+)"', page) == ["oxygen_saturation"]
    assert 'period=7d" aria-current="true"' in page
    assert "kinds=oxygen_saturation%2Cheart_rate" in addresses(page, "Show Heart rate")


async def test_earlier_and_closer_are_addresses_of_their_own(cloud: FakeCloud, client_for: ClientFor) -> None:
    now_ms = cloud.clock.wall_ms()
    add_heart(cloud.series, now_ms, days=4)
    earlier = addresses(await the_page(client_for), "Earlier")
    from_ms, to_ms = (int(each) for each in re.findall(r"(?:from|to)=(\d+)", earlier))
    assert (to_ms, to_ms - from_ms) == (now_ms + 1 - DAY_MS // 2, DAY_MS)
    page = await the_page(client_for, earlier)
    closer = [int(each) for each in re.findall(r"(?:from|to)=(\d+)", addresses(page, "Closer"))]
    assert closer[1] - closer[0] == DAY_MS // 2
    assert sum(closer) == from_ms + to_ms
    assert addresses(page, "Later")


async def test_glucose_is_told_in_the_readers_unit(cloud: FakeCloud, client_for: ClientFor) -> None:
    add(cloud.series, "glucose", (cloud.clock.wall_ms() - HOUR_MS, 180.0))
    client = client_for(CARER)
    await client.post("/api/v1/me/preferences", json={"glucose_unit": "mmol/L"})
    page = unescape((await client.get(ADDRESS)).text)
    assert 'data-unit="mmol/L"' in page
    assert 'data-label="mean"><div>10</div>' in page


async def test_of_whom_nothing_was_measured_it_says_so(client_for: ClientFor) -> None:
    assert "Nothing measured yet." in await the_page(client_for)


async def test_to_whom_alerts_are_not_open_no_limit_is_shown(cloud: FakeCloud, client_for: ClientFor) -> None:
    add_heart(cloud.series, cloud.clock.wall_ms(), days=1)
    assert "limit: 131 /min or more" in await the_page(client_for)
    cloud.directory.relations.grants.clear()
    cloud.directory.grant(CARER.id, "p-wei", 0, None, frozenset({Scope.VITALS}))
    page = await the_page(client_for)
    assert "limit: " not in page
    assert "Alerts and limits are not open to you" in page


@pytest.mark.parametrize("query", ["from=2&to=1", "from=soon", "from=0"])
async def test_a_period_that_is_none_is_refused(client_for: ClientFor, query: str) -> None:
    assert (await client_for(CARER).get(f"{ADDRESS}?{query}")).status_code == 422


async def test_a_stranger_gets_nothing(client_for: ClientFor) -> None:
    assert (await client_for(STRANGER).get(ADDRESS)).status_code == 404
