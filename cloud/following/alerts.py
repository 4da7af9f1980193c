"""What became of alerts that another process evaluates: every transition ends in a hand-off or a hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, NamedTuple

from cloud.alerts.telling.messages import as_one
from cloud.notifiers.in_app import InAppNotifier
from cloud.ports import Alert, AlertReader, HandOff, LiveFeed

__all__ = ["AlertsFollowed"]

_LOOKED_AT: Final = 100
"""How many of the newest are looked at each time: with several writers, numbers can appear out of order."""
_WIDER: Final = 10
"""How many times as many are looked at while most of those are new: there may be more behind them."""
_LOOKED_AT_MOST: Final = 100_000


@dataclass(slots=True, kw_only=True)
class AlertsFollowed:
    """Publishes what was handed over or held since the last `step`; before the first, all is past."""

    reader: AlertReader
    live: LiveFeed
    _in_app: InAppNotifier = field(init=False)
    _seen: frozenset[int] | None = None

    def __post_init__(self) -> None:
        self._in_app = InAppNotifier(live=self.live)

    def step(self) -> None:
        """Look once."""
        newest = self.reader.newest_hand_offs(_LOOKED_AT)
        if self._seen is not None:
            newest = self._as_far_as_seen(newest)
            self._tell(self._fresh(newest))
        self._seen = frozenset(sorted(newest)[-_LOOKED_AT:])

    def _as_far_as_seen(self, newest: Mapping[int, HandOff]) -> Mapping[int, HandOff]:
        """Return these and older ones, until few enough are new that none is behind them."""
        asked = _LOOKED_AT
        while len(newest) == asked < _LOOKED_AT_MOST and 2 * len(self._fresh(newest)) > asked:
            asked *= _WIDER
            newest = self.reader.newest_hand_offs(asked)
        return newest

    def _fresh(self, newest: Mapping[int, HandOff]) -> Mapping[int, HandOff]:
        """Return what was not seen yet; what is older than all that was is past."""
        seen = self._seen or frozenset()
        past = min(seen, default=0)
        return {number: one for number, one in newest.items() if number > past and number not in seen}

    def _tell(self, fresh: Mapping[int, HandOff]) -> None:
        """Tell every transition; what was handed over together calls once, as it did where that was done."""
        for (channel, occasion, step, error, *_), together in groupby(fresh.values(), key=_telling):
            alerts = tuple(filter(None, map(self._alert, together)))
            for one in alerts:
                self.live.publish(one.patient_id, "alert", {"id": one.id, "state": one.state.value})
            if alerts and channel == self._in_app.channel and error is None:
                self._in_app.call(as_one(alerts), occasion, step)

    def _alert(self, hand_off: HandOff) -> Alert | None:
        """Return the alert as it was handed over."""
        alert = self.reader.alert(hand_off.alert_id)
        return alert and replace(alert, state=hand_off.state or alert.state)


class _Telling(NamedTuple):
    """What hand-offs have in common that were one."""

    channel: str
    occasion: str | None
    step: int
    error: str | None
    person_id: str
    at_ms: int


def _telling(one: HandOff) -> _Telling:
    return _Telling(one.channel, one.occasion, one.step, one.error, one.person_id, one.at_ms)
