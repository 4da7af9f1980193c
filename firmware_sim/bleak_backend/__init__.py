"""A bleak 3.1 backend on bumble: once installed, plain `BleakScanner()` and `BleakClient()` speak through it.

bleak picks its backend in two functions, one for scanners and one for clients, each time one is made. These
are what `install` replaces, so that the gateway's code is the same for a real radio and for this one.
"""

from functools import partial
from pathlib import Path
from typing import Any, cast

import bleak
from bumble.transport import open_transport

from firmware_sim.bleak_backend.adapter import BumbleAdapter, OpenTransport
from firmware_sim.bleak_backend.client import BumbleClient
from firmware_sim.bleak_backend.scanner import BumbleScanner

__all__ = ["Installation", "OpenTransport", "install"]

BACKEND_ID = "bumble"


class Installation:
    """The backend in force; `close` gives the adapter back and bleak its own backend."""

    def __init__(self, adapter: BumbleAdapter) -> None:
        self._adapter = adapter
        self._bleak = cast("Any", bleak)  # its functions are replaced as the module's attributes they are
        self._scanner_choice = self._bleak.get_platform_scanner_backend_type
        self._client_choice = self._bleak.get_platform_client_backend_type
        self._bleak.get_platform_scanner_backend_type = lambda: (partial(BumbleScanner, adapter), BACKEND_ID)
        self._bleak.get_platform_client_backend_type = lambda: (partial(BumbleClient, adapter), BACKEND_ID)

    async def close(self) -> None:
        """End every connection, close the transport and let bleak choose as before."""
        self._bleak.get_platform_scanner_backend_type = self._scanner_choice
        self._bleak.get_platform_client_backend_type = self._client_choice
        await self._adapter.close()


def install(transport: str | OpenTransport, *, keystore: Path | None = None) -> Installation:
    """Let bleak in this process use the adapter behind `transport`; it is opened at first use.

    `transport` is a name that bumble knows (`tcp-client:127.0.0.1:9500`, `unix:PATH`, `usb:0`), or a function
    that opens one (`Simulator.open_transport`). Bonds are kept in the file `keystore`, or else forgotten.
    """
    opener = partial(open_transport, transport) if isinstance(transport, str) else transport
    return Installation(BumbleAdapter(opener, keystore=keystore))
