"""How a gateway is, as a test says."""

from dataclasses import dataclass, field

from edge.remote.trial_watch import Wellness


@dataclass(slots=True)
class FakeWellness:
    acknowledged: int = 0
    streaming: set[str] = field(default_factory=set)
    judging: set[str] = field(default_factory=set)

    def port(self) -> Wellness:
        return Wellness(
            acknowledged=lambda: self.acknowledged,
            streaming=lambda: frozenset(self.streaming),
            judging=lambda: frozenset(self.judging),
        )
