"""BlueZ's errors, and which of them an ATT error becomes (its `create_gatt_dbus_error`)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from bumble import att, core, hci
from dbus_fast import DBusError
from dbus_fast.constants import ErrorType

__all__ = [
    "already_exists",
    "authentication_failed",
    "bluez_errors",
    "does_not_exist",
    "failed",
    "in_progress",
    "invalid_arguments",
    "not_connected",
    "not_ready",
    "not_supported",
    "unknown_object",
]

_PREFIX: Final = "org.bluez.Error."


def failed(detail: str) -> DBusError:
    """Return what has no name of its own."""
    return _error("Failed", detail)


def in_progress() -> DBusError:
    """Return: the same is being done already."""
    return _error("InProgress", "Operation already in progress")


def invalid_arguments() -> DBusError:
    """Return: what was given makes no sense."""
    return _error("InvalidArguments", "Invalid arguments in method call")


def not_ready() -> DBusError:
    """Return: the adapter is off."""
    return _error("NotReady", "Resource Not Ready")


def not_connected() -> DBusError:
    """Return: there is no link."""
    return _error("NotConnected", "Not Connected")


def not_supported() -> DBusError:
    """Return: the characteristic does no such thing."""
    return _error("NotSupported", "Operation is not supported")


def already_exists() -> DBusError:
    """Return: it has been done before."""
    return _error("AlreadyExists", "Already Exists")


def does_not_exist() -> DBusError:
    """Return: there is nothing by that name."""
    return _error("DoesNotExist", "Does Not Exist")


def authentication_failed() -> DBusError:
    """Return: pairing did not succeed."""
    return _error("AuthenticationFailed", "Authentication Failed")


def unknown_object(path: str) -> DBusError:
    """Return D-Bus's own: no object has that path."""
    return DBusError(ErrorType.UNKNOWN_OBJECT, f"no object at {path}")


@contextmanager
def bluez_errors() -> Iterator[None]:
    """Raise what bumble says of GATT and links in BlueZ's words."""
    try:
        yield
    except att.ATT_Error as error:
        name, detail = _ATT_ERRORS.get(
            error.error_code, ("Failed", f"Operation failed with ATT error: 0x{error.error_code:02x}")
        )
        raise _error(name, detail) from error
    except (core.BaseBumbleError, hci.HCI_Error) as error:
        raise failed(f"Not connected: {error!r}") from error


def _error(name: str, detail: str) -> DBusError:
    return DBusError(_PREFIX + name, detail)


_ATT_ERRORS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        att.ATT_READ_NOT_PERMITTED_ERROR: ("NotPermitted", "Read not permitted"),
        att.ATT_WRITE_NOT_PERMITTED_ERROR: ("NotPermitted", "Write not permitted"),
        att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR: ("NotPermitted", "Not paired"),
        att.ATT_INSUFFICIENT_ENCRYPTION_ERROR: ("NotPermitted", "Not paired"),
        att.ATT_INSUFFICIENT_ENCRYPTION_KEY_SIZE_ERROR: ("NotPermitted", "Not paired"),
        att.ATT_INSUFFICIENT_AUTHORIZATION_ERROR: ("NotAuthorized", "Operation Not Authorized"),
        att.ATT_INVALID_OFFSET_ERROR: ("InvalidArguments", "Invalid offset"),
        att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR: ("InvalidArguments", "Invalid Length"),
        att.ATT_REQUEST_NOT_SUPPORTED_ERROR: ("NotSupported", "Operation is not supported"),
    }
)
