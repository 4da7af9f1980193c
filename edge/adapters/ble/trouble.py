"""What goes wrong on the radio: each error's name in the cloud, and what it means for the wearable."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bleak.exc import (
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from edge.link.link_phase import LinkEvent
from vitals.errors import CarewireError, DeviceError

__all__ = [
    "RADIO_ERRORS",
    "BondLostError",
    "BondRefusedError",
    "ServicesMissingError",
    "Trouble",
    "asks_for_bond",
    "breaks_bond",
    "may_break_bond",
    "trouble_of",
]

RADIO_ERRORS: Final = (BleakError, TimeoutError, OSError, EOFError)
"""What a radio that works and a wearable that walks away may raise at any await."""


class ServicesMissingError(DeviceError):
    """A wearable does not show what its profile needs: what is shown may be what it was long ago."""


class BondLostError(DeviceError):
    """One side has forgotten the keys of a bond."""


class BondRefusedError(DeviceError):
    """A wearable did not let itself be bonded with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One row: which errors, what the cloud is told, and what happens to the link."""

    is_it: Callable[[Exception], bool]
    reason: str
    event: LinkEvent = LinkEvent.FAILED
    is_its_own: bool = False
    """Whether the wearable itself answered so: then no adapter is to blame."""


def trouble_of(error: Exception) -> Trouble:
    """Return the first row that fits; the last fits all."""
    return next(row for row in TROUBLES if row.is_it(error))


def asks_for_bond(error: Exception) -> bool:
    """Tell whether a request was refused for want of a bond, or of encryption by one."""
    if isinstance(error, BleakGATTProtocolError):
        return error.code in _BOND_CODES
    return _dbus_error(error) == _NOT_PERMITTED and "Not paired" in str(error)


def breaks_bond(error: Exception) -> bool:
    """Tell whether a bonded wearable did not know the keys."""
    return asks_for_bond(error) or _KEYS_UNKNOWN.search(_said(error)) is not None


def may_break_bond(error: Exception) -> bool:
    """Tell whether a link ended before its services were seen: so look unknown keys on BlueZ, and noise."""
    return isinstance(error, BleakError) and _ENDED_EARLY.search(_said(error)) is not None


_NOT_PERMITTED: Final = "org.bluez.Error.NotPermitted"
_BOND_CODES: Final = {
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
}
_KEYS_UNKNOWN: Final = re.compile(
    r"PIN_OR_KEY_MISSING|AUTHENTICATION_FAILURE|AuthenticationFailed|MIC_FAILURE"
)
_ENDED_EARLY: Final = re.compile(r"failed to discover services|le-connection-abort-by-local|link .* was lost")
_BUSY: Final = re.compile(r"InProgress|br-connection-busy|Busy")
_ABORTED: Final = re.compile(r"abort-by-local|connection-abort|le-connection-canceled")


def _dbus_error(error: Exception) -> str | None:
    return error.dbus_error if isinstance(error, BleakDBusError) else None


def _said(error: Exception) -> str:
    """Return an error's message with its cause's: a library's own words often lie beneath bleak's."""
    return f"{error} {error.__cause__ or ''}"


def _of(*kinds: type[Exception], saying: re.Pattern[str] | None = None) -> Callable[[Exception], bool]:
    def is_it(error: Exception) -> bool:
        return isinstance(error, kinds) and (saying is None or saying.search(_said(error)) is not None)

    return is_it


TROUBLES: Final = (
    Trouble(
        is_it=_of(ServicesMissingError),
        reason="profile-incomplete",
        event=LinkEvent.SERVICES_MISSING,
        is_its_own=True,
    ),
    Trouble(is_it=_of(BondLostError), reason="bond-lost", event=LinkEvent.BOND_LOST, is_its_own=True),
    Trouble(is_it=_of(BondRefusedError), reason="bond-refused", is_its_own=True),
    Trouble(is_it=_of(DeviceError), reason="profile-incomplete", is_its_own=True),
    Trouble(is_it=_of(CarewireError), reason="wearable-misbehaves", is_its_own=True),
    Trouble(is_it=_of(BleakDeviceNotFoundError), reason="not-found"),
    Trouble(is_it=_of(TimeoutError), reason="no-answer"),
    Trouble(is_it=_of(BleakError, saying=_ABORTED), reason="connect-aborted"),
    Trouble(is_it=_of(BleakError, saying=_BUSY), reason="radio-busy"),
    Trouble(is_it=_of(BleakError, OSError, EOFError), reason="radio-error"),  # EOF: the message bus went
    Trouble(is_it=_of(Exception), reason="unexpected-error"),
)
