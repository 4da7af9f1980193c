"""Alerts, where they went, and their acknowledgement."""

from dataclasses import replace

import pytest

from cloud.ports import AlertState, HandOff
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud


async def test_alerts_are_listed_newest_first_and_pending_ones_are_nobodys_business(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for alert in (
        an_alert("tachycardia", raised_ms=1, state=AlertState.RESOLVED, resolved_ms=5),
        an_alert("atrial-fibrillation", raised_ms=3),
        an_alert("sensor-off", raised_ms=2, state=AlertState.PENDING),
    ):
        cloud.alerts.alerts[alert.id] = alert
    client = client_for(CARER)
    listed = (await client.get("/api/v1/patients/p-wei/alerts")).json()
    assert [each["condition"] for each in listed["alerts"]] == ["atrial-fibrillation", "tachycardia"]
    still_open = (await client.get("/api/v1/patients/p-wei/alerts", params={"open": True})).json()
    assert [each["condition"] for each in still_open["alerts"]] == ["atrial-fibrillation"]
    assert (await client.get("/api/v1/alerts/alert-sensor-off")).status_code == 404


async def test_one_alert_comes_with_its_reasons_and_where_it_went(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    for channel, error in (("in-app", None), ("mail", "refused by mail.example"), ("held:grouped", None)):
        cloud.alerts.hand_offs.append(
            HandOff(alert_id=alert.id, channel=channel, person_id=CARER.id, at_ms=NOW_MS, error=error)
        )
    found = (await client_for(CARER).get(f"/api/v1/alerts/{alert.id}")).json()
    assert found["explanation"]["model"]["probability"] == 0.97
    assert [(each["channel"], each["succeeded"], each["because"]) for each in found["hand_offs"]] == [
        ("in-app", True, None),
        ("mail", False, None),
        ("held:grouped", False, "It goes out together with others."),
    ]


async def test_where_an_alert_went_says_to_whom_on_which_occasion_and_what_the_channel_answered(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    taken = HandOff(
        alert_id=alert.id,
        channel="email",
        person_id=CARER.id,
        at_ms=NOW_MS,
        occasion="escalation",
        step=1,
        key="k1",
        receipt="250 queued",
    )
    refused = replace(taken, receipt=None, error="refused by the server")
    held = HandOff(alert_id=alert.id, channel="held:grouped", person_id="", at_ms=NOW_MS, error="grouped")
    cloud.alerts.hand_offs.extend([taken, refused, held])
    told, failed, kept = (await client_for(CARER).get(f"/api/v1/alerts/{alert.id}")).json()["hand_offs"]
    common = {"channel": "email", "to": CARER.display_name, "occasion": "escalation", "step": 1, "key": "k1"}
    assert common.items() <= told.items()
    assert common.items() <= failed.items()
    assert (told["receipt"], told["error"]) == ("250 queued", None)
    assert (failed["receipt"], failed["error"]) == (None, "refused by the server")
    assert (kept["to"], kept["error"], kept["receipt"]) == (None, None, None)


@pytest.mark.parametrize(
    ("asked", "header", "title"),
    [
        ({}, "", "Fast heart rate"),
        ({}, "zh-CN,zh;q=0.9", "心率过快"),
        ({"lang": "zh"}, "en", "心率过快"),
        ({"lang": "en"}, "zh", "Fast heart rate"),
        ({"lang": "tlh"}, "zh", "Fast heart rate"),
    ],
)
async def test_an_alert_is_read_in_the_language_asked_for(
    cloud: FakeCloud, client_for: ClientFor, asked: dict[str, str], header: str, title: str
) -> None:
    alert = an_alert("tachycardia")
    cloud.alerts.alerts[alert.id] = alert
    client = client_for(CARER)
    headers = {"accept-language": header}
    one = (await client.get(f"/api/v1/alerts/{alert.id}", params=asked, headers=headers)).json()
    listed = (await client.get("/api/v1/patients/p-wei/alerts", params=asked, headers=headers)).json()
    told = one["explanation"]
    assert told["title"] == listed["alerts"][0]["explanation"]["title"] == title
    assert told["summary"]
    assert told["advice"].keys() == {"patient", "caregiver", "clinician"}


async def test_acknowledging_is_named_timed_and_told_to_open_pages(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    watcher = cloud.live.subscribe(frozenset({"p-wei"}))
    answer = await client_for(CARER).post(
        f"/api/v1/alerts/{alert.id}/acknowledge", json={"reason": "false-alarm"}
    )
    assert answer.status_code == 200
    assert answer.json()["acknowledged_by"] == "Lin"
    assert answer.json()["acknowledged_reason"] == "false-alarm"
    assert [event.name for event in await watcher.take(1)] == ["alert"]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "because"}, [], {"reason": None}])
async def test_acknowledging_takes_a_known_reason(
    cloud: FakeCloud, client_for: ClientFor, body: object
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    answer = await client_for(CARER).post(f"/api/v1/alerts/{alert.id}/acknowledge", json=body)
    assert answer.status_code == 422
    assert cloud.alerts.alerts[alert.id].acknowledged_ms is None


async def test_a_cookie_alone_does_not_acknowledge_from_another_site(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    browser = client_for(None)
    browser.cookies.set("carewire", cloud.token(CARER))
    for headers in ({}, {"origin": "https://evil.example"}):
        for path in (f"/api/v1/alerts/{alert.id}/acknowledge", f"/alerts/{alert.id}/acknowledge"):
            answer = await browser.post(path, json={"reason": "real"}, headers=headers)
            assert answer.status_code == 403
    assert cloud.alerts.alerts[alert.id].acknowledged_ms is None
