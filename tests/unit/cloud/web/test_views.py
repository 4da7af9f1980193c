from dataclasses import replace

import pytest

from cloud.api.reader import PageReader, written_for
from cloud.ports import AlertState, Device, Point
from cloud.web.catalogues import catalogue
from cloud.web.headline import QUIET_AFTER_MS
from cloud.web.rendering import render
from cloud.web.views import Trend, patient_now, period_shown, trend_of
from cloud.web.words import age, lasting, say
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import CARER, WEI, ClientFor, FakeCloud, a_visit

ENGLISH = catalogue("en")

STRAP = Device(
    id="c0-01",
    gateway="home",
    patient_id="p-wei",
    link="connected",
    model="Strap",
    battery_percent=80,
    on_body=True,
    reported_ms=None,
    received_ms=None,
)


def heart_rate(*pairs: tuple[int, float]) -> list[Point]:
    return [
        Point(t_ms=NOW_MS - seconds * 1000, value=value, quality=0.9, device="c0-01")
        for seconds, value in pairs
    ]


@pytest.mark.parametrize(
    ("before", "last", "trend"),
    [(70, 74.9, Trend.STEADY), (70, 75, Trend.RISING), (70, 65, Trend.FALLING), (70, 65.1, Trend.STEADY)],
)
def test_a_trend_needs_five_beats_of_change(before: float, last: float, trend: Trend) -> None:
    assert trend_of(heart_rate((300, before), (30, last)), NOW_MS) is trend


def test_without_a_before_or_a_now_there_is_no_trend() -> None:
    assert trend_of(heart_rate((30, 70)), NOW_MS) is None
    assert trend_of(heart_rate((300, 70)), NOW_MS) is None
    assert trend_of([], NOW_MS) is None


@pytest.mark.parametrize(
    ("span_s", "ago", "long"),
    [
        (-3, "just now", "a moment"),
        (4, "just now", "a moment"),
        (5, "5 s ago", "5 s"),
        (59, "59 s ago", "59 s"),
        (60, "1 min ago", "1 min"),
        (3_600, "1 h ago", "1 h"),
        (86_400, "1 d ago", "1 d"),
    ],
)
def test_ages_are_said_in_the_largest_unit_that_fits(span_s: int, ago: str, long: str) -> None:
    assert say(age(span_s * 1000), ENGLISH) == ago
    assert say(lasting(span_s * 1000), ENGLISH) == long


def test_a_patients_page_gathers_open_alerts_by_urgency_and_the_last_ended_ones(cloud: FakeCloud) -> None:
    for alert in (
        an_alert("battery-low"),
        an_alert("bradycardia"),
        an_alert("tachycardia", state=AlertState.PENDING),
        an_alert("sensor-off", state=AlertState.RESOLVED, resolved_ms=NOW_MS),
    ):
        cloud.alerts.alerts[alert.id] = alert
    view = patient_now(cloud.services, a_visit(cloud), PageReader())
    assert [each.alert.condition for each in view.open_alerts] == ["bradycardia", "battery-low"]
    assert [each.alert.condition for each in view.earlier] == ["sensor-off"]


def test_what_no_living_wearer_shows_is_left_out_and_said(cloud: FakeCloud) -> None:
    cloud.series.points["p-wei", "heart_rate"] = heart_rate((30, 70.0), (20, 0.0), (10, 72.0), (5, 301.0))
    tile = patient_now(cloud.services, a_visit(cloud), PageReader()).heart_rate
    assert tile is not None
    assert tile.newest is not None
    assert tile.spark is not None
    assert (tile.newest.value, tile.spark.low, tile.spark.high, tile.left_out) == (72.0, 70.0, 72.0, 2)


@pytest.mark.parametrize(
    ("since_s", "minutes"), [((10,), 2), ((120, 10), 2), ((121, 10), 5), ((301,), 15), ((900,), 15), ((), 15)]
)
def test_a_curve_goes_back_no_further_than_there_is_something_to_see(
    since_s: tuple[int, ...], minutes: int
) -> None:
    points = heart_rate(*((seconds, 70.0) for seconds in since_s))
    assert period_shown(points, NOW_MS) == minutes * 60_000


