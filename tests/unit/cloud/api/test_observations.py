"""Single values: the newest, a period of them, and long periods summed up."""

import pytest

from cloud.ports import Point
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud
from vitals.records import Gap, GapReason


def point(seconds_ago: float, value: float = 70.0, device: str = "c0-01") -> Point:
    return Point(t_ms=NOW_MS - int(seconds_ago * 1000), value=value, quality=0.9, device=device)


async def test_the_newest_values_come_with_unit_time_and_quality(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.series.points["p-wei", "heart_rate"] = [point(2, 71.0), point(1, 72.0)]
    [latest] = (await client_for(CARER).get("/api/v1/patients/p-wei/observations")).json()["latest"]
    assert latest == {
        "kind": "heart_rate",
        "display": "Heart rate",
        "unit": "/min",
        "value": 72.0,
        "effective": "2023-11-14T22:13:19.000Z",
        "t_ms": NOW_MS - 1000,
        "quality": 0.9,
        "device": "c0-01",
    }


async def test_a_long_history_is_summed_up_from_whole_stretches_on(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    hour_ms = 3_600_000
    start_ms = NOW_MS - NOW_MS % hour_ms
    cloud.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=start_ms - 1, value=50.0, quality=None, device="c0-01"),
        Point(t_ms=start_ms, value=70.0, quality=0.9, device="c0-01"),
        Point(t_ms=start_ms + 1, value=74.0, quality=0.2, device="c0-01"),
        Point(t_ms=start_ms + 2, value=72.0, quality=None, device="c0-02"),
    ]
    answer = await client_for(CARER).get(
        "/api/v1/patients/p-wei/observations/heart_rate/rollups",
        params={"from": start_ms - 1, "to": start_ms + 60_000, "every_s": 3600},
    )
    assert answer.json() == {
        "kind": "heart_rate",
        "unit": "/min",
        "from": "2023-11-14T21:00:00.000Z",
        "to": "2023-11-14T22:01:00.000Z",
        "every_s": 3600,
        "t_ms": [start_ms - hour_ms, start_ms],
        "count": [1, 2],
        "minimum": [50.0, 70.0],
        "maximum": [50.0, 72.0],
        "mean": [50.0, 71.0],
        "deviation": [0.0, 1.0],
        "gaps": [],
    }


@pytest.mark.parametrize("every_s", [0, 59, 90, 32 * 86_400])
async def test_stretches_are_whole_minutes_up_to_a_month(client_for: ClientFor, every_s: int) -> None:
    answer = await client_for(CARER).get(
        "/api/v1/patients/p-wei/observations/heart_rate/rollups", params={"every_s": every_s}
    )
    assert answer.status_code == 422


async def test_a_period_of_too_many_stretches_is_refused_with_what_to_do(client_for: ClientFor) -> None:
    answer = await client_for(CARER).get(
        "/api/v1/patients/p-wei/observations/heart_rate/rollups",
        params={"from": 0, "to": NOW_MS, "every_s": 60},
    )
    assert answer.status_code == 422
    assert "ask in pieces" in answer.json()["detail"]


async def test_observations_come_in_columns_and_say_what_is_omitted(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.series.points["p-wei", "heart_rate"] = [point(3, 1.0), point(2, 2.0, "c0-02"), point(1, 3.0)]
    cloud.occurrences.missing["p-wei", "heart_rate"] = [
        Gap(device="c0-01", kind="heart_rate", from_ms=NOW_MS - 9, to_ms=NOW_MS, reason=GapReason.SENSOR_OFF)
    ]
    answer = await client_for(CARER).get(
        "/api/v1/patients/p-wei/observations/heart_rate", params={"limit": 2}
    )
    assert answer.json() == {
        "kind": "heart_rate",
        "unit": "/min",
        "from": "2023-11-14T21:13:20.001Z",
        "to": "2023-11-14T22:13:20.001Z",
        "t_ms": [NOW_MS - 2000, NOW_MS - 1000],
        "value": [2.0, 3.0],
        "quality": [0.9, 0.9],
        "device": [1, 0],
        "devices": ["c0-01", "c0-02"],
        "gaps": [
            {
                "device": "c0-01",
                "from_ms": NOW_MS - 9,
                "to_ms": NOW_MS,
                "reason": "sensor-off",
                "missed": None,
            }
        ],
        "omitted": 1,
    }


async def test_an_unknown_kind_is_not_found_and_the_known_ones_are_named(client_for: ClientFor) -> None:
    for resource in ("observations", "waveforms"):
        answer = await client_for(CARER).get(f"/api/v1/patients/p-wei/{resource}/moods")
        assert answer.status_code == 404
        assert "heart_rate" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 20_001}, {"from": "soon"}, {"from": "0", "to": "9" * 13}]
)
async def test_a_range_beyond_its_limits_is_refused(client_for: ClientFor, query: dict[str, str]) -> None:
    answer = await client_for(CARER).get("/api/v1/patients/p-wei/observations/heart_rate", params=query)
    assert answer.status_code == 422
