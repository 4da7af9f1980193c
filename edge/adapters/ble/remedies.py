"""Carries out what the ladders of `edge.link.recovery` answer failures with: logged, counted and bounded."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from edge.alarms.local_alarm import AlarmKey
from edge.health import GatewayHealth
from edge.link.recovery import Remedy, Rung
from edge.ports import RadioAdapter
from vitals.clock import Clock

__all__ = ["Remedies"]

_log = structlog.get_logger()
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """What can be done to one adapter, and how a person is told; what fails is passed over for the next."""

    adapter: RadioAdapter
    health: GatewayHealth
    clock: Clock

    async def apply(self, rung: Rung, *, device: str | None = None, is_adapter_in_use: bool) -> None:
        """Do what a rung says, for a wearable or, unnamed, for the adapter itself."""
        if rung.remedy is Remedy.POWER_CYCLE and rung.spares_streams and is_adapter_in_use:
            return
        self.health.counters[f"ble.remedy_{rung.remedy}".replace("-", "_")] += 1
        if rung.remedy is not Remedy.BACK_OFF:
            _log.warning("ble.remedy", remedy=rung.remedy, device=device, why=rung.why)
        match rung.remedy, device:
            case Remedy.DISCONNECT, str():
                await self._try(self.adapter.disconnect(device))
            case Remedy.REMOVE_DEVICE, str():
                await self.forget_services(device)
            case Remedy.POWER_CYCLE, _:
                await self._try(self.adapter.power_cycle())
            case Remedy.TELL, str():
                self.tell(AlarmKey.WEARABLE_UNREACHABLE, device, stands=True)

    async def forget_services(self, device: str, *, and_bond: bool = False) -> None:
        """Let the system forget what it believes of a wearable, but not its bond, unless told so."""
        if and_bond or await self._has_bond(device) is False:
            await self._try(self.adapter.remove_device(device))

    async def is_bonded(self, device: str) -> bool:
        """Tell whether the system says that it keeps keys for a wearable."""
        return await self._has_bond(device) is True

    async def _has_bond(self, device: str) -> bool | None:
        """Return whether keys are kept for a wearable; `None`: the system does not say."""
        known = await self._try(self.adapter.known_devices())
        return None if known is None else any(each.is_bonded for each in known if each.device == device)

    def tell(self, key: AlarmKey, device: str, *, stands: bool) -> None:
        """Raise an alarm for a wearable, or clear it."""
        self.health.alarms.set(key, stands=stands, t_ms=self.clock.wall_ms(), device=device)

    async def _try(self, remedy: Awaitable[_T]) -> _T | None:
        try:
            return await remedy
        except Exception as error:  # noqa: BLE001 - no remedy may be worse than what it is for
            self.health.counters["ble.remedy_failed"] += 1
            _log.warning("ble.remedy_failed", error=str(error) or repr(error))
            return None
