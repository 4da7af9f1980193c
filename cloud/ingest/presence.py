"""Whether gateways are connected, as the broker says: their retained status and Last Will.

Timed by the server's clock, since a gateway's own may be wrong.
"""

import threading
from dataclasses import dataclass

import msgspec
import structlog
from msgspec import Struct

_MOST_GATEWAYS = 10_000

_log = structlog.get_logger(__name__)


class _Status(Struct, frozen=True):
    online: bool
    t_ms: int | None = None
    boot_id: str | None = None


_decode = msgspec.json.Decoder(_Status).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """What the broker last said of a gateway; `since_ms` is the server time of the last change."""

    online: bool
    since_ms: int
    received_ms: int
    boot_id: str | None


class GatewayPresence:
    """The newest status of each gateway. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[str, GatewayStatus] = {}

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
            )

    def online(self, gateway: str) -> bool | None:
        """Return what the broker last said of a gateway; None if it never said."""
        status = self.status(gateway)
        return None if status is None else status.online

    def status(self, gateway: str) -> GatewayStatus | None:
        """Return the newest status of a gateway; None if there never was one."""
        with self._lock:
            return self._statuses.get(gateway)

    def statuses(self) -> dict[str, GatewayStatus]:
        """Return the newest status of every gateway."""
        with self._lock:
            return dict(self._statuses)
