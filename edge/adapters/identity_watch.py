"""Renews the gateway's certificate by itself, long before it ends, and tells when that does not succeed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from cryptography import x509

from edge.alarms.local_alarm import AlarmKey
from edge.health import GatewayHealth
from edge.identity.renewal import life_of
from vitals.clock import Clock
from vitals.errors import CarewireError, ConfigurationError

__all__ = ["IdentityWatch"]

EVERY_S: Final = 3_600.0
_DAY_MS: Final = 86_400_000

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class IdentityWatch:
    """Looks once an hour. By a clock that no time server holds nothing is judged: the year may be 1970.

    `present` returns the certificate in use, `renew` another in its place; without, its end is told only.
    """

    present: Callable[[], x509.Certificate | None]
    renew: Callable[[], x509.Certificate] | None
    health: GatewayHealth
    clock: Clock
    is_synced: Callable[[], bool]
    every_s: float = EVERY_S
    _why: str = "it is not renewed by itself: it was not given by a code"

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self.every_s)

    async def look(self) -> None:
        """Renew if it is time to, and tell if it should have been long ago."""
        if not self.is_synced():
            return
        try:
            certificate = await asyncio.to_thread(self.present)
        except ConfigurationError as error:
            _log.error("identity.unreadable", error=str(error))
            self._tell_of(f"cannot be read, and the gateway's next start fails by it; {error}")
            return
        if certificate is None:
            return
        if self.renew is not None and life_of(certificate).is_due(self.clock.wall_ms()):
            certificate = await self._renewed(certificate, self.renew)
        self._tell(certificate)

    async def _renewed(
        self, certificate: x509.Certificate, renew: Callable[[], x509.Certificate]
    ) -> x509.Certificate:
        try:
            made = await asyncio.to_thread(renew)
        except (CarewireError, OSError) as error:
            self.health.counters["identity.renewal_failed"] += 1
            self._why = str(error)
            _log.warning("identity.renewal_failed", error=str(error))
            return certificate
        self.health.counters["identity.renewed"] += 1
        _log.info("identity.renewed", ends=made.not_valid_after_utc.isoformat())
        return made

    def _tell(self, certificate: x509.Certificate) -> None:
        now_ms, life = self.clock.wall_ms(), life_of(certificate)
        days = (life.ends_ms - now_ms) / _DAY_MS
        detail = f"{f'ends in {days:.0f} days' if days > 0 else 'has ended'}; {self._why}"
        self._tell_of(detail, stands=life.is_ending(now_ms))

    def _tell_of(self, detail: str, *, stands: bool = True) -> None:
        now_ms = self.clock.wall_ms()
        self.health.alarms.set(AlarmKey.CERTIFICATE_ENDING, stands=stands, t_ms=now_ms, detail=detail)
