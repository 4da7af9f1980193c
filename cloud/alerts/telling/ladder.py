"""On which step an alert stands: reckoned from what was told when, never remembered.

A step waits for as long as lies between it and the one before, from when that one was begun; so a clock
that jumps brings one step early, or late by no more than one wait, and never all of them at once. What was
told at a time still to come was told by a clock that was wrong, and puts nothing off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.alerts.telling.history import UNTAKEN, History
from cloud.ports import Alert, AlertState, EscalationPolicy, HandOff, Occasion

__all__ = ["Standing", "row_of", "standing_of"]

_SECOND_MS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The occasion and step that an alert has come to, and when it comes to the next, if ever.

    `occasion` is None while it is too soon for the first. What is `fresh` was never tried at this step.
    """

    occasion: Occasion | None
    step: int = 0
    next_ms: int | None = None
    fresh: bool = False


def standing_of(alert: Alert, policy: EscalationPolicy, past: History, now_ms: int) -> Standing:
    """Return where an alert stands now."""
    if alert.state.awaits_a_person:
        return _untaken(alert, policy, past, now_ms)
    if alert.state is AlertState.ACKNOWLEDGED:
        return _taken_on(alert, policy, past, now_ms)
    return Standing(occasion=Occasion.ENDED, fresh=not past.of({Occasion.ENDED}, 0))


def row_of(policy: EscalationPolicy, step: int) -> int:
    """Return which of the policy's steps one is: those after the last are the last, said again."""
    return min(step, len(policy.steps) - 1)


def _untaken(alert: Alert, policy: EscalationPolicy, past: History, now_ms: int) -> Standing:
    step = past.last_step(UNTAKEN)
    if step is None:
        return _first(alert, policy, now_ms)
    begun_ms = _begun_ms(past.of(UNTAKEN, step), now_ms)
    wait_ms = _wait_ms(policy, step)
    if wait_ms is not None and _is_over(begun_ms, wait_ms, now_ms):
        return _at(step + 1, policy, now_ms, fresh=True)
    next_ms = None if wait_ms is None or begun_ms is None else begun_ms + wait_ms
    return Standing(occasion=_occasion(step), step=step, next_ms=next_ms)


def _first(alert: Alert, policy: EscalationPolicy, now_ms: int) -> Standing:
    from_ms = alert.raised_ms + policy.steps[0].after_s * _SECOND_MS
    if alert.raised_ms <= now_ms < from_ms:
        return Standing(occasion=None, next_ms=from_ms)
    return _at(0, policy, now_ms, fresh=True)


def _at(step: int, policy: EscalationPolicy, now_ms: int, *, fresh: bool) -> Standing:
    wait_ms = _wait_ms(policy, step)
    next_ms = None if wait_ms is None else now_ms + wait_ms
    return Standing(occasion=_occasion(step), step=step, next_ms=next_ms, fresh=fresh)


def _occasion(step: int) -> Occasion:
    return Occasion.ESCALATION if step else Occasion.ONSET


def _wait_ms(policy: EscalationPolicy, step: int) -> int | None:
    """Return how long a step lasts until the next; None: for ever."""
    if step + 1 < len(policy.steps):
        return (policy.steps[step + 1].after_s - policy.steps[step].after_s) * _SECOND_MS
    return None if policy.repeat_s is None else policy.repeat_s * _SECOND_MS


def _taken_on(alert: Alert, policy: EscalationPolicy, past: History, now_ms: int) -> Standing:
    reminded = past.last_step({Occasion.REMINDER})
    tries = [] if reminded is None else past.of({Occasion.REMINDER}, reminded)
    since_ms = alert.acknowledged_ms if reminded is None else _begun_ms(tries, now_ms)
    upcoming = 0 if reminded is None else reminded + 1
    if policy.remind_s is not None and _is_over(since_ms, policy.remind_s * _SECOND_MS, now_ms):
        return Standing(
            occasion=Occasion.REMINDER,
            step=upcoming,
            next_ms=now_ms + policy.remind_s * _SECOND_MS,
            fresh=True,
        )
    next_ms = None if policy.remind_s is None or since_ms is None else since_ms + policy.remind_s * _SECOND_MS
    if reminded is None:
        is_fresh = not past.of({Occasion.ACKNOWLEDGED}, 0)
        return Standing(occasion=Occasion.ACKNOWLEDGED, next_ms=next_ms, fresh=is_fresh)
    return Standing(occasion=Occasion.REMINDER, step=reminded, next_ms=next_ms)


def _begun_ms(tries: Sequence[HandOff], now_ms: int) -> int | None:
    """Return when a step was begun, as far as that can be believed."""
    return min((one.at_ms for one in tries if one.at_ms <= now_ms), default=None)


def _is_over(since_ms: int | None, wait_ms: int, now_ms: int) -> bool:
    return since_ms is None or not 0 <= now_ms - since_ms < wait_ms
