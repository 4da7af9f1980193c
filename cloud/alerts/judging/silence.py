"""Missing data is itself an alarm: silence, by the server's clock, with the nearest cause told.

A device's silence counts from its last data, but never while something else explains it, nor
from before anybody was watching. A time still to come was noted by a clock that was ahead: from
then on it counts from when that was seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.state import Episode
from cloud.alerts.rules.rows import QuietDeviceRule, QuietGatewayRule, Rule
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState, Device, Family

__all__ = ["ABANDONED_MS", "GatewayHeard", "GatewayPresence", "Surroundings", "Watch", "judge_silence"]

ABANDONED_MS: Final = 3_600_000
"""An acknowledged alert of a device not heard for this long ends: nothing more will come of it."""


class GatewayPresence(Protocol):
    """When gateways were last heard, by the server's clock, and what the broker says of them."""

    def heard_ms_by_gateway(self) -> Mapping[str, int]:
        """Return the server time of the last message of each gateway that ever sent one."""
        ...

    def online(self, gateway: str) -> bool | None:
        """Return what its retained presence (or its Last Will) says, None if never told."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHeard:
    """A gateway, the patient's devices behind it, and since when it has been quiet."""

    gateway: str
    devices: tuple[str, ...]
    heard_ms: int
    is_online: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the server knows around a patient: devices bound now, their gateways, since when it watches."""

    devices: frozenset[str]
    gateways: tuple[GatewayHeard, ...]
    watching_since_ms: int


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks around each patient; a gateway never heard counts from when it was first looked for."""

    presence: GatewayPresence
    since_ms: int
    _first_asked_ms: dict[str, int] = field(default_factory=dict)

    def around(self, devices: Iterable[Device], heard: Mapping[str, int], now_ms: int) -> Surroundings:
        """Return the surroundings of a patient who wears `devices` now, with gateways `heard` when."""
        self.since_ms = min(self.since_ms, now_ms)
        behind: dict[str, list[str]] = {}
        for device in devices:
            behind.setdefault(device.gateway, []).append(device.id)
        return Surroundings(
            devices=frozenset(device for ids in behind.values() for device in ids),
            gateways=tuple(
                GatewayHeard(
                    gateway=gateway,
                    devices=tuple(ids),
                    heard_ms=self._heard_ms(gateway, heard.get(gateway), now_ms),
                    is_online=self.presence.online(gateway),
                )
                for gateway, ids in behind.items()
                if gateway
            ),
            watching_since_ms=self.since_ms,
        )

    def _heard_ms(self, gateway: str, heard_ms: int | None, now_ms: int) -> int:
        if heard_ms is None or heard_ms > now_ms:
            asked_ms = self._first_asked_ms.get(gateway, now_ms)
            self._first_asked_ms[gateway] = min(asked_ms, now_ms)
            return self._first_asked_ms[gateway]
        self._first_asked_ms.pop(gateway, None)
        return max(heard_ms, self.since_ms)


def judge_silence(chart: Chart, around: Surroundings) -> None:
    """Judge gateways first, then devices, then let go of what nobody will hear of again."""
    for gateway_rule in chart.plan.rules.of(QuietGatewayRule):
        for heard in around.gateways:
            _judge_gateway(chart, gateway_rule, heard)
    for device_rule in chart.plan.rules.of(QuietDeviceRule):
        for device in around.devices & chart.devices.keys():
            _judge_device(chart, device_rule, device, around)
    _let_go(chart, around)


def _judge_gateway(chart: Chart, rule: QuietGatewayRule, heard: GatewayHeard) -> None:
    after_s = rule.offline_after_s if heard.is_online is False else rule.after_s
    if chart.now_ms - heard.heard_ms < after_s * 1000:
        chart.recover(rule, heard.gateway, chart.now_ms)
    elif chart.find(rule, heard.gateway) is None:
        _raise(chart, rule, heard.gateway, Finding(devices=heard.devices, hold_s=after_s), heard.heard_ms)


def _judge_device(chart: Chart, rule: QuietDeviceRule, device: str, around: Surroundings) -> None:
    memory = chart.devices[device]
    if memory.data_received_ms is None:
        return
    if memory.is_away or _is_explained(chart, rule, device):
        chart.recover(rule, device, chart.now_ms)
        return
    quiet_since_ms = max(memory.data_received_ms, memory.explained_ms, around.watching_since_ms)
    if chart.now_ms - quiet_since_ms >= rule.after_s * 1000 and chart.find(rule, device) is None:
        _raise(chart, rule, device, Finding(devices=(device,), hold_s=rule.after_s), quiet_since_ms)


def _is_explained(chart: Chart, rule: QuietDeviceRule, device: str) -> bool:
    return any(
        episode.rule in rule.inhibited_by and device in episode.devices for episode in chart.episodes.values()
    )


def _raise(chart: Chart, rule: Rule, source: str, finding: Finding, since_ms: int) -> None:
    episode = chart.begin(rule, source, devices=finding.devices, t_ms=since_ms)
    chart.activate(rule, episode, finding, noticed_ms=None)


def _let_go(chart: Chart, around: Surroundings) -> None:
    """End what nobody will hear of again; what a person has yet to see stays."""
    for (_, source), episode in list(chart.episodes.items()):
        rule = chart.rule_of(episode)
        if not rule.latched and _is_over(chart, rule, episode, around):
            chart.recover(rule, source, chart.now_ms)
    for device in chart.devices.keys() - around.devices:
        del chart.devices[device]


def _is_over(chart: Chart, rule: Rule, episode: Episode, around: Surroundings) -> bool:
    if not episode.devices:  # of the person, not of a wearable: what judges it ends it
        return False
    is_worn = bool(around.devices.intersection(episode.devices))
    if episode.life is AlertState.ACKNOWLEDGED and rule.family is Family.PHYSIOLOGICAL:
        return not is_worn or _is_abandoned(chart, episode.devices)
    return not is_worn and (rule.family is Family.TECHNICAL or episode.life is AlertState.PENDING)


def _is_abandoned(chart: Chart, devices: tuple[str, ...]) -> bool:
    heard_ms = (chart.device(device).data_received_ms for device in devices)
    return all(heard is None or chart.now_ms - heard >= ABANDONED_MS for heard in heard_ms)
