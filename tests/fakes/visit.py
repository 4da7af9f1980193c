"""Two weeks of somebody's life in fakes: what a report for a visit is made of."""

import math
from dataclasses import replace

import numpy as np

from cloud.access.sessions import DAY_MS, HOUR_MS
from cloud.ports import AlertState, FactNote, HandOff, Point, RuleChange, Strip
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import CARER, DOCTOR, FakeCloud
from tests.fakes.ecg import excerpt
from vitals.records import DeviceReport, Gap, GapReason, HealthEvent, LinkState, Phase

STRAP, SENSOR, CUFF = "c0-01", "c0-02", "c0-03"
MINUTE_MS = 60_000
WEI = "p-wei"


def lived(cloud: FakeCloud, *, days: int = 14, every_minutes: int = 5) -> FakeCloud:
    """Return it with so many days of Wei up to now: a strap, a glucose sensor, a cuff; events and alerts."""
    now_ms = cloud.clock.wall_ms()
    begin_ms = now_ms - days * DAY_MS
    for device in (STRAP, SENSOR, CUFF):
        cloud.directory.bind(device, WEI, begin_ms)
    _measure(cloud, begin_ms, now_ms, every_minutes)
    _notice(cloud, now_ms)
    _alert(cloud, now_ms)
    return cloud


def _measure(cloud: FakeCloud, begin_ms: int, now_ms: int, every_minutes: int) -> None:
    times = range(begin_ms, now_ms, every_minutes * MINUTE_MS)
    worn = [t_ms for t_ms in times if (t_ms // HOUR_MS) % 24 != 13]  # taken off after lunch
    put(cloud, "heart_rate", STRAP, ((t_ms, 66 + 12 * _daily(t_ms) + t_ms // 7_000 % 9) for t_ms in worn))
    put(cloud, "respiratory_rate", STRAP, ((t_ms, 15 + t_ms // 300_000 % 4) for t_ms in worn))
    put(cloud, "glucose", SENSOR, ((t_ms, sugar(t_ms)) for t_ms in times))
    twice = range(begin_ms + 8 * HOUR_MS, now_ms, 12 * HOUR_MS)
    put(cloud, "systolic_pressure", CUFF, ((t_ms, 132 + t_ms // HOUR_MS % 11) for t_ms in twice))
    put(cloud, "diastolic_pressure", CUFF, ((t_ms, 81 + t_ms // HOUR_MS % 7) for t_ms in twice))
    put(cloud, "body_temperature", CUFF, ((t_ms, 36.5 + (t_ms // HOUR_MS % 5) / 10) for t_ms in twice))
    cloud.occurrences.missing[WEI, "heart_rate"] = [
        Gap(
            device=STRAP,
            kind="heart_rate",
            from_ms=now_ms - 2 * DAY_MS,
            to_ms=now_ms - 2 * DAY_MS + HOUR_MS,
            reason=GapReason.SENSOR_OFF,
        )
    ]
    cloud.occurrences.reported[WEI] = [
        DeviceReport(
            device=STRAP,
            t_ms=t_ms,
            link=LinkState.CONNECTED,
            model="Polar H10",
            on_body=(t_ms // HOUR_MS) % 24 != 13,
        )
        for t_ms in range(begin_ms, now_ms, 5 * MINUTE_MS)
    ]


def put(cloud: FakeCloud, kind: str, device: str, readings: object) -> None:
    """Add readings in order of time."""
    cloud.series.points[WEI, kind] = [
        Point(t_ms=t_ms, value=float(value), quality=0.9, device=device) for t_ms, value in readings
    ]


def sugar(t_ms: int) -> float:
    """Return a made-up glucose in mg/dL that rises after meals and differs from day to day."""
    hour, day = t_ms / HOUR_MS % 24, t_ms // DAY_MS
    meals = sum(70 * math.exp(-(((hour - at - 1) / 1.2) ** 2)) for at in (7, 12, 18))
    return round(108 + meals * (0.7 + day * 7 % 5 / 6) - 45 * math.exp(-(((hour - 3 - day % 2) / 1.4) ** 2)))


def _daily(t_ms: int) -> float:
    return math.sin((t_ms / HOUR_MS % 24 - 9) / 24 * 2 * math.pi)


def _notice(cloud: FakeCloud, now_ms: int) -> None:
    at_ms = now_ms - 3 * DAY_MS
    for phase, t_ms in ((Phase.ONSET, at_ms), (Phase.END, at_ms + 40_000)):
        cloud.occurrences.happened.setdefault(WEI, []).append(
            HealthEvent(
                event_id="episode-1",
                device=STRAP,
                condition="atrial-fibrillation",
                phase=phase,
                t_ms=t_ms,
                noticed_ms=t_ms + 9_000,
            )
        )
    found = excerpt("203")
    cloud.series.strips[WEI, "ecg"] = [
        Strip(
            device=STRAP,
            kind="ecg",
            t0_ms=at_ms - 5_000,
            rate_hz=found.rate_hz,
            samples=np.rint(found.ecg_mv * 1_000).astype("<i2").tobytes(),
            scale=0.001,
            offset=0.0,
            lead="I",
        )
    ]


def _alert(cloud: FakeCloud, now_ms: int) -> None:
    began_ms = now_ms - 3 * DAY_MS
    mine = (
        an_alert(
            "atrial-fibrillation",
            now_ms=began_ms,
            state=AlertState.RESOLVED,
            resolved_ms=began_ms + 600_000,
            acknowledged_ms=began_ms + 90_000,
            acknowledged_by=CARER.id,
            acknowledged_reason="known",
        ),
        an_alert(
            "tachycardia", now_ms=began_ms - DAY_MS, state=AlertState.RESOLVED, resolved_ms=began_ms - DAY_MS
        ),
        replace(
            an_alert("battery-low", now_ms=began_ms), state=AlertState.RESOLVED, resolved_ms=began_ms + 1
        ),
    )
    for alert in mine:
        cloud.alerts.alerts[alert.id] = alert
    cloud.alerts.hand_offs.append(
        HandOff(alert_id=mine[0].id, channel="email", person_id=CARER.id, at_ms=began_ms)
    )
    cloud.facts.note(
        FactNote(
            patient_id=WEI,
            name="birth_date",
            value="1945-02-03",
            from_ms=0,
            until_ms=None,
            author_id=DOCTOR.id,
            made_ms=1,
        )
    )
    cloud.rule_book.add(
        RuleChange(
            patient_id=WEI,
            rule="tachycardia",
            changes={"limit": 135},
            from_ms=began_ms,
            until_ms=None,
            author_id=DOCTOR.id,
            reason="as agreed with him",
            made_ms=began_ms,
        )
    )
