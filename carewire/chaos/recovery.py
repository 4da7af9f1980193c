"""How long it takes until records flow again: from a killed part's new start to the next acknowledgement.

Seen from outside: whatever the service acknowledges leaves an outbox, and the outbox counts it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from carewire.chaos.plan import GATEWAY, sort_of

__all__ = ["Recoveries"]

_SETTLE_S: Final = 0.5
"""No part is ready so soon after its start: what is acknowledged until then was on its way before."""


@dataclass(slots=True, kw_only=True)
class _Outage:
    """One kill: the process that died, since when the next one runs, and what was acknowledged by then."""

    part: str
    pid: int | None
    up_s: float | None = None
    acknowledged: int | None = None


@dataclass(slots=True)
class Recoveries:
    """Follows every outage to its end; `took_s` are those that have one."""

    took_s: list[float] = field(default_factory=list)
    _open: list[_Outage] = field(default_factory=list)

    def struck(self, part: str, pid: int | None) -> None:
        """Take note that process `pid` of a part was killed; one killed again has not recovered before."""
        self._open = [outage for outage in self._open if outage.part != part]
        self._open.append(_Outage(part=part, pid=pid))

    def step(
        self, now_s: float, pids: Mapping[str, int | None], acknowledged: Mapping[str, int]
    ) -> Sequence[tuple[str, float]]:
        """Look at the processes that run and at what each gateway was acknowledged so far.

        Returns the parts that have recovered since the last step, and how long it took them.
        """
        recovered = []
        for outage in list(self._open):
            took_s = _took_s(outage, now_s, pids[outage.part], _relevant(outage, acknowledged))
            if took_s is not None:
                self._open.remove(outage)
                self.took_s.append(took_s)
                recovered.append((outage.part, took_s))
        return recovered

    @property
    def is_settled(self) -> bool:
        """Whether every outage is over."""
        return not self._open


def _took_s(outage: _Outage, now_s: float, pid: int | None, acknowledged: int) -> float | None:
    if outage.up_s is None:
        if pid is not None and pid != outage.pid:
            outage.up_s = now_s
    elif outage.acknowledged is None:
        if now_s >= outage.up_s + _SETTLE_S:
            outage.acknowledged = acknowledged
    elif acknowledged > outage.acknowledged:
        return now_s - outage.up_s
    return None


def _relevant(outage: _Outage, acknowledged: Mapping[str, int]) -> int:
    """Return what tells that this part works: a gateway's own, or anybody's."""
    return acknowledged[outage.part] if sort_of(outage.part) == GATEWAY else sum(acknowledged.values())
