import asyncio
import re
import threading
from dataclasses import replace

import pytest

from cloud.api.reader import PageReader, known_zone, reader_of_this_answer, written_for
from cloud.ports import Preferences
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud
from vitals.errors import StorageError

CHINESE = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}


def wants(cloud: FakeCloud, **chosen: object) -> None:
    cloud.preferences.put(replace(Preferences(person_id=CARER.id), **chosen))  # type: ignore[arg-type]


async def test_a_page_is_in_the_language_that_the_browser_asks_for(client_for: ClientFor) -> None:
    answer = await client_for(None).get("/sign-in", headers=CHINESE)
    assert '<html lang="zh-Hans-CN" dir="ltr"' in answer.text
    assert answer.headers["content-language"] == "zh-Hans-CN"
    assert answer.headers["vary"] == "accept-language, cookie"


async def test_what_somebody_set_goes_before_what_their_browser_asks_for(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    wants(cloud, language="en")
    assert '<html lang="en"' in (await client_for(CARER).get("/patients/p-wei", headers=CHINESE)).text
    wants(cloud, language="zh")
    assert '<html lang="zh-Hans"' in (await client_for(CARER).get("/patients/p-wei")).text


async def test_an_address_may_ask_for_a_language_once(client_for: ClientFor) -> None:
    assert '<html lang="zh-Hans"' in (await client_for(None).get("/sign-in?lang=zh")).text
    assert '<html lang="en"' in (await client_for(None).get("/sign-in?lang=tlh", headers=CHINESE)).text


async def test_a_refusal_is_in_the_language_of_whoever_is_refused(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    wants(cloud, language="zh")
    answer = await client_for(CARER).get("/patients/p-ama")
    assert answer.status_code == 404
    assert '<html lang="zh-Hans"' in answer.text


async def test_a_page_needs_no_store_to_say_that_it_is_away(
    cloud: FakeCloud, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(CARER)

    def away(*_: object) -> None:
        raise StorageError("the store is away")

    monkeypatch.setattr(type(cloud.preferences), "of", away)
    monkeypatch.setattr(type(cloud.directory), "patient", away)
    answer = await client.get("/patients/p-wei", headers=CHINESE)
    assert answer.status_code == 503
    assert '<html lang="zh-Hans-CN"' in answer.text


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Shanghai", "15 Nov 2023, 06:13<"),
        ("../../etc/passwd", "14 Nov 2023, 22:13 UTC<"),
        ("Europe", "14 Nov 2023, 22:13 UTC<"),
        ("", "14 Nov 2023, 22:13 UTC<"),
    ],
)
async def test_times_are_by_the_clock_of_the_browser_if_it_is_one(
    cloud: FakeCloud, client_for: ClientFor, zone: str, said: str
) -> None:
    assert f">{said}" in await aged_page(cloud, client_for, zone)


async def test_a_clock_that_somebody_set_goes_before_the_browsers_and_scripts_are_told_it(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    wants(cloud, language="en", time_zone="Asia/Shanghai")
    page = await aged_page(cloud, client_for, "Europe/Berlin")
    assert ">15 Nov 2023, 06:13<" in page
    assert 'data-zone="Asia/Shanghai"' in page


async def aged_page(cloud: FakeCloud, client_for: ClientFor, browser_zone: str) -> str:
    """Return a page that tells of a moment two days before now."""
    client = client_for(CARER)
    cloud.clock.advance(2 * 86_400)
    headers = {"accept-language": "en-GB", "cookie": f"time_zone={browser_zone}"}
    return (await client.get("/me/sign-in", headers=headers)).text


async def test_pages_that_are_written_at_once_are_each_in_their_readers_language(
    client_for: ClientFor,
) -> None:
    client = client_for(CARER)
    wanted = ["zh-Hans" if number % 2 else "en" for number in range(24)]
    answers = await asyncio.gather(
        *(client.get("/patients/p-wei", headers={"accept-language": tag}) for tag in wanted)
    )
    assert [re.search('<html lang="([^"]+)"', answer.text)[1] for answer in answers] == wanted  # type: ignore[index]
    assert ["Devices" in answer.text for answer in answers] == [tag == "en" for tag in wanted]


def test_each_answer_has_a_reader_of_its_own_and_outside_of_one_there_is_none() -> None:
    with pytest.raises(LookupError):
        reader_of_this_answer()
    with written_for(PageReader(language="zh")):
        seen: list[object] = []
        other = threading.Thread(target=lambda: seen.append(_language_or_none()))
        other.start()
        other.join()
        assert (seen, reader_of_this_answer().language) == ([None], "zh")


def _language_or_none() -> str | None:
    try:
        return reader_of_this_answer().language
    except LookupError:
        return None


def test_a_zone_is_known_by_its_whole_name() -> None:
    assert known_zone("Europe/Berlin") is not None
    assert [known_zone(name) for name in (None, "", "Europe", "/etc/localtime", "Europe/Berlin\n")] == [
        None
    ] * 5
