"""Strips as they were sent, within limits."""

import base64

import pytest

from cloud.api import waveforms
from cloud.ports import Strip
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud


def strip(seconds_ago: float) -> Strip:
    return Strip(
        device="c0-01",
        kind="ecg",
        t0_ms=NOW_MS - int(seconds_ago * 1000),
        rate_hz=100.0,
        samples=b"\x01\x00" * 100,
        scale=0.001,
        offset=0.5,
        lead="I",
    )


async def test_waveforms_come_as_they_were_sent(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.series.strips["p-wei", "ecg"] = [strip(60), strip(2)]
    found = (await client_for(CARER).get("/api/v1/patients/p-wei/waveforms/ecg")).json()
    assert found["unit"] == "mV"
    assert found["omitted"] == 0
    [shown] = found["strips"]
    assert shown["t0_ms"] == NOW_MS - 2000
    assert base64.b64decode(shown["samples"]) == b"\x01\x00" * 100


async def test_too_many_samples_leave_out_the_oldest_strips_and_say_so(
    cloud: FakeCloud, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waveforms, "MOST_SAMPLE_BYTES", 450)
    cloud.series.strips["p-wei", "ecg"] = [strip(4), strip(3), strip(2)]
    found = (await client_for(CARER).get("/api/v1/patients/p-wei/waveforms/ecg")).json()
    assert [each["t0_ms"] for each in found["strips"]] == [NOW_MS - 3000, NOW_MS - 2000]
    assert found["omitted"] == 1


async def test_ten_minutes_of_waveform_at_most(client_for: ClientFor) -> None:
    query = {"from": str(NOW_MS - 600_001), "to": str(NOW_MS)}
    answer = await client_for(CARER).get("/api/v1/patients/p-wei/waveforms/ecg", params=query)
    assert answer.status_code == 422
