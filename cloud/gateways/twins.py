"""Two computers with one identity: a copied card. One computer never goes back to a start it has left."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

__all__ = ["TwinWatch"]

_WITHIN_MS: Final = 1_800_000
_RETURNS: Final = 2
"""Once may be a message that was under way while the gateway started anew; twice is another computer."""
_REMEMBERED: Final = 8
_MOST_GATEWAYS: Final = 10_000


@dataclass(slots=True, kw_only=True)
class _Seen:
    boot_id: str
    left: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    returns_ms: deque[int] = field(default_factory=lambda: deque(maxlen=_RETURNS))


@dataclass(slots=True, kw_only=True)
class TwinWatch:
    """Watches by which start of its computer each gateway speaks; tells of twins, again while they last."""

    on_twins: Callable[[str, int], None]
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def heard(self, gateway: str, boot_id: str, now_ms: int) -> None:
        """Take in that a gateway spoke, and from which start of its computer."""
        seen = self._seen.get(gateway)
        if seen is None:
            if len(self._seen) >= _MOST_GATEWAYS:
                self._seen.clear()
            self._seen[gateway] = _Seen(boot_id=boot_id)
            return
        if seen.boot_id == boot_id:
            return
        if boot_id in seen.left:
            self._returned(gateway, seen, now_ms)
        if seen.boot_id not in seen.left:
            seen.left.append(seen.boot_id)
        seen.boot_id = boot_id

    def _returned(self, gateway: str, seen: _Seen, now_ms: int) -> None:
        seen.returns_ms.append(now_ms)
        if len(seen.returns_ms) == _RETURNS and now_ms - seen.returns_ms[0] <= _WITHIN_MS:
            self.on_twins(gateway, now_ms)
            seen.returns_ms.clear()
