"""What the server knows around a patient: devices, the gateways before them, and whether it hears at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cloud.alerts.judging.together import Hearing, Together
from cloud.ports import Device

__all__ = ["GatewayHeard", "GatewayPresence", "Surroundings", "Watch"]


class GatewayPresence(Protocol):
    """When gateways were last heard, by the server's clock, and what is said of them."""

    def heard_ms_by_gateway(self) -> Mapping[str, int]:
        """Return the server time of the last message of each gateway that ever sent one."""
        ...

    def online(self, gateway: str) -> bool | None:
        """Return what its retained presence (or its Last Will) says, None if never told."""
        ...

    def alarms(self, gateway: str) -> frozenset[str]:
        """Return which of its own alarms stand, as its newest report says."""
        ...

    def is_taking_in(self) -> bool:
        """Tell whether the service takes in what gateways send now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHeard:
    """A gateway, the patient's devices behind it, and since when it has been quiet.

    `fell_together`: it is silent with so many others that the cause is likely ours; `back_ms` is when such
    a silence was over.
    """

    gateway: str
    devices: tuple[str, ...]
    heard_ms: int
    is_online: bool | None
    alarms: frozenset[str] = frozenset()
    fell_together: bool = False
    back_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Devices bound now, their gateways, since when it watches, and since when nothing is taken in."""

    devices: frozenset[str]
    gateways: tuple[GatewayHeard, ...]
    watching_since_ms: int
    deaf_since_ms: int | None = None


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks around each patient; a gateway never heard counts from when it was first looked for."""

    presence: GatewayPresence
    since_ms: int
    together: Together = field(default_factory=Together)
    _hearing: Hearing = field(init=False)
    _first_asked_ms: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hearing = Hearing(since_ms=self.since_ms)

    def look(self, heard: Mapping[str, int], now_ms: int) -> None:
        """Look at the service itself and at all gateways at once; called before patients are looked at."""
        self._hearing.note(now_ms, is_taking_in=self.presence.is_taking_in())
        self.together.look(heard, self.presence.online, now_ms)

    def around(self, devices: Iterable[Device], heard: Mapping[str, int], now_ms: int) -> Surroundings:
        """Return the surroundings of a patient who wears `devices` now, with gateways `heard` when."""
        self._hearing.since_ms = min(self._hearing.since_ms, now_ms)
        worn = tuple(devices)
        behind: dict[str, list[str]] = {}
        for device in worn:
            behind.setdefault(device.gateway, []).append(device.id)
        return Surroundings(
            devices=frozenset(device.id for device in worn),
            gateways=tuple(
                self._heard(gateway, tuple(ids), heard.get(gateway), now_ms)
                for gateway, ids in behind.items()
                if gateway
            ),
            watching_since_ms=self._hearing.since_ms,
            deaf_since_ms=self._hearing.deaf_since_ms(now_ms),
        )

    def _heard(
        self, gateway: str, devices: tuple[str, ...], heard_ms: int | None, now_ms: int
    ) -> GatewayHeard:
        return GatewayHeard(
            gateway=gateway,
            devices=devices,
            heard_ms=self._heard_ms(gateway, heard_ms, now_ms),
            is_online=self.presence.online(gateway),
            alarms=self.presence.alarms(gateway),
            fell_together=gateway in self.together.fallen,
            back_ms=self.together.back_ms.get(gateway, 0),
        )

    def _heard_ms(self, gateway: str, heard_ms: int | None, now_ms: int) -> int:
        if heard_ms is None or heard_ms > now_ms:
            asked_ms = self._first_asked_ms.get(gateway, now_ms)
            self._first_asked_ms[gateway] = min(asked_ms, now_ms)
            return self._first_asked_ms[gateway]
        self._first_asked_ms.pop(gateway, None)
        return max(heard_ms, self._hearing.since_ms, self.together.back_ms.get(gateway, 0))
