"""What watching asks of gateways: the store knows when they were heard and what they say of themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cloud.ports import GatewayReader

__all__ = ["WatchedGateways"]

_FRESH_S: Final = 20.0
"""A gateway reports once a minute, and when an alarm of its own comes or goes."""
_ALARM: Final = "alarm."
_NONE: Final = frozenset[str]()


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedGateways:
    """The GatewayPresence port; what a gateway says of itself is read again every few seconds."""

    gateways: GatewayReader
    online_at_broker: Callable[[str], bool | None]
    takes_in: Callable[[], bool]
    monotonic_s: Callable[[], float]
    known: Callable[[], Mapping[str, frozenset[str]]] = dict
    """Alarms of gateways that the service knows of by itself, whatever they say."""
    _alarms: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)

    def heard_ms_by_gateway(self) -> Mapping[str, int]:
        """Return the server time of the last message of each gateway that ever sent one."""
        return self.gateways.heard_gateways()

    def online(self, gateway: str) -> bool | None:
        """Return what is said of its being there."""
        return self.online_at_broker(gateway)

    def is_taking_in(self) -> bool:
        """Tell whether the service takes in what gateways send now."""
        return self.takes_in()

    def alarms(self, gateway: str) -> frozenset[str]:
        """Return which alarms stood when it last reported, a 1 counted for each, or are known of it."""
        now_s = self.monotonic_s()
        read_s, alarms = self._alarms.get(gateway, (float("-inf"), frozenset[str]()))
        if now_s - read_s >= _FRESH_S:
            reported = self.gateways.gateway_report(gateway)
            counted = reported[0].counters if reported else {}
            alarms = frozenset(key.removeprefix(_ALARM) for key in counted if key.startswith(_ALARM))
            alarms |= self.known().get(gateway, _NONE)
            self._alarms[gateway] = (now_s, alarms)
        return alarms
