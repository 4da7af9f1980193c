"""Bonds with a wearable when its setting or the wearable asks for it, and notices a bond that is lost."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from bleak.exc import BleakError

from edge.adapters.ble.link import BleLink
from edge.adapters.ble.trouble import BondLostError, BondRefusedError, asks_for_bond
from edge.config import Bond
from edge.link.link_phase import LinkEvent
from vitals.errors import DeviceError

__all__ = ["Bonding"]

_log = structlog.get_logger()
_T = TypeVar("_T")


class Bonding:
    """The bond of one connection: made once at most, LE Secure Connections, just works."""

    def __init__(self, link: BleLink, *, bond: Bond, step: Callable[[LinkEvent], None], device: str) -> None:
        self._link = link
        self._bond = bond
        self._step = step
        self._device = device
        self._has_paired = False
        self._is_refused = False

    async def before_anything(self) -> None:
        """Bond now, where the settings ask for it.

        Raises
        ------
        BondRefusedError
            The wearable will not.
        """
        if self._bond == "required":
            await self._pair()

    async def asking(self, request: Callable[[], Awaitable[_T]], *, is_needed: bool = True) -> _T:
        """Return what `request` does; once the wearable asks for a bond, bond and request again.

        What is not needed is worth one bond and no more: where that is forbidden, was refused before or
        does not help, the wearable's own refusal is raised.

        Raises
        ------
        BondLostError
            There is a bond, and the wearable refuses nevertheless: it has forgotten.
        BondRefusedError
            The wearable will not bond.
        DeviceError
            It asks for a bond, and the settings forbid one.
        """
        try:
            return await request()
        except BleakError as error:
            is_hopeless = self._bond == "never" or self._is_refused
            if not asks_for_bond(error) or (is_hopeless and not is_needed):
                raise
            if self._bond == "never":
                raise DeviceError(
                    f'{self._device} asks for a bond: set bond = "if-asked" for it, if it is yours'
                ) from error
            if not self._has_paired:
                await self._pair()
        try:
            return await request()
        except BleakError as error:
            if is_needed and asks_for_bond(error):
                raise BondLostError(f"{self._device} does not know its bond any more ({error})") from error
            raise

    async def _pair(self) -> None:
        self._step(LinkEvent.BOND_ASKED)
        try:
            await self._link.pair()
        except (BleakError, EOFError) as error:
            self._is_refused = True
            self._step(LinkEvent.BOND_REFUSED)
            raise BondRefusedError(
                f"{self._device} did not let itself be bonded with ({error}): "
                "let it pair, as its manual says, or forget its other gateway"
            ) from error
        self._has_paired = True
        self._step(LinkEvent.BONDED)
        _log.info("ble.bonded", device=self._device)
