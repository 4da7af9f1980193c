"""Courses over HTTP: compact columns with what belongs beside them, to whom it is open."""

from cloud.alerts.rules.catalogue import RULES
from cloud.ports import AlertCourse, Scope
from tests.fakes.cloud_services import CARER, STRANGER, ClientFor, FakeCloud
from tests.fakes.readings import DAY_MS, HOUR_MS, add, add_heart
from tests.fakes.rule_book import change_of
from vitals.records import Gap, GapReason

ADDRESS = "/api/v1/patients/p-wei/observations/heart_rate/course"


def raised(cloud: FakeCloud, condition: str, ago_ms: int) -> None:
    rule = RULES[condition]
    cloud.burden.alerts.append(
        AlertCourse(
            id=f"a-{condition}",
            patient_id="p-wei",
            condition=condition,
            family=rule.family,
            priority=rule.priority,
            raised_ms=cloud.clock.wall_ms() - ago_ms,
            acknowledged_ms=None,
            acknowledged_by=None,
            acknowledged_reason=None,
            delayed=False,
        )
    )


async def test_of_two_hours_each_value_stands_for_itself_and_a_null_where_nothing_was_measured(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    now_ms = cloud.clock.wall_ms()
    times = [now_ms - 100_000 + 1_000 * second for second in (0, 1, 2, 60, 61)]
    add(cloud.series, "heart_rate", *zip(times, (70.0, 71.0, 0.0, 72.0, 73.25), strict=True))
    answer = await client_for(CARER).get(ADDRESS, params={"from": now_ms - 2 * HOUR_MS})
    found = answer.json()
    assert found["mean"] == found["minimum"] == found["maximum"] == [70.0, 71.0, None, 72.0, 73.25]
    assert found["t_ms"] == [times[0], times[1], times[1] + 1, times[3], times[4]]
    assert (found["every_s"], found["left_out"], found["unit"]) == (0, 1, "/min")


async def test_days_are_told_in_minutes_and_weeks_in_hours_with_lowest_and_highest(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    now_ms = cloud.clock.wall_ms()
    start_ms = (now_ms - HOUR_MS) // HOUR_MS * HOUR_MS
    add(cloud.series, "heart_rate", (start_ms, 60.0), (start_ms + 1_000, 80.0), (start_ms + 90_000, 90.0))
    client = client_for(CARER)
    minutes = (await client.get(ADDRESS, params={"from": now_ms - DAY_MS})).json()
    assert (minutes["every_s"], minutes["mean"]) == (60, [70.0, 90.0])
    assert (minutes["minimum"], minutes["maximum"]) == ([60.0, 90.0], [80.0, 90.0])
    hours = (await client.get(ADDRESS, params={"from": now_ms - 30 * DAY_MS})).json()
    assert (hours["every_s"], hours["t_ms"], hours["minimum"], hours["maximum"]) == (
        3600,
        [start_ms],
        [60.0],
        [90.0],
    )


async def test_beside_it_stand_gaps_limits_alerts_and_what_is_usual(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    now_ms = cloud.clock.wall_ms()
    add_heart(cloud.series, now_ms, days=20)
    cloud.occurrences.missing["p-wei", "heart_rate"] = [
        Gap(
            device="c0-01",
            kind="heart_rate",
            from_ms=now_ms - 2 * HOUR_MS,
            to_ms=now_ms - HOUR_MS,
            reason=GapReason.SENSOR_OFF,
        )
    ]
    cloud.rule_book.changes = [change_of("tachycardia", limit=140)]
    for condition in ("tachycardia", "atrial-fibrillation", "battery-low"):
        raised(cloud, condition, HOUR_MS)
    raised(cloud, "bradycardia", 2 * DAY_MS)
    found = (await client_for(CARER).get(ADDRESS)).json()
    assert [gap["reason"] for gap in found["gaps"]] == ["sensor-off"]
    assert {"rule": "tachycardia", "direction": "above", "limit": 140, "priority": "medium"} in found[
        "limits"
    ]
    assert {each["condition"] for each in found["alerts"]} == {"tachycardia", "atrial-fibrillation"}
    assert len(found["usual"]) >= 24
    assert all(each["low"] < each["high"] for each in found["usual"])


async def test_limits_and_alerts_are_shown_to_whom_alerts_are_open_alone(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    raised(cloud, "tachycardia", HOUR_MS)
    cloud.directory.relations.grants.clear()
    cloud.directory.grant(CARER.id, "p-wei", 0, None, frozenset({Scope.VITALS}))
    found = (await client_for(CARER).get(ADDRESS)).json()
    assert (found["limits"], found["alerts"]) == ([], [])


async def test_a_stranger_gets_nothing_and_nobody_a_kind_there_is_not(client_for: ClientFor) -> None:
    assert (await client_for(STRANGER).get(ADDRESS)).status_code == 404
    unknown = await client_for(CARER).get(ADDRESS.replace("heart_rate", "happiness"))
    assert unknown.status_code == 404
    backwards = await client_for(CARER).get(ADDRESS, params={"from": "2000", "to": "1000"})
    assert backwards.status_code == 422
