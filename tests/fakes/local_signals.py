"""`edge.ports.LocalSignals` that remembers what it was asked."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeLocalSignals:
    """A light and a sound; alarms named here stand."""

    standing: set[str] = field(default_factory=set)
    shown_s: float = 0.0
    unreached: tuple[str, float] | None = None
    confirmed: list[str] = field(default_factory=list)

    def silence(self, key: str, *, until_ms: int) -> int | None:
        return min(until_ms, 60_000) if key in self.standing else None

    def acknowledge(self, event_id: str, *, was_right: bool | None = None) -> bool:
        if was_right:
            self.confirmed.append(event_id)
        return event_id in self.standing

    def nobody_reached(self, *, priority: str, for_s: float) -> None:
        self.unreached = (priority, for_s)

    def identify(self, seconds: float) -> None:
        self.shown_s = seconds
