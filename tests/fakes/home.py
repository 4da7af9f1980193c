"""Homes as the gateway's page shows them: a quiet one, and one in which everything happens at once."""

from dataclasses import replace

from edge.alarms.board import Reading, WearableNow
from edge.alarms.host_watch import HostReading
from edge.alarms.local_alarm import ALARMS, AlarmKey, Priority
from edge.alarms.standing_alarms import Family, StandingAlarm
from edge.now import Now
from edge.ports import Backlog
from vitals.records import DeviceReport, HostState, LinkState

T_MS = 1_700_000_000_000
STRAP, PENDANT, CUFF = "c0-ca-4e-00-00-01", "c0-ca-4e-00-00-02", "c0-ca-4e-00-00-03"
FALL = "b1946ac92492d2347c6235b4d2611184"
HOSTILE = "<img src=x onerror=alert(1)>\"'&"


def quiet_home() -> Now:
    return Now(
        gateway_id="hallway",
        t_ms=T_MS,
        uptime_s=9 * 86_400,
        is_link_up=True,
        heard_s_ago=2.0,
        reading=HostReading(
            host=HostState(cpu_temperature_c=51.2, disk_free_bytes=23_400_000_000, load=0.2),
            clock_synced=True,
        ),
        wearables=(
            WearableNow(
                device=STRAP,
                report=DeviceReport(
                    device=STRAP, t_ms=T_MS, link=LinkState.CONNECTED, battery_percent=87, on_body=True
                ),
                readings={
                    "heart_rate": Reading(t_ms=T_MS - 900, value=64.0, quality=1.0),
                    "respiratory_rate": Reading(t_ms=T_MS - 8_000, value=14.0),
                },
            ),
            WearableNow(
                device=CUFF,
                report=DeviceReport(device=CUFF, t_ms=T_MS, link=LinkState.CONNECTED, battery_percent=60),
                readings={
                    "systolic_pressure": Reading(t_ms=T_MS - 5_400_000, value=128.0),
                    "diastolic_pressure": Reading(t_ms=T_MS - 5_400_000, value=82.0),
                },
            ),
        ),
        names={STRAP: "Chest strap", CUFF: "Blood pressure cuff"},
    )


def own_alarm(key: AlarmKey, *, since_ms: int) -> StandingAlarm:
    row = ALARMS[key]
    return StandingAlarm(
        key=row.key,
        title=row.title,
        says=row.remedy,
        priority=row.priority,
        family=Family.TECHNICAL,
        since_ms=since_ms,
    )


def alarmed_home() -> Now:
    """An afternoon without a network: somebody fell, and much else is amiss."""
    quiet = quiet_home()
    fall = StandingAlarm(
        key=FALL,
        title="Perhaps a fall",
        says="Look after the person, and call for help if it is needed. The cloud is told too.",
        priority=Priority.HIGH,
        family=Family.PHYSIOLOGICAL,
        since_ms=T_MS - 95_000,
        device=PENDANT,
    )
    rhythm = replace(
        fall,
        key="0" * 32,
        title="Heart rhythm irregular",
        priority=Priority.MEDIUM,
        since_ms=T_MS - 1_260_000,
        device=STRAP,
        is_acknowledged=True,
    )
    pendant = WearableNow(
        device=PENDANT,
        report=DeviceReport(device=PENDANT, t_ms=T_MS, link=LinkState.DISCONNECTED, battery_percent=9),
        readings={
            "heart_rate": Reading(t_ms=T_MS - 400_000, value=48.0, quality=0.5),
            "oxygen_saturation": Reading(t_ms=T_MS - 400_000, value=93.0),
            "body_temperature": Reading(t_ms=T_MS - 4_000_000, value=37.4),
        },
    )
    return replace(
        quiet,
        is_link_up=False,
        heard_s_ago=1_300.0,
        backlog=Backlog(records=18_412, size_bytes=21_300_000, oldest_unsent_ms=T_MS - 1_300_000),
        alarms=(
            fall,
            rhythm,
            own_alarm(AlarmKey.CLOUD_SILENT, since_ms=T_MS - 1_240_000),
            own_alarm(AlarmKey.POWER_POOR, since_ms=T_MS - 7_000_000),
        ),
        quiet=frozenset({"0" * 32, AlarmKey.CLOUD_SILENT}),
        wearables=(*quiet.wearables, pendant),
        names={**quiet.names, PENDANT: "Grandmother's pendant by the bed"},
    )


def hostile_home() -> Now:
    """A home whose wearables, gateway and alarms bear names meant to do harm."""
    home = alarmed_home()
    return replace(
        home,
        gateway_id=HOSTILE,
        names=dict.fromkeys((STRAP, PENDANT, CUFF), HOSTILE),
        alarms=tuple(replace(alarm, title=HOSTILE, says=HOSTILE, key=HOSTILE) for alarm in home.alarms),
    )
