"""What became of alerts that another process evaluates: every transition ends in a hand-off or a hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from cloud.alerts.telling.pipeline import as_one
from cloud.notifiers.in_app import InAppNotifier
from cloud.ports import Alert, AlertReader, HandOff, LiveFeed

__all__ = ["AlertsFollowed"]

_LOOKED_AT: Final = 100
"""How many of the newest are looked at each time: with several writers, numbers can appear out of order."""


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
        seen = newest.keys() if self._seen is None else self._seen
        self._seen = frozenset(newest)
        self._tell({number: one for number, one in newest.items() if number not in seen})

    def _tell(self, fresh: Mapping[int, HandOff]) -> None:
        """Tell every transition; what was handed over together calls once, as it did where that was done."""
        for (channel, _, _, error), together in groupby(fresh.values(), key=_occasion):
            alerts = tuple(filter(None, map(self._alert, together)))
            for one in alerts:
                self.live.publish(one.patient_id, "alert", {"id": one.id, "state": one.state.value})
            if alerts and channel == self._in_app.name and error is None:
                self._in_app.call(as_one(alerts))

    def _alert(self, hand_off: HandOff) -> Alert | None:
        """Return the alert as it was handed over."""
        alert = self.reader.alert(hand_off.alert_id)
        return alert and replace(alert, state=hand_off.state or alert.state)


def _occasion(one: HandOff) -> tuple[str, str, int, str | None]:
    return one.channel, one.person_id, one.at_ms, one.error
