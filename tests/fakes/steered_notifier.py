"""A `cloud.ports.Notifier` whose deliveries wait until they are told how to end."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition

from cloud.ports import Channel, Message

End = str | Exception | None
"""A receipt, or what goes wrong."""


@dataclass(slots=True)
class SteeredNotifier:
    """`end(key, how)` lets the oldest delivery of a message end; those of `at_once` end by themselves."""

    channel: Channel = Channel.EMAIL
    at_once: Callable[[Message], bool] = lambda _: False
    begun: list[str] = field(default_factory=list)
    _ends: dict[str, list[End]] = field(default_factory=lambda: defaultdict(list))
    _moved: Condition = field(default_factory=Condition)

    def deliver(self, message: Message) -> str | None:
        with self._moved:
            self.begun.append(message.key)
            self._moved.notify_all()
            if not self.at_once(message):
                assert self._moved.wait_for(lambda: self._ends[message.key], timeout=60)
            how = self._ends[message.key].pop(0) if self._ends[message.key] else None
        if isinstance(how, Exception):
            raise how
        return how

    def end(self, key: str, how: End = None) -> None:
        with self._moved:
            self._ends[key].append(how)
            self._moved.notify_all()

    def await_begun(self, *keys: str) -> None:
        """Wait until exactly these deliveries have begun, in any order."""
        with self._moved:
            assert self._moved.wait_for(lambda: len(self.begun) >= len(keys), timeout=20), self.begun
            assert sorted(self.begun) == sorted(keys)
