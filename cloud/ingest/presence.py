"""Whether gateways are there: the broker says so (retained status and Last Will), or they ask by HTTP.

Timed by the server's clock, since a gateway's own may be wrong.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from vitals.wire.ledger import Witnessed

_MOST_GATEWAYS = 10_000
ASKS_WITHIN_S: Final = 45.0
"""A gateway that goes by HTTP asks every few seconds; one that did not for so long is gone."""

_log = structlog.get_logger(__name__)


class _Status(Struct, frozen=True):
    online: bool
    t_ms: int | None = None
    boot_id: str | None = None
    ledger: Witnessed | None = None


_decode = msgspec.json.Decoder(_Status).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """What the broker last said of a gateway; `since_ms` is the server time of the last change."""

    online: bool
    since_ms: int
    received_ms: int
    boot_id: str | None
    ledger: Witnessed | None = None
    """What it says that it keeps of the ledger."""


class GatewayPresence:
    """The newest status of each gateway. Any thread may ask."""

    def __init__(self, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[str, GatewayStatus] = {}
        self._monotonic_s = monotonic_s
        self._asked_s: dict[str, float] = {}

    def note(self, gateway: str, payload: bytes, received_ms: int) -> None:
        """Take in a status message; an unreadable one changes nothing."""
        try:
            status = _decode(payload)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            _log.warning("presence.unreadable", gateway=gateway)
            return
        with self._lock:
            before = self._statuses.get(gateway)
            if before is None and len(self._statuses) >= _MOST_GATEWAYS:
                _log.warning("presence.too_many_gateways", gateway=gateway)
                return
            changed = before is None or before.online != status.online
            self._statuses[gateway] = GatewayStatus(
                online=status.online,
                since_ms=received_ms if before is None or changed else before.since_ms,
                received_ms=received_ms,
                boot_id=status.boot_id,
                ledger=status.ledger,
            )

    def asked(self, gateway: str) -> None:
        """Take note that a gateway asks by HTTP."""
        now_s = self._monotonic_s()
        with self._lock:
            if gateway not in self._asked_s and len(self._asked_s) >= _MOST_GATEWAYS:
                self._asked_s = {each: at_s for each, at_s in self._asked_s.items() if _is_fresh(at_s, now_s)}
            self._asked_s[gateway] = now_s

    def online(self, gateway: str) -> bool | None:
        """Tell whether a gateway is at the broker, or asks by HTTP; None if neither ever was so."""
        status = self.status(gateway)
        with self._lock:
            asked_s = self._asked_s.get(gateway)
        if asked_s is not None and _is_fresh(asked_s, self._monotonic_s()):
            return True
        if status is not None:
            return status.online
        return None if asked_s is None else False

    def onlines(self) -> dict[str, bool]:
        """Return what `online` says of every gateway of which it says anything."""
        with self._lock:
            known = [*self._statuses.keys(), *self._asked_s.keys()]
        return {gateway: bool(self.online(gateway)) for gateway in dict.fromkeys(known)}

    def status(self, gateway: str) -> GatewayStatus | None:
        """Return the newest status of a gateway; None if there never was one."""
        with self._lock:
            return self._statuses.get(gateway)

    def witnessed(self) -> dict[str, Witnessed | None]:
        """Return what each gateway that is at the broker says it keeps of the ledger."""
        return {gateway: one.ledger for gateway, one in self.statuses().items() if one.online}

    def statuses(self) -> dict[str, GatewayStatus]:
        """Return the newest status of every gateway."""
        with self._lock:
            return dict(self._statuses)


def _is_fresh(asked_s: float, now_s: float) -> bool:
    return now_s - asked_s < ASKS_WITHIN_S
