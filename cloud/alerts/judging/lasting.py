"""What lasts: pending until it has lasted, and at an end once it has been over for long enough."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.state import Episode
from cloud.alerts.rules.rows import LastingRule
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState

__all__ = ["ABANDONED_MS", "Look", "judge_lasting"]

ABANDONED_MS: Final = 3_600_000
"""What somebody took on, and of which nothing was seen for so long, is over: what comes then is news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen at `t_ms` of one episode's cause; between beyond and clear lies neither."""

    source: str
    devices: tuple[str, ...]
    t_ms: int
    is_beyond: bool
    is_clear: bool


def judge_lasting(chart: Chart, rule: LastingRule, look: Look, finding: Callable[[], Finding]) -> None:
    """Begin, raise, follow or end the episode of a row and a source; looks come oldest first."""
    episode = chart.find(rule, look.source)
    if episode is not None and _is_news(rule, episode, look):
        chart.recover(rule, look.source, look.t_ms)
        episode = None
    if episode is None or episode.life is AlertState.PENDING:
        _await(chart, rule, episode, look, finding)
    else:
        _follow(chart, rule, episode, look)


def _is_news(rule: LastingRule, episode: Episode, look: Look) -> bool:
    """Tell whether a look comes so long after the last that what somebody took on cannot be meant."""
    is_taken_on = episode.life is AlertState.ACKNOWLEDGED
    return is_taken_on and look.t_ms - episode.newest_ms >= max(ABANDONED_MS, rule.longest_gap_s * 1000)


def _await(
    chart: Chart, rule: LastingRule, episode: Episode | None, look: Look, finding: Callable[[], Finding]
) -> None:
    """Raise once it has been beyond for long enough without a break."""
    if episode is not None and not (look.is_beyond and _is_joined(rule, episode, look)):
        chart.recover(rule, look.source, look.t_ms)
        episode = None
    if not look.is_beyond:
        return
    episode = episode or chart.begin(rule, look.source, devices=look.devices, t_ms=look.t_ms)
    episode = msgspec.structs.replace(episode, newest_ms=look.t_ms)
    chart.keep(episode)
    if look.t_ms - episode.began_ms >= rule.hold_s * 1000:
        chart.activate(rule, episode, finding(), noticed_ms=look.t_ms)


def _follow(chart: Chart, rule: LastingRule, episode: Episode, look: Look) -> None:
    """End an active episode once it is clear for long enough; acknowledged or not."""
    since = episode.clearing_ms if _is_joined(rule, episode, look) else None
    since = (look.t_ms if since is None else since) if look.is_clear else None
    chart.keep(msgspec.structs.replace(episode, newest_ms=look.t_ms, clearing_ms=since))
    if since is not None and look.t_ms - since >= rule.clear_s * 1000:
        chart.recover(rule, episode.source, look.t_ms)


def _is_joined(rule: LastingRule, episode: Episode, look: Look) -> bool:
    return 0 <= look.t_ms - episode.newest_ms <= rule.longest_gap_s * 1000