@pytest.mark.parametrize(
    ("on_body", "says"),
    [
        ((False,), "the sensor is not worn"),
        ((False, None), "the sensor is not worn"),
        ((False, True), "everything looks as usual"),
        ((None,), "everything looks as usual"),
    ],
)
async def test_pages_call_nothing_usual_of_a_patient_who_wears_nothing(
    cloud: FakeCloud, client_for: ClientFor, on_body: tuple[bool | None, ...], says: str
) -> None:
    now_ms = cloud.clock.wall_ms()
    newest = Point(t_ms=now_ms, value=70.0, quality=None, device="c0-00")
    cloud.series.points["p-wei", "heart_rate"] = [newest]
    for number, worn in enumerate(on_body):
        device = replace(STRAP, id=f"c0-0{number}", on_body=worn, received_ms=now_ms)
        cloud.directory.devices[device.id] = device
    assert says in (await client_for(CARER).get("/patients/p-wei")).text
    cloud.directory.grant(CARER.id, "p-ama", 0, None)
    assert f"Wei: {says}" in (await client_for(CARER).get("/")).text


async def test_the_last_words_of_a_device_that_fell_silent_are_not_told_as_news(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    now_ms = cloud.clock.wall_ms()
    for silence_ms, is_told in ((QUIET_AFTER_MS, False), (QUIET_AFTER_MS + 1, True)):
        cloud.directory.devices["c0-01"] = replace(STRAP, received_ms=now_ms - silence_ms)
        text = (await client_for(CARER).get("/patients/p-wei")).text
        assert ("this is what it said last" in text) is is_told


async def test_names_and_alert_texts_are_text_and_nothing_else(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    alert = an_alert()
    hostile = alert.explanation | {"summary": attack, "advice": {"caregiver": attack}}
    cloud.alerts.alerts[alert.id] = an_alert(
        explanation=hostile, acknowledged_ms=1, acknowledged_reason=attack, acknowledged_by="u-carer"
    )
    cloud.directory.patients["p-wei"] = type(WEI)(id="p-wei", display_name=attack)
    cloud.directory.people["u-carer"] = type(CARER)(id="u-carer", display_name=attack, role=CARER.role)
    for path in ("/patients/p-wei", "/patients/p-wei/now", f"/alerts/{alert.id}"):
        text = (await client_for(CARER).get(path)).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert(1)" in text


async def test_the_link_in_a_sign_in_page_is_text(client_for: ClientFor) -> None:
    answer = await client_for(None).get("/sign-in", params={"token": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


async def test_pages_hold_no_inline_script_or_style(cloud: FakeCloud, client_for: ClientFor) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    for path in ("/patients/p-wei", f"/alerts/{alert.id}", "/sign-in"):
        text = (await client_for(CARER).get(path)).text
        assert "style=" not in text
        assert "<style" not in text
        assert " onclick" not in text


async def test_who_sees_several_gets_a_list_that_says_who_needs_a_look(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.directory.grant(CARER.id, "p-ama", 0, None)
    cloud.series.points["p-ama", "heart_rate"] = heart_rate((1, 70))
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    text = (await client_for(CARER).get("/")).text
    assert "1 of 2 needs a look." in text
    assert text.index("Wei: irregular") < text.index("Ama: everything looks as usual")


async def test_who_sees_one_goes_straight_there_and_who_sees_none_is_told_what_to_do(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    client = client_for(CARER)
    assert (await client.get("/")).headers["location"] == "/patients/p-wei"
    cloud.directory.relations.grants.clear()
    assert "Nobody is shared with you yet." in (await client.get("/")).text


async def test_acknowledging_by_form_comes_back_to_the_page(cloud: FakeCloud, client_for: ClientFor) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    client = client_for(CARER)
    answer = await client.post(f"/alerts/{alert.id}/acknowledge", data={"reason": "known"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/patients/p-wei")
    text = (await client.get("/patients/p-wei")).text
    assert "Known and expected" in text
    assert "<b>Lin</b>" in text
    refused = await client.post(f"/alerts/{alert.id}/acknowledge", data={"reason": "because"})
    assert refused.status_code == 422


def test_a_template_that_misses_a_value_fails_loudly() -> None:
    with written_for(PageReader()), pytest.raises(Exception, match="is undefined"):
        render("message.html")


async def test_static_files_are_named_ones_only(client_for: ClientFor) -> None:
    client = client_for(None)
    found = await client.get("/static/ecg.js")
    assert found.headers["content-type"].startswith("text/javascript")
    unchanged = await client.get("/static/ecg.js", headers={"if-none-match": found.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    for name in ("..%2Frendering.py", "nothing.js", "%2e%2e%2f%2e%2e%2fconfig.py"):
        assert (await client.get(f"/static/{name}")).status_code == 404
