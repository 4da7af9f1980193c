"""A process killed at a chosen call: nothing catches it, and what was done before stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Killed(BaseException):
    """SIGKILL."""


@dataclass(slots=True)
class KillSwitch:
    """Counts the calls through every port it wraps and kills before or after the `fatal` one."""

    fatal: int
    after: bool
    calls: int = 0

    def wrap(self, port: object) -> Any:
        return _Wrapped(port, self)


class _Wrapped:
    def __init__(self, port: object, switch: KillSwitch) -> None:
        self._port, self._switch = port, switch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._watched(found) if callable(found) else found

    def _watched(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            switch = self._switch
            switch.calls += 1
            if switch.calls == switch.fatal and not switch.after:
                raise Killed
            result = method(*args, **kwargs)
            if switch.calls == switch.fatal:
                raise Killed
            return result

        return call
