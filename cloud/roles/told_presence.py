"""Which gateways are there, told by the process that speaks with them to those that do not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cloud.ports import PresenceBook

__all__ = ["PresenceTeller", "ToldPresence"]


@dataclass(slots=True, kw_only=True)
class PresenceTeller:
    """Tells the others whatever has changed; `step` is called with every beat."""

    onlines: Callable[[], Mapping[str, bool]]
    book: PresenceBook
    _told: Mapping[str, bool] | None = None

    def step(self, _: float = 0.0) -> None:
        """Tell if there is news; the first time in any case, since an earlier process said other things."""
        online = self.onlines()
        if online != self._told:
            self.book.tell(online)
            self._told = online


@dataclass(slots=True, kw_only=True)
class ToldPresence:
    """The Presence port for a process that no gateway speaks to: it knows nothing while nobody tells it."""

    book: PresenceBook
    is_told: Callable[[], bool]
    _online: Mapping[str, bool] = field(default_factory=dict)

    def refresh(self, _: float = 0.0) -> None:
        """Read what was told last; called with every beat."""
        self._online = self.book.told() if self.is_told() else {}

    def online(self, gateway: str) -> bool | None:
        """Tell whether a gateway is there; None if that was never so, or nobody tells it."""
        return self._online.get(gateway)

    def asked(self, gateway: str) -> None:
        """Do nothing: gateways ask where batches are taken in, and there it is noted."""
